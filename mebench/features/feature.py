"""The seam for features: what each kind is given of a video, what it has to have, and how it is found by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mebench import plugins
from mebench.config.experiment import Experiment
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.windows.pipeline import FrameReader
from mebench.progress import Advance


@dataclass(frozen=True)
class Mark:
    """A part of a video, 0-based, both ends included; `apex` is None where nobody knows it."""

    onset: int
    apex: int | None
    offset: int


@dataclass(frozen=True)
class Footage:
    """A video as features see it.

    Attributes:
        frames: read when asked for.
        fps: frames per second.
        label: what errors call the video.
        content_key: stands for the pixels; another video must have another one.
        marks: annotated parts that features of single expressions are made of.
    """

    frames: FrameReader
    fps: float
    label: str
    content_key: str
    marks: tuple[Mark, ...] = ()


def _marks(fps: float, frames: int, marks: int, settings: Any) -> int:
    """Return the number of marks."""
    return marks


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A kind of feature; its arrays are cached under the hash of all that decides them.

    Attributes:
        about: what is computed, for a reader.
        of_marks: `extract` gives a sequence with a value for each mark of a video; otherwise one value for the video.
        settings: from an experiment to the settings that hold where a method names the feature without any.
        extract: from a video, settings and cache to the value; the last argument is told of progress, in `unit`.
        flow: from settings to the name of the flow method.
        unit: of progress.
        amount: from frames per second, frames, marks and settings of a video to its number of units.
    """

    about: str
    of_marks: bool
    settings: Callable[[Experiment], Any]
    extract: Callable[[Footage, Any, FeatureCache, Advance], Any]
    flow: Callable[[Any], str]
    unit: str
    amount: Callable[[float, int, int, Any], int] = _marks


def feature_of(name: str) -> Feature:
    """Return the kind of feature of a name.

    Raises:
        MebenchError: unknown name; the nearest one is given.
    """
    found: Feature = plugins.load(plugins.FEATURES, name)
    return found


class WithFeatures:
    """Base of what a method is given: its features by name.

    Attributes:
        found: value of each feature that the method names among its inputs.
    """

    found: Mapping[str, Any]

    def feature(self, name: str) -> Any:
        """Return a feature.

        Raises:
            MebenchError: the method does not name it among its inputs.
        """
        if name not in self.found:
            raise MebenchError(
                f"the method looks at the feature {name!r}, which was not computed as it does not name it; add it to "
                f'its class: inputs = ("{name}",)'
            )
        return self.found[name]
