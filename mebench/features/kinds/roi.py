"""Motion of 18 named regions of the face, in windows that are anchored anew (mebench/features/roi/README.md)."""

from mebench.config.experiment import Experiment
from mebench.features.feature import Feature
from mebench.features.roi.sequence import extract_sequence
from mebench.features.roi.windows import RoiSettings, starts_of, step_of


def settings_of(experiment: Experiment) -> RoiSettings:
    """Return windows of a second by the experiment's method of flow."""
    return RoiSettings(flow=experiment.features.flow)


def count(fps: float, frames: int, marks: int, settings: RoiSettings) -> int:
    """Return the number of frames of a video's windows."""
    looked_at = -(-frames // step_of(fps, settings.rate))
    return len(starts_of(looked_at, settings.frames, settings.stride)) * settings.frames


FEATURE = Feature(
    about="motion of 18 regions of the face in windows that are anchored anew, without the head's",
    of_marks=False,
    settings=settings_of,
    extract=extract_sequence,
    flow=lambda settings: settings.flow,
    unit="frames",
    amount=count,
)
