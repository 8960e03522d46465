"""A base for methods that recognise flow pictures by a network in Flax: only the network is theirs.

Folds, seeds, order of samples, checkpoints and going on after a stop are those of `mebench.training.train`.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from mebench.config.experiment import Experiment
from mebench.config.parts import MethodConfig
from mebench.data.splits import Fold
from mebench.methods.protocols import Run
from mebench.record.run_folder import timed
from mebench.tasks.recognition_inputs import RecognitionSamples


class PictureRecogniser:
    """Base of a method of task `recognition`, imported without jax.

    Attributes:
        Config: of a subclass.
        network: place of a subclass's network, `module:Class`. It is made of settings, number of classes and nnx.Rngs,
            and called with pictures (b, 28, 28, 3) of 0 to 255; in training also with the rows that count and a key.
    """

    Config: type[MethodConfig] = MethodConfig
    network: str
    inputs = ("flow_pictures",)

    def recognise(self, run: Run, samples: RecognitionSamples, folds: Sequence[Fold]) -> Mapping[int, str]:
        """Return the emotion of every sample that some fold tests on, by row, from that fold.

        Raises:
            MebenchError: a fold has nothing to learn from, or its training diverges.
        """
        from mebench.methods.picture_training import emotions, train_pictures

        with timed(run.folder, "training"):
            [trained] = train_pictures(self.make(), [run], samples, folds)
        with timed(run.folder, "inference"):
            return emotions(self.make(), trained.state, run, samples, folds)

    def train_seeds(self, runs: Sequence[Run], samples: RecognitionSamples, folds: Sequence[Fold]) -> None:
        """Train all folds of all seeds in one program."""
        from mebench.methods.picture_training import train_pictures

        with ExitStack() as stack:
            for run in runs:
                stack.enter_context(timed(run.folder, "training", len(runs)))
            train_pictures(self.make(), runs, samples, folds)

    def idle(self, experiment: Experiment) -> Iterator[tuple[str, str]]:
        """Yield what an experiment has and these methods do not look at."""
        for key in ("epochs", "negatives_per_positive", "stream_l2", "head_l2"):
            yield f"train.{key}", "networks of flow pictures train for train.recognition_epochs, without it"

    def facts(self, experiment: Experiment) -> Mapping[str, str]:
        """Return how the folds share the device, for the record."""
        from mebench.training.execution import execution

        return {"folds": execution(experiment.train.folds)}

    def parameters(self) -> Mapping[str, int]:
        """Return the number of trainable numbers."""
        from flax import nnx

        from mebench.methods.parameters import trainable

        return {"3 classes": trainable(lambda: self.make()(self.Config(), 3, nnx.Rngs(0)))}

    def make(self) -> Any:
        """Return the network's class."""
        module, _, name = self.network.partition(":")
        return getattr(importlib.import_module(module), name)
