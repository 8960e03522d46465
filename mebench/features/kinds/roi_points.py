"""Motion of 12 points of the face from frame to frame (mebench/features/roi/README.md)."""

from mebench.features.feature import Feature
from mebench.features.kinds.roi import settings_of
from mebench.features.roi.point_sequence import extract_points
from mebench.features.roi.windows import RoiSettings, step_of


def count(fps: float, frames: int, marks: int, settings: RoiSettings) -> int:
    """Return the number of frames of a video that are looked at."""
    return -(-frames // step_of(fps, settings.rate))


FEATURE = Feature(
    about="motion of 12 points of the face from frame to frame, without the head's",
    of_marks=False,
    settings=settings_of,
    extract=extract_points,
    flow=lambda settings: settings.flow,
    unit="frames",
    amount=count,
)
