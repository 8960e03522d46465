"""Inputs of spot-then-recognise: the videos of a dataset with their features and labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float16

from mebench.config.experiment import ProtocolConfig
from mebench.data.interval import Expression, Interval, VideoInfo
from mebench.data.source import Video
from mebench.features.cache import FeatureCache
from mebench.features.feature import WithFeatures
from mebench.features.windows.pipeline import VideoFeatures
from mebench.progress import Progress
from mebench.tables.manifest import label_of
from mebench.tasks.each_video import ColourFrames, label_of_video
from mebench.tasks.extracted import extract_features, mark_of


@dataclass(frozen=True)
class StrVideo(WithFeatures):
    """One video, ready for training and inference; frames are 0-based.

    Attributes:
        info: ids, length, annotated expressions.
        micro: the micro-expressions, in order of onset.
        emotions: the label of each, as the protocol names it.
        found: features by name, those that the method names.
        frames: of the video, read when asked for.
    """

    info: VideoInfo
    micro: tuple[Expression, ...]
    emotions: tuple[str, ...]
    found: Mapping[str, Any] = field(default_factory=dict)
    frames: ColourFrames | None = None

    @property
    def features(self) -> VideoFeatures:
        """The feature `windows`: every window i = flow(i, i + k), in a file, and its mean motion."""
        found: VideoFeatures = self.feature("windows")
        return found

    @property
    def apex_windows(self) -> Float16[np.ndarray, "p 42 42 3"]:
        """The feature `apex_windows`: flow(onset, apex) of each micro-expression, as a window."""
        found: Float16[np.ndarray, "p 42 42 3"] = self.feature("apex_windows")
        return found

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


def load_str_videos(
    videos: Iterable[Video],
    protocol: ProtocolConfig,
    inputs: Mapping[str, Any],
    cache: FeatureCache,
    threads: int,
    progress: Progress,
) -> list[StrVideo]:
    """Return every video of the protocol with the features of `inputs`; see `mebench.tasks.extracted`.

    Raises:
        MebenchError: videos that a feature cannot be made of; the others are cached by then.
    """
    chosen = [video for video in videos if takes_part(video.info, protocol)]
    found = extract_features(chosen, lambda v: tuple(map(mark_of, v.info.micro)), inputs, cache, threads, progress)
    return [_with_labels(video, protocol, own) for video, own in zip(chosen, found, strict=True)]


def _with_labels(video: Video, protocol: ProtocolConfig, found: Mapping[str, Any]) -> StrVideo:
    emotions = tuple(label_of(e, protocol.label) for e in video.info.micro)
    frames = ColourFrames(video.frames, label_of_video(video.info))
    return StrVideo(video.info, video.info.micro, emotions, found, frames)
