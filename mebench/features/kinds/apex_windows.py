"""Flow and strain from onset to apex of each annotated expression, in the form of a window."""

import numpy as np
from jaxtyping import Float16

from mebench.config.experiment import FeaturesConfig
from mebench.features.cache import FeatureCache
from mebench.features.feature import Feature, Footage, Mark
from mebench.features.windows.pipeline import extract_pairs
from mebench.progress import Advance


def apex_or_middle(mark: Mark) -> int:
    """Return the apex frame, or the frame in the middle of onset and offset where the source has no apex."""
    return mark.apex if mark.apex is not None else (mark.onset + mark.offset) // 2


def extract(
    video: Footage, settings: FeaturesConfig, cache: FeatureCache, advance: Advance
) -> Float16[np.ndarray, "p 42 42 3"]:
    """Return the window of each mark (`mebench.features.windows.pipeline.extract_pairs`)."""
    pairs = np.array([(one.onset, apex_or_middle(one)) for one in video.marks], np.int64).reshape(-1, 2)
    found = extract_pairs(video.frames, pairs, settings, video.label, video.content_key, cache)
    advance(len(pairs))
    return found


FEATURE = Feature(
    about="flow and strain of brows, eyes and mouth from onset to apex",
    of_marks=True,
    settings=lambda experiment: experiment.window_features,
    extract=extract,
    unit="expressions",
    flow=lambda settings: settings.flow,
)
