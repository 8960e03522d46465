"""Inputs of recognition: the annotated micro-expressions of some classes, each as flow from onset to apex."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float16

from mebench.config.experiment import FeaturesConfig, ProtocolConfig
from mebench.data.interval import Expression, VideoInfo
from mebench.data.source import Video
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.windows.pipeline import extract_pairs
from mebench.progress import Progress
from mebench.tables.manifest import label_of
from mebench.tasks.each_video import ColourFrames, for_each_video, label_of_video
from mebench.tasks.str_inputs import apex_or_middle


@dataclass(frozen=True)
class Sample:
    """One micro-expression of a class: its video, its frames, and its emotion as the protocol names it."""

    info: VideoInfo
    expression: Expression
    emotion: str


@dataclass(frozen=True)
class Samples:
    """The samples of an experiment.

    Attributes:
        rows: in order of the videos and of onset.
        windows: MEAN's input for flow(onset, apex) of each.
    """

    rows: tuple[Sample, ...]
    windows: Float16[np.ndarray, "n 42 42 3"]


def samples_of(info: VideoInfo, protocol: ProtocolConfig) -> tuple[Sample, ...]:
    """Return the micro-expressions of a video whose emotion is a class; others and unknown ones are left out."""
    found = ((e, label_of(e, protocol.label)) for e in info.micro)
    return tuple(Sample(info, e, emotion) for e, emotion in found if emotion in protocol.classes)


def load_samples(
    videos: Sequence[Video],
    protocol: ProtocolConfig,
    features: FeaturesConfig,
    cache: FeatureCache,
    threads: int,
    progress: Progress,
) -> Samples:
    """Return the samples of every video with their input, computed where the cache has none.

    Raises:
        MebenchError: no micro-expression has a class, or videos without a face or of 16 bits.
    """
    chosen = [video for video in videos if samples_of(video.info, protocol)]
    if not chosen:
        raise MebenchError(
            f"no micro-expression has one of the classes {', '.join(protocol.classes)}; set protocol.classes or "
            "protocol.label"
        )
    with progress.stage("Features: face, flow, strain", len(chosen), "videos") as advance:

        def load(video: Video) -> Float16[np.ndarray, "p 42 42 3"]:
            label = label_of_video(video.info)
            rows = [sample.expression for sample in samples_of(video.info, protocol)]
            pairs = np.array([(e.onset, apex_or_middle(e)) for e in rows], np.int64)
            frames = ColourFrames(video.frames, label)
            found = extract_pairs(frames, pairs, features, label, video.content_key, cache)
            advance(1)
            return found

        windows = for_each_video(load, chosen, threads)
    return Samples(tuple(s for v in chosen for s in samples_of(v.info, protocol)), np.concatenate(windows))
