"""Flow pictures of each annotated expression: u, v, strain from onset to apex (mebench/docs/recognition.md)."""

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.clips.media import MediaSettings, clip_flow
from mebench.features.feature import Feature, Footage, Mark
from mebench.features.windows.strain import optical_strain
from mebench.progress import Advance

SIDE = 28
"""Pixels of a picture, each way."""


def flow_picture(flow: Float32[np.ndarray, "size size 2"]) -> UInt8[np.ndarray, "28 28 3"]:
    """Return u, v and strain of a flow, each resized and stretched from its least value, 0, to its largest, 255.

    A field that is constant becomes 0. So did the authors of STSTNet; length and sign of the motion are lost.

    Args:
        flow: onset to apex in px of the crop.
    """
    planes = []
    for field in (flow[..., 0], flow[..., 1], optical_strain(flow[None])[0]):
        small = _resized(field)
        low, span = small.min(), small.max() - small.min()
        planes.append(np.rint((small - low) / span * 255) if span > 0 else np.zeros_like(small))
    return np.stack(planes, axis=-1).astype(np.uint8)


def _resized(field: Float32[np.ndarray, "h w"]) -> Float64[np.ndarray, "28 28"]:
    """Return the means over the cells of a grid; by running sums, so no processor gives other bits."""
    return _means(_means(field.astype(np.float64)).T).T


def _means(field: Float64[np.ndarray, "h w"]) -> Float64[np.ndarray, "28 w"]:
    """Return the mean of each of 28 equal parts of a column; an edge within a pixel shares it out."""
    sums = np.concatenate([np.zeros((1, field.shape[1])), np.cumsum(field, axis=0)])
    edges = np.arange(SIDE + 1) * len(field) / SIDE
    whole = np.minimum(edges.astype(np.int64), len(field) - 1)
    at_edges = sums[whole] + (edges - whole)[:, None] * field[whole]  # (29, w)
    return np.diff(at_edges, axis=0) * (SIDE / len(field))


def extract(
    video: Footage, settings: MediaSettings, cache: FeatureCache, advance: Advance
) -> tuple[UInt8[np.ndarray, "28 28 3"], ...]:
    """Return the picture of each mark; a video of one frame is a dataset's own picture and is taken as it is.

    Raises:
        MebenchError: the one frame has another size, or what `mebench.features.clips.media.clip_flow` raises.
    """
    found = []
    for one in video.marks:
        found.append(_own(video) if len(video.frames) == 1 else _made(video, one, settings, cache))
        advance(1)
    return tuple(found)


def _own(video: Footage) -> UInt8[np.ndarray, "28 28 3"]:
    picture = video.frames.read(0, 1)[0, :, :, ::-1]  # BGR to RGB: u, v, strain
    if picture.shape != (SIDE, SIDE, 3):
        height, width = picture.shape[:2]
        raise MebenchError(
            f"{video.label}: its one frame has {width}x{height} pixels; a flow picture has {SIDE}x{SIDE}, and a clip "
            "at least 2 frames; leave it out (dataset.leave_out), or use another dataset"
        )
    return np.ascontiguousarray(picture)


def _made(video: Footage, one: Mark, settings: MediaSettings, cache: FeatureCache) -> UInt8[np.ndarray, "28 28 3"]:
    where = (one.onset, one.apex, one.offset)
    return flow_picture(clip_flow(video.frames, *where, settings, video.label, video.content_key, cache).flow)


FEATURE = Feature(
    about="u, v and strain from onset to apex as a picture of 28x28",
    of_marks=True,
    settings=lambda experiment: MediaSettings(kind="of", size=experiment.features.size, flow=experiment.features.flow),
    extract=extract,
    unit="expressions",
    flow=lambda settings: settings.flow,
)
