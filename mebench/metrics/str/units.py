"""The units that a bootstrap resamples: subjects, or videos where there is one subject."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64

from mebench.metrics.str.statistics import Statistics


@dataclass(frozen=True, eq=False)
class Units:
    """Which videos belong to which unit.

    Attributes:
        kind: what a unit is.
        names: of the units, sorted.
        of_video: unit of each video.
    """

    kind: Literal["subjects", "videos"]
    names: tuple[str, ...]
    of_video: Int64[np.ndarray, " v"]

    def __len__(self) -> int:
        """Number of units."""
        return len(self.names)

    def add(self, values: Int64[np.ndarray, "v ..."]) -> Float64[np.ndarray, "u ..."]:
        """Return sums over the videos of each unit; exact in float64, because they are whole numbers."""
        total = np.zeros((len(self), *values.shape[1:]))
        np.add.at(total, self.of_video, values)
        return total


def units_of(statistics: Statistics) -> Units:
    """Return the subjects as units; the videos where there is only one subject."""
    subjects = statistics.subjects
    kind: Literal["subjects", "videos"] = "subjects" if len(set(subjects)) > 1 else "videos"
    labels = subjects if kind == "subjects" else statistics.video
    names = tuple(sorted(set(labels)))
    place = {name: index for index, name in enumerate(names)}
    return Units(kind, names, np.array([place[label] for label in labels], np.int64))
