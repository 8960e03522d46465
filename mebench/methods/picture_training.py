"""Training of a network that recognises flow pictures on all folds: cross-entropy, Adam, the last epoch counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float32, Int, PRNGKeyArray, UInt8

from mebench.config.experiment import Experiment
from mebench.config.parts import ModelConfig
from mebench.data.splits import Fold
from mebench.methods.protocols import Run
from mebench.tasks.recognition_inputs import RecognitionSamples
from mebench.tasks.targets import subject_number
from mebench.training.epochs import Stage
from mebench.training.execution import execution
from mebench.training.folds import Folds, FoldSamples, each_fold
from mebench.training.learner import Batch, Learner
from mebench.training.train import Plan, SeedRun, train_folds

Make = Callable[[Any, int, nnx.Rngs], Any]
"""From settings, number of classes and nnx.Rngs to a network."""

EPOCHS_A_CALL = 50
"""Epochs between two checkpoints."""


class NetworkState(NamedTuple):
    """State of one fold: weights, running statistics of batch norm, and what Adam keeps."""

    params: Any
    stats: Any
    moments: Any


@dataclass(frozen=True)
class PictureLearner(Learner):
    """Training of a network from pictures (b, 28, 28, 3) to logits (b, c), by cross-entropy and Adam.

    Attributes:
        make: from settings, number of classes and nnx.Rngs to the network.
        settings: of the method.
        classes: how many.
        rate: of Adam.
    """

    make: Make
    settings: ModelConfig
    classes: int
    rate: float

    def init(self, key: PRNGKeyArray) -> NetworkState:
        """Return an untrained network."""
        network = self.make(self.settings, self.classes, nnx.Rngs(key))
        params, stats = nnx.state(network, nnx.Param), nnx.state(network, nnx.BatchStat)
        return NetworkState(params, stats, optax.adam(self.rate).init(params))

    def step(
        self, state: NetworkState, data: UInt8[Array, "n 28 28 3"], batch: Batch, key: PRNGKeyArray
    ) -> tuple[NetworkState, Float32[Array, ""]]:
        """Return the network after a batch, and the loss."""
        pictures = data[batch.rows].astype(jnp.float32)

        def loss(params: Any) -> tuple[Array, Any]:
            network = self._network(params, state.stats)
            losses = optax.softmax_cross_entropy_with_integer_labels(network(pictures, batch.valid, key), batch.targets)
            mean = jnp.where(batch.valid, losses, 0).sum() / batch.valid.sum()
            return mean, nnx.state(network, nnx.BatchStat)

        (value, stats), gradient = jax.value_and_grad(loss, has_aux=True)(state.params)
        updates, moments = optax.adam(self.rate).update(gradient, state.moments)
        return NetworkState(optax.apply_updates(state.params, updates), stats, moments), value

    def logits(self, state: NetworkState, pictures: UInt8[Array, "n 28 28 3"]) -> Float32[Array, "n c"]:
        """Return the logits of each picture (inference)."""
        found: Float32[Array, "n c"] = self._network(state.params, state.stats)(pictures.astype(jnp.float32))
        return found

    def _network(self, params: Any, stats: Any) -> Any:
        abstract = nnx.eval_shape(lambda: self.make(self.settings, self.classes, nnx.Rngs(0)))
        return nnx.merge(nnx.split(abstract, nnx.Param, nnx.BatchStat)[0], params, stats, copy=True)


def train_pictures(make: Make, runs: Sequence[Run], samples: RecognitionSamples, folds: Sequence[Fold]) -> list[Folds]:
    """Return the trained folds of runs that differ in their seeds alone.

    Args:
        make: the network.
        runs: one for each seed.
        samples: with the feature `flow_pictures`.
        folds: of the experiment.

    Raises:
        MebenchError: a fold has nothing to learn from, or its training diverges.
    """
    experiment, names = runs[0].experiment, tuple(fold.name for fold in folds)
    targets = np.array([experiment.protocol.classes.index(one.emotion) for one in samples.rows])
    own = [FoldSamples(rows, targets[rows]) for rows in (rows_of(samples, fold.train) for fold in folds)]
    settings, learner = experiment.train, learner_of(make, experiment)
    stage = Stage("recognition", learner, settings.recognition_epochs, settings.batch_size, EPOCHS_A_CALL)
    plan = Plan((stage,), names, tuple(map(subject_number, names)), execution(settings.folds))
    seeds = [SeedRun(run.experiment.seed, run.folder) for run in runs]
    return train_folds(plan, seeds, [own] * len(runs), pictures_of(samples), runs[0].progress)


def emotions(make: Make, states: Any, run: Run, samples: RecognitionSamples, folds: Sequence[Fold]) -> dict[int, str]:
    """Return the emotion of every sample that some fold tests on, by row, from that fold.

    Args:
        make: the network.
        states: of all folds (`NetworkState`), folds on the first axis.
        run: classes.
        samples: with the feature `flow_pictures`.
        folds: of the experiment.
    """
    learner, classes = learner_of(make, run.experiment), run.experiment.protocol.classes
    logits = np.asarray(each_fold(states, learner.logits, jnp.asarray(pictures_of(samples))))
    return {
        int(row): classes[int(logits[number, row].argmax())]
        for number, fold in enumerate(folds)
        for row in rows_of(samples, fold.test)
    }


def learner_of(make: Make, experiment: Experiment) -> PictureLearner:
    """Return the learner of an experiment's settings."""
    return PictureLearner(make, experiment.model, len(experiment.protocol.classes), experiment.train.learning_rate)


def pictures_of(samples: RecognitionSamples) -> UInt8[np.ndarray, "n 28 28 3"]:
    """Return the flow pictures of all samples."""
    return np.stack(samples.feature("flow_pictures"))


def rows_of(samples: RecognitionSamples, subjects: Sequence[str]) -> Int[np.ndarray, " n"]:
    """Return the rows of the subjects' samples."""
    chosen = set(subjects)
    return np.array([row for row, one in enumerate(samples.rows) if one.info.subject in chosen], np.int64)
