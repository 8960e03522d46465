"""The features that a method names, of the videos of an experiment: one kind after the other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from mebench.data.interval import Expression
from mebench.data.source import Video
from mebench.features.cache import FeatureCache
from mebench.features.feature import Feature, Footage, Mark, feature_of
from mebench.progress import Advance, Progress
from mebench.tasks.each_video import ColourFrames, for_each_video, label_of_video

MarksOf = Callable[[Video], tuple[Mark, ...]]
"""From a video to the parts of it that features of single expressions are made of."""


def mark_of(expression: Expression) -> Mark:
    """Return the part of a video that an expression lies in."""
    return Mark(expression.onset, expression.apex if expression.apex >= 0 else None, expression.offset)


def extract_features(
    videos: Sequence[Video],
    marks_of: MarksOf,
    inputs: Mapping[str, Any],
    cache: FeatureCache,
    threads: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Return each video's features by name, computed where the cache has none; no other feature is.

    Several videos are worked on at a time; the result does not depend on how many.

    Args:
        videos: in any order.
        marks_of: the annotated parts of each that are looked at.
        inputs: settings of each feature by its name.
        cache: of features.
        threads: videos at a time.
        progress: shows a stage for each feature.

    Raises:
        MebenchError: videos without a face, too short, or of 16 bits; what the others give is cached by then.
    """
    found: list[dict[str, Any]] = [{} for _ in videos]
    for name, settings in inputs.items():
        feature = feature_of(name)
        sizes = [(v.info.fps, len(v.frames), len(marks_of(v))) for v in videos]
        total = sum(feature.amount(*size, settings) for size in sizes)
        with progress.stage(f"Features: {name}", total, feature.unit) as advance:
            extract = partial(_extract, feature, marks_of, settings, cache, advance)
            for values, one in zip(found, for_each_video(extract, videos, threads), strict=True):
                values[name] = one
    return found


def _extract(
    feature: Feature, marks_of: MarksOf, settings: Any, cache: FeatureCache, advance: Advance, video: Video
) -> Any:
    return feature.extract(footage_of(video, marks_of(video)), settings, cache, advance)


def footage_of(video: Video, marks: tuple[Mark, ...]) -> Footage:
    """Return a video as features see it; frames of 16 bits are refused."""
    label = label_of_video(video.info)
    return Footage(ColourFrames(video.frames, label), video.info.fps, label, video.content_key, marks)
