"""Flow from onset to apex of each annotated expression and the onset's grey values, as means over a grid."""

import numpy as np
from jaxtyping import Float32, UInt8

from mebench.features.cache import FeatureCache
from mebench.features.clips.media import MediaSettings, clip_flow
from mebench.features.feature import Feature, Footage
from mebench.features.kinds.clip_pictures import media_settings
from mebench.progress import Advance

GRID = 32
"""Cells a side: means over squares of the face crop, which take the noise of the flow away."""

CHANNELS = 3
"""Flow right, flow down, grey value of the onset frame."""

FLOW_SCALE, WIDTH = 1.5, 224
"""Flow of a crop that is `WIDTH` px wide is multiplied by this, so that a strong micro-expression is about 2."""


def grid_of(
    flow: Float32[np.ndarray, "size size 2"], onset: UInt8[np.ndarray, "size size"]
) -> Float32[np.ndarray, "32 32 3"]:
    """Return the means over the cells of the grid.

    Args:
        flow: onset to apex in px of the crop, at least 32 px square; what is left over at its right and lower edge is
            not used.
        onset: grey crop of the onset frame.
    """
    cell = len(flow) // GRID
    grey = onset.astype(np.float32)[..., None] / 255 - 0.5
    scaled = flow * np.float32(FLOW_SCALE * WIDTH / len(flow))
    whole = np.concatenate([scaled, grey], axis=-1)[: cell * GRID, : cell * GRID]
    means: Float32[np.ndarray, "32 32 3"] = whole.reshape(GRID, cell, GRID, cell, CHANNELS).mean((1, 3), np.float32)
    return means


def extract(
    video: Footage, settings: MediaSettings, cache: FeatureCache, advance: Advance
) -> tuple[Float32[np.ndarray, "32 32 3"], ...]:
    """Return the grid of each mark; the flow is that of `mebench.features.clips.media.clip_flow`."""
    found = []
    for one in video.marks:
        where = (one.onset, one.apex, one.offset)
        clip = clip_flow(video.frames, *where, settings, video.label, video.content_key, cache)
        found.append(grid_of(clip.flow, clip.onset))
        advance(1)
    return tuple(found)


FEATURE = Feature(
    about="flow from onset to apex without the head's motion, and grey values, on a 32 x 32 grid",
    of_marks=True,
    settings=media_settings,
    extract=extract,
    unit="clips",
    flow=lambda settings: settings.flow,
)
