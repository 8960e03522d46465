"""A base for methods that score every window of flow and strain by a network in Flax: only the network is theirs.

Folds, order of samples, checkpoints and going on after a stop are those of `mebench.training.train`; targets and
decoding those of MEAN (mebench/docs/mean.md, Decoding); the emotion is the training subjects' most frequent one.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float16, Float32, PRNGKeyArray

from mebench.config.parts import MethodConfig, ModelConfig
from mebench.data.splits import Fold
from mebench.methods.baselines.spot_then_recognise import most_frequent
from mebench.methods.parameters import trainable
from mebench.methods.protocols import Run
from mebench.record.run_folder import timed
from mebench.tasks.answers import Curve, Spotted, VideoAnswer
from mebench.tasks.decode import decode_spots
from mebench.tasks.str_inputs import StrVideo
from mebench.tasks.targets import HalfLength, half_lengths, sample_windows, subject_number, window_targets
from mebench.training.epochs import Stage
from mebench.training.execution import execution
from mebench.training.folds import Folds, FoldSamples, each_fold
from mebench.training.learner import Batch, Learner
from mebench.training.train import Plan, SeedRun, train_folds


class Windows(NamedTuple):
    """Every window of an experiment, and whether a micro-expression of its video overlaps it.

    Attributes:
        values: u, v and strain of both strips.
        targets: 0 or 1.
    """

    values: Float16[Array | np.ndarray, "n 42 42 3"]
    targets: Float32[Array | np.ndarray, " n"]


class Weights(NamedTuple):
    """Weights of one fold, and what Adam keeps."""

    params: Any
    moments: Any


@dataclass(frozen=True)
class WindowLearner(Learner):
    """Training of a network from windows (b, 42, 42, 3) to a score (b,), by logistic loss.

    Attributes:
        make: from settings and nnx.Rngs to the network.
        settings: of the method.
        rate: of Adam.
    """

    make: Callable[[Any, nnx.Rngs], Any]
    settings: ModelConfig
    rate: float

    def init(self, key: PRNGKeyArray) -> Weights:
        """Return an untrained network."""
        params = nnx.state(self.make(self.settings, nnx.Rngs(key)))
        return Weights(params, optax.adam(self.rate).init(params))

    def step(
        self, state: Weights, data: Windows, batch: Batch, key: PRNGKeyArray
    ) -> tuple[Weights, Float32[Array, ""]]:
        """Return the network after a batch, and the loss."""

        def loss(params: Any) -> Array:
            said = self.scores(Weights(params, None), data.values[batch.rows])
            losses = optax.sigmoid_binary_cross_entropy(said, data.targets[batch.rows])
            return jnp.where(batch.valid, losses, 0).sum() / batch.valid.sum()

        value, gradient = jax.value_and_grad(loss)(state.params)
        updates, moments = optax.adam(self.rate).update(gradient, state.moments)
        return Weights(optax.apply_updates(state.params, updates), moments), value

    def scores(self, state: Weights, windows: Array) -> Float32[Array, " b"]:
        """Return the score of each window."""
        graph = nnx.graphdef(nnx.eval_shape(lambda: self.make(self.settings, nnx.Rngs(0))))
        found: Float32[Array, " b"] = nnx.merge(graph, state.params)(windows.astype(jnp.float32))
        return found


class WindowSpotter:
    """Base of a method of task `str`; a subclass has `Config` and `network(settings, rngs)`, a static method."""

    Config: type[MethodConfig] = MethodConfig
    inputs = ("windows",)
    network: Callable[[Any, nnx.Rngs], Any]

    def parameters(self) -> Mapping[str, int]:
        """Return how many trainable numbers the network has with default settings."""
        return {"network": trainable(lambda: type(self).network(type(self).Config(), nnx.Rngs(0)))}

    def spot_then_recognise(self, run: Run, videos: Sequence[StrVideo], folds: Sequence[Fold]) -> list[VideoAnswer]:
        """Return an answer for every video that some fold tests on, in the order of `videos`.

        Raises:
            MebenchError: a fold has no micro-expression to learn from, or its training diverges.
        """
        known = [[video for video in videos if video.info.subject in fold.train] for fold in folds]
        halves = [half_lengths([i for v in own for i in v.timed_intervals], (), "mended") for own in known]
        with timed(run.folder, "training"):
            [trained] = self._train([run], videos, folds)
        windows = jnp.asarray(np.concatenate([video.features.windows for video in videos]))
        scores = np.asarray(each_fold(trained.state, self._learner(run).scores, windows))
        ends = np.cumsum([0, *(len(video.features) for video in videos)])
        by_subject = {subject: number for number, fold in enumerate(folds) for subject in fold.test}
        answers = []
        for place, video in enumerate(videos):
            number = by_subject.get(video.info.subject)
            if number is not None:
                emotion = most_frequent([e for v in known[number] for e in v.emotions], run.experiment.protocol.classes)
                own = scores[number, ends[place] : ends[place + 1]]
                answers.append(_answer(video, own, halves[number], run.experiment.decode.threshold, emotion))
        return answers

    def train_seeds(self, runs: Sequence[Run], videos: Sequence[StrVideo], folds: Sequence[Fold]) -> None:
        """Train all folds of all seeds in one program."""
        with ExitStack() as stack:
            for run in runs:
                stack.enter_context(timed(run.folder, "training", len(runs)))
            self._train(runs, videos, folds)

    def _learner(self, run: Run) -> WindowLearner:
        return WindowLearner(type(self).network, run.experiment.model, run.experiment.train.learning_rate)

    def _train(self, runs: Sequence[Run], videos: Sequence[StrVideo], folds: Sequence[Fold]) -> list[Folds]:
        settings, names = runs[0].experiment.train, tuple(fold.name for fold in folds)
        each = [window_targets(v.intervals, len(v.features), v.features.lag) for v in videos]
        targets = np.concatenate(each).astype(np.float32)
        data = Windows(np.concatenate([video.features.windows for video in videos]), targets)
        samples = [_samples(run, videos, folds, each) for run in runs]
        stage = Stage("spotting", self._learner(runs[0]), settings.epochs, settings.batch_size, every=1)
        plan = Plan((stage,), names, tuple(map(subject_number, names)), execution(settings.folds))
        seeds = [SeedRun(run.experiment.seed, run.folder) for run in runs]
        return train_folds(plan, seeds, samples, data, runs[0].progress)


def _samples(
    run: Run, videos: Sequence[StrVideo], folds: Sequence[Fold], each: Sequence[Bool[np.ndarray, " ..."]]
) -> list[FoldSamples]:
    """Return the rows of all windows that each fold trains on; positive where the flow overlaps an expression."""
    targets, ends = np.concatenate(each), np.cumsum([0, *map(len, each)])
    samples = []
    for fold in folds:
        own = np.concatenate(
            [np.arange(ends[i], ends[i + 1]) for i, v in enumerate(videos) if v.info.subject in fold.train]
        )
        number, ratio = subject_number(fold.name), run.experiment.train.negatives_per_positive
        samples.append(FoldSamples(own[sample_windows(targets[own], ratio, run.experiment.seed, number)]))
    return samples


def _answer(
    video: StrVideo, scores: Float32[np.ndarray, " n"], half: HalfLength, level: float, emotion: str
) -> VideoAnswer:
    spots = decode_spots(scores, half.at(video.info.fps), level, video.info.num_frames, clip=True)
    pairs = zip(spots.intervals, spots.peak_scores, strict=True)
    curve = Curve(spots.smoothed, spots.threshold, spots.peaks)
    return VideoAnswer(video.info, tuple(Spotted(interval, emotion, score) for interval, score in pairs), curve)
