"""The seam for methods: what a run gives a method, and what a method has to have for each task.

A method is a class without arguments. It can do a task if it has the function of that task; a class may have several.
Where to begin: `mebench new method`, and the built-in methods beside this file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from mebench.config.experiment import Experiment
from mebench.config.parts import MethodConfig
from mebench.data.splits import Fold
from mebench.features.cache import FeatureCache
from mebench.progress import Progress
from mebench.record.run_folder import RunFolder
from mebench.tasks.answers import VideoAnswer
from mebench.tasks.recognition_inputs import RecognitionSamples
from mebench.tasks.str_inputs import StrVideo
from mebench.tasks.vqa_inputs import AskedClip


@dataclass(frozen=True)
class ExternalWeights:
    """Weights that a user hands a method: the folder of a checkpoint, and of an adapter in PEFT's files with it."""

    weights: Path | None = None
    adapter: Path | None = None


@dataclass(frozen=True)
class Run:
    """A run as a method sees it.

    Attributes:
        experiment: as resolved; `experiment.model` is the method's own `Config`, `experiment.seed` the seed.
        folder: of the run; what a method leaves there is found when the run is started again.
        cache: of computed arrays, by the hash of all that decides them.
        progress: shows stages and takes sentences for the user.
        external: weights of the command line.
    """

    experiment: Experiment
    folder: RunFolder
    cache: FeatureCache
    progress: Progress
    external: ExternalWeights = field(default_factory=ExternalWeights)


@dataclass(frozen=True)
class Answers:
    """Answers to questions.

    Attributes:
        found: answer by question id.
        raw: what was said before an answer was read from it, by question id; None: the same.
        facts: for the record, as the hash of weights.
    """

    found: Mapping[str, str]
    raw: Mapping[str, str] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


Inputs = str | tuple[str, ...] | Mapping[str, Any]
"""Name or names of features, or their settings by name (None: those of the experiment)."""


class Method(Protocol):
    """Attributes of every method.

    Attributes:
        Config: the keys of `[model]` with their defaults; `name` is one of them.
        inputs: features that the method looks at, by their names (`mebench.plugins`), or a function from the experiment
            to that; they are computed, no others. Without the attribute none is.

    What it may have besides, for `mebench methods NAME`: `paper` (a citation), `published` (names by which the tables
    of the literature list it), `cost` (minutes on what, in one line; else what the headers of its experiments say),
    and `parameters` (`CountsParameters`).
    """

    Config: type[MethodConfig]
    inputs: Inputs | Callable[[Experiment], Inputs] = ()


@runtime_checkable
class SpotsThenRecognises(Protocol):
    """A method of task `str`: micro-expressions in long videos, with their emotions."""

    def spot_then_recognise(self, run: Run, videos: Sequence[StrVideo], folds: Sequence[Fold]) -> list[VideoAnswer]:
        """Return the answer for every video that some fold tests on, in the order of `videos`.

        A fold's test videos are answered from its training videos alone.
        """
        ...


@runtime_checkable
class Recognises(Protocol):
    """A method of task `recognition`: the emotion of each annotated micro-expression."""

    def recognise(self, run: Run, samples: RecognitionSamples, folds: Sequence[Fold]) -> Mapping[int, str]:
        """Return the emotion of every sample that some fold tests on, by row of `samples.rows`."""
        ...


@runtime_checkable
class AnswersQuestions(Protocol):
    """A method of task `vqa`: answers to questions about clips."""

    def answer(self, run: Run, clips: Sequence[AskedClip], folds: Sequence[Fold]) -> Answers:
        """Return the answer to every question about a clip that some fold tests on."""
        ...


@runtime_checkable
class TrainsSeeds(Protocol):
    """A method that trains several seeds in one program; the run of each seed then finds its training done."""

    def train_seeds(
        self,
        runs: Sequence[Run],
        inputs: Sequence[StrVideo] | RecognitionSamples | Sequence[AskedClip],
        folds: Sequence[Fold],
    ) -> None:
        """Leave the trained folds of runs that differ in their seeds alone in their folders."""
        ...


@runtime_checkable
class CountsParameters(Protocol):
    """A method with a network; `nnx.eval_shape` draws it without a number (`mebench.methods.parameters`)."""

    def parameters(self) -> Mapping[str, int]:
        """Return how many trainable numbers its network has with default settings, by what is counted."""
        ...


@runtime_checkable
class TakesWeights(Protocol):
    """A method that a user hands weights: `--weights`, and an adapter with them.

    Attributes:
        takes_weights: True.
    """

    takes_weights: bool

    def weights_fault(self, experiment: Experiment, external: ExternalWeights) -> str:
        """Return one sentence on what of the weights does not fit the experiment, empty where all does."""
        ...

    def weights_hash(self, external: ExternalWeights) -> str:
        """Return the sha256 of the weights, as the record has it."""
        ...


@runtime_checkable
class LeavesIdle(Protocol):
    """A method that does not look at all that an experiment has."""

    def idle(self, experiment: Experiment) -> Iterable[tuple[str, str]]:
        """Return parts and keys, as `train.epochs`, that play no part, with the reason; setting them is refused."""
        ...


@runtime_checkable
class ChecksExperiments(Protocol):
    """A method that some experiments do not fit."""

    def fault(self, experiment: Experiment) -> str:
        """Return one sentence on what does not fit and what to do, empty where all does; nothing heavy is imported."""
        ...


@runtime_checkable
class ChecksWeights(Protocol):
    """A method that cannot do without weights of the user's."""

    def check_weights(self, experiment: Experiment, external: ExternalWeights) -> None:
        """Raise a MebenchError where they are missing; it is called before features are computed."""
        ...
