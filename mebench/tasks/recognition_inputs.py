"""Inputs of recognition: the annotated micro-expressions of some classes, each as flow from onset to apex."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float16

from mebench.config.experiment import ProtocolConfig
from mebench.data.interval import Expression, VideoInfo
from mebench.data.source import Video
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.feature import WithFeatures, feature_of
from mebench.progress import Progress
from mebench.tables.manifest import label_of
from mebench.tasks.extracted import extract_features, mark_of


@dataclass(frozen=True)
class RecognitionSample:
    """One micro-expression of a class: its video, its frames, and its emotion as the protocol names it."""

    info: VideoInfo
    expression: Expression
    emotion: str


@dataclass(frozen=True)
class RecognitionSamples(WithFeatures):
    """The samples of an experiment.

    Attributes:
        rows: in order of the videos and of onset.
        found: features by name, those that the method names; each has a value for each row.
    """

    rows: tuple[RecognitionSample, ...]
    found: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def windows(self) -> Float16[np.ndarray, "n 42 42 3"]:
        """The feature `apex_windows`: flow(onset, apex) of each sample, as a window."""
        return np.stack(self.feature("apex_windows"))


def samples_of(info: VideoInfo, protocol: ProtocolConfig) -> tuple[RecognitionSample, ...]:
    """Return the micro-expressions of a video whose emotion is a class; others and unknown ones are left out."""
    found = ((e, label_of(e, protocol.label)) for e in info.micro)
    return tuple(RecognitionSample(info, e, emotion) for e, emotion in found if emotion in protocol.classes)


def load_samples(
    videos: Sequence[Video],
    protocol: ProtocolConfig,
    inputs: Mapping[str, Any],
    cache: FeatureCache,
    threads: int,
    progress: Progress,
) -> RecognitionSamples:
    """Return the samples of every video with the features of `inputs`; see `mebench.tasks.extracted`.

    Raises:
        MebenchError: no micro-expression has a class, or videos that a feature cannot be made of.
    """
    own = [samples_of(video.info, protocol) for video in videos]
    chosen = [video for video, samples in zip(videos, own, strict=True) if samples]
    if not chosen:
        raise MebenchError(
            f"no micro-expression has one of the classes {', '.join(protocol.classes)}; set protocol.classes or "
            "protocol.label"
        )
    marks = {v.info.video_id: tuple(mark_of(s.expression) for s in own[i]) for i, v in enumerate(videos)}
    values = extract_features(chosen, lambda v: marks[v.info.video_id], inputs, cache, threads, progress)
    found = {name: _by_row(name, [one[name] for one in values], [len(s) for s in own if s]) for name in inputs}
    return RecognitionSamples(tuple(sample for samples in own for sample in samples), found)


def _by_row(name: str, values: Sequence[Any], counts: Sequence[int]) -> list[Any]:
    """Return a feature's value for each sample: its own, or that of its video."""
    if feature_of(name).of_marks:
        return [one for video in values for one in video]
    return [video for video, count in zip(values, counts, strict=True) for _ in range(count)]
