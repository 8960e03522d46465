"""Inputs of spot-then-recognise: the videos of a dataset with their features and labels."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float16

from mebench.config.experiment import FeaturesConfig, ProtocolConfig
from mebench.data.interval import Expression, Interval, VideoInfo
from mebench.data.source import Video
from mebench.features.cache import FeatureCache
from mebench.features.windows.pipeline import VideoFeatures, extract_pairs, extract_video, window_lag
from mebench.progress import Advance, Progress
from mebench.tables.manifest import label_of
from mebench.tasks.each_video import ColourFrames, for_each_video, label_of_video


@dataclass(frozen=True)
class StrVideo:
    """One video, ready for training and inference; frames are 0-based.

    Attributes:
        info: ids, length, annotated expressions.
        features: of every window i = flow(i, i + k), in a file.
        micro: the micro-expressions, in order of onset.
        emotions: the label of each, as the protocol names it.
        apex_windows: MEAN's input for flow(onset, apex) of each.
        frames: of the video, read when asked for.
    """

    info: VideoInfo
    features: VideoFeatures
    micro: tuple[Expression, ...]
    emotions: tuple[str, ...]
    apex_windows: Float16[np.ndarray, "p 42 42 3"]
    frames: ColourFrames | None = None

    @property
    def intervals(self) -> list[Interval]:
        """Onset to offset of each micro-expression."""
        return [e.interval for e in self.micro]

    @property
    def timed_intervals(self) -> list[tuple[Interval, float]]:
        """The intervals, each with the video's frames per second."""
        return [(e.interval, self.info.fps) for e in self.micro]


def takes_part(info: VideoInfo, protocol: ProtocolConfig) -> bool:
    """Return whether the protocol uses a video: all, or those with a micro-expression (and those without labels)."""
    return protocol.videos == "all" or bool(info.micro) or not info.has_labels


def apex_or_middle(expression: Expression) -> int:
    """Return the apex frame, or the frame in the middle of onset and offset where the source has no apex."""
    return expression.apex if expression.apex >= 0 else (expression.onset + expression.offset) // 2


def load_str_videos(
    videos: Iterable[Video],
    protocol: ProtocolConfig,
    features: FeaturesConfig,
    cache: FeatureCache,
    threads: int,
    progress: Progress,
) -> list[StrVideo]:
    """Return every video of the protocol with its features, computed where the cache has none.

    Several videos are worked on at a time; the result does not depend on how many.

    Raises:
        MebenchError: videos without a face, shorter than the flow's lag, or of 16 bits; the others are cached by then.
    """
    chosen = [video for video in videos if takes_part(video.info, protocol)]
    total = sum(max(0, len(v.frames) - window_lag(v.info.fps, features.lag_seconds)) for v in chosen)
    with progress.stage("Features: face, flow, strain", total, "windows") as advance:
        return for_each_video(lambda video: _load(video, protocol, features, cache, advance), chosen, threads)


def _load(
    video: Video, protocol: ProtocolConfig, features: FeaturesConfig, cache: FeatureCache, advance: Advance
) -> StrVideo:
    info, key = video.info, video.content_key
    label = label_of_video(info)
    frames = ColourFrames(video.frames, label)
    whole = extract_video(frames, info.fps, features, label, key, cache, advance)
    pairs = np.array([(e.onset, apex_or_middle(e)) for e in info.micro], np.int64).reshape(-1, 2)
    apexes = extract_pairs(frames, pairs, features, label, key, cache)
    emotions = tuple(label_of(e, protocol.label) for e in info.micro)
    return StrVideo(info, whole, info.micro, emotions, apexes, frames)
