"""What a spot-then-recognise model gets: the videos of a dataset with their features and labels."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float16

from mebench.config import FeaturesConfig, ProtocolConfig
from mebench.data.interval import Expression, Interval, VideoInfo
from mebench.data.manifest import label_of
from mebench.data.source import Video
from mebench.features.cache import FeatureCache
from mebench.features.pipeline import VideoFeatures, extract_pairs, extract_video, window_lag
from mebench.progress import Advance, Progress


@dataclass(frozen=True)
class StrVideo:
    """One video, ready for training and inference; frames are 0-based.

    Attributes:
        info: ids, length, annotated expressions.
        features: of every window i = flow(i, i + k), in a file.
        micro: the micro-expressions, in order of onset.
        emotions: the label of each, as the protocol names it.
        apex_windows: MEAN's input for flow(onset, apex) of each.
    """

    info: VideoInfo
    features: VideoFeatures
    micro: tuple[Expression, ...]
    emotions: tuple[str, ...]
    apex_windows: Float16[np.ndarray, "p 42 42 3"]

    @property
    def intervals(self) -> list[Interval]:
        """Onset to offset of each micro-expression."""
        return [e.interval for e in self.micro]


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
    """
    chosen = [video for video in videos if protocol.videos == "all" or video.info.micro]
    total = sum(len(video.frames) - window_lag(video.info.fps, features.lag_seconds) for video in chosen)
    with (
        progress.stage("Features: face, flow, strain", total, "windows") as advance,
        ThreadPoolExecutor(threads) as pool,
    ):
        jobs = [pool.submit(_load, video, protocol, features, cache, advance) for video in chosen]
        try:
            return [job.result() for job in jobs]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _load(
    video: Video, protocol: ProtocolConfig, features: FeaturesConfig, cache: FeatureCache, advance: Advance
) -> StrVideo:
    info, key = video.info, video.content_key
    label = f"{info.dataset} {info.video_id}"
    whole = extract_video(video.frames, info.fps, features, label, key, cache, advance)
    pairs = np.array([(e.onset, apex_or_middle(e)) for e in info.micro], np.int64).reshape(-1, 2)
    apexes = extract_pairs(video.frames, pairs, features, label, key, cache)
    emotions = tuple(label_of(e, protocol.label) for e in info.micro)
    return StrVideo(info, whole, info.micro, emotions, apexes)
