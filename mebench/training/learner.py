"""Learners: what a method brings to be trained on every fold, a state and a step of one fold."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from jaxtyping import Array, Bool, Float32, Int32, PRNGKeyArray


class Batch(NamedTuple):
    """The samples of one step.

    Attributes:
        rows: of the arrays that all folds share.
        places: of the samples among the fold's own.
        valid: which of them count; the others are padding.
        targets: of the fold's samples (`mebench.training.folds.FoldSamples`).
    """

    rows: Int32[Array, " b"]
    places: Int32[Array, " b"]
    valid: Bool[Array, " b"]
    targets: Array


class Learner(ABC):
    """State and step of one fold; hashable, as a frozen dataclass of settings is."""

    @abstractmethod
    def init(self, key: PRNGKeyArray) -> Any:
        """Return the untrained state of one fold, a tree of arrays: weights and whatever the optimiser keeps."""

    def prepare(self, state: Any, data: Any, rows: Int32[Array, " n"]) -> Any:
        """Return what the steps see as data; computed once for some epochs, so that what is frozen is not done twice.

        Args:
            state: of one fold.
            data: the arrays that all folds share; these are the default.
            rows: of the fold's samples in `data`.
        """
        return data

    @abstractmethod
    def step(self, state: Any, data: Any, batch: Batch, key: PRNGKeyArray) -> tuple[Any, Float32[Array, ""]]:
        """Return the state after one batch, and its loss.

        Args:
            state: of one fold.
            data: what `prepare` returned.
            batch: samples; at least one counts.
            key: of everything random in the step.
        """
