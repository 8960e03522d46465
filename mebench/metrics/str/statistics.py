"""Sufficient statistics of a score: counts a video, enough to recompute every figure and interval without labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float64, Int64

from mebench.errors import MebenchError
from mebench.metrics.json_numbers import UNREADABLE, finite_numbers, names_of, texts_of, whole_numbers

Rules = Literal["official", "strict"]

SCHEMA = 1
_NO_SUMS = ("video", "confusion", "scores", "matched")

MATCHED_IOUS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""IoU of each bit of `matched`, lowest bit first."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Counts of one scorer in each video; every figure is a function of sums over videos (and of the ranked scores).

    Attributes:
        rules: whose rules the counts follow.
        scorer: name and version of the scorer.
        classes: emotions that recognition is scored on.
        iou: intersection over union from which a pair counts.
        dataset, subject, video: ids, one entry a video; dataset is empty where no manifest names it.
        sums: whole numbers a video. Always `tp`, `fp`, `fn`; strict adds `onset_frames`, `onset_us`, `offset_frames`,
            `offset_us`, `apex_frames`, `apex_us` (summed absolute errors of the matched pairs), `apex_pairs`, and
            `duration_us`. Times are whole microseconds, so that sums are exact in any order. What cannot be known is
            absent.
        confusion: kept pairs a video, by true class and predicted class; last column: emotions that are no class.
        scores: of all predictions of a video, descending; None where the predictions have none.
        matched: for each of them, bit i set where it finds a true interval at IoU `MATCHED_IOUS[i]`.
        warnings: what the scorer had to say about the tables.
    """

    rules: Rules
    scorer: str
    classes: tuple[str, ...]
    iou: float
    dataset: tuple[str, ...]
    subject: tuple[str, ...]
    video: tuple[str, ...]
    sums: dict[str, Int64[np.ndarray, " v"]]
    confusion: Int64[np.ndarray, "v c predicted"]
    scores: tuple[Float64[np.ndarray, " _"], ...] | None = None
    matched: tuple[Int64[np.ndarray, " _"], ...] | None = None
    warnings: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        """Number of videos."""
        return len(self.video)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subject of each video as `dataset/subject`, or `subject` where no manifest names the dataset."""
        pairs = zip(self.dataset, self.subject, strict=True)
        return tuple(f"{dataset}/{subject}" if dataset else subject for dataset, subject in pairs)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers, one entry a subject with its videos; `from_json` reads it back."""
        people: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for index in range(len(self)):
            people.setdefault((self.dataset[index], self.subject[index]), []).append(self._video_json(index))
        return {
            "schema": SCHEMA,
            "rules": self.rules,
            "scorer": self.scorer,
            "classes": list(self.classes),
            "iou": self.iou,
            "matched_ious": list(MATCHED_IOUS),
            "subjects": [{"dataset": d, "subject": s, "videos": videos} for (d, s), videos in people.items()],
            "warnings": list(self.warnings),
        }

    def _video_json(self, index: int) -> dict[str, Any]:
        entry: dict[str, Any] = {"video": self.video[index]}
        entry |= {name: int(values[index]) for name, values in self.sums.items()}
        entry["confusion"] = self.confusion[index].tolist()
        if self.scores is not None and self.matched is not None:
            entry |= {"scores": self.scores[index].tolist(), "matched": self.matched[index].tolist()}
        return entry


def of_dataset(statistics: Statistics, name: str) -> Statistics:
    """Return the videos of one dataset."""
    rows = [row for row, dataset in enumerate(statistics.dataset) if dataset == name]
    return replace(
        statistics,
        dataset=tuple(statistics.dataset[row] for row in rows),
        subject=tuple(statistics.subject[row] for row in rows),
        video=tuple(statistics.video[row] for row in rows),
        sums={key: values[rows] for key, values in statistics.sums.items()},
        confusion=statistics.confusion[rows],
        scores=None if statistics.scores is None else tuple(statistics.scores[row] for row in rows),
        matched=None if statistics.matched is None else tuple(statistics.matched[row] for row in rows),
    )


@dataclass(frozen=True, eq=False)
class Units:
    """Which videos belong to which unit.

    Attributes:
        kind: what a unit is.
        names: of the units, sorted.
        of_video: unit of each video.
    """

    kind: Literal["subjects", "videos"]
    names: tuple[str, ...]
    of_video: Int64[np.ndarray, " v"]

    def __len__(self) -> int:
        """Number of units."""
        return len(self.names)

    def add(self, values: Int64[np.ndarray, "v ..."]) -> Float64[np.ndarray, "u ..."]:
        """Return sums over the videos of each unit; exact in float64, because they are whole numbers."""
        total = np.zeros((len(self), *values.shape[1:]))
        np.add.at(total, self.of_video, values)
        return total


def units_of(statistics: Statistics) -> Units:
    """Return the subjects as units; the videos where there is only one subject."""
    subjects = statistics.subjects
    kind: Literal["subjects", "videos"] = "subjects" if len(set(subjects)) > 1 else "videos"
    labels = subjects if kind == "subjects" else statistics.video
    names = tuple(sorted(set(labels)))
    place = {name: index for index, name in enumerate(names)}
    return Units(kind, names, np.array([place[label] for label in labels], np.int64))


def with_datasets(statistics: Statistics, datasets: Mapping[tuple[str, str], str]) -> Statistics:
    """Return the statistics with the dataset of each (subject, video), where the videos are of several.

    Nothing changes where they are of one: no figure and no interval depends on its name.
    """
    keys = zip(statistics.subject, statistics.video, statistics.dataset, strict=True)
    named = tuple(datasets.get((subject, video), known) for subject, video, known in keys)
    return replace(statistics, dataset=named) if len(set(datasets.values())) > 1 else statistics


def from_json(document: dict[str, Any]) -> Statistics:
    """Return the statistics that `Statistics.to_json` wrote.

    Raises:
        MebenchError: another schema, or something missing or of another type.
    """
    if document.get("schema") != SCHEMA or document.get("matched_ious") != list(MATCHED_IOUS):
        raise MebenchError(f"statistics of schema {document.get('schema')!r}; this version reads schema {SCHEMA}")
    try:
        return _read(document)
    except UNREADABLE as error:
        raise MebenchError(f"statistics cannot be read: {type(error).__name__} {error}; write them again") from error


def _read(document: dict[str, Any]) -> Statistics:
    people, classes = document["subjects"], texts_of(document["classes"])
    videos = [video for person in people for video in person["videos"]]
    persons = [person for person in people for _ in person["videos"]]
    keys = set(videos[0]) if videos else {"tp", "fp", "fn"}
    if any(set(video) != keys for video in videos) or not keys >= {"tp", "fp", "fn"}:
        raise ValueError("every video needs the same counts, tp, fp and fn among them")
    if document["rules"] not in get_args(Rules) or len(set(classes)) != len(classes):
        raise ValueError(f"rules {document['rules']!r} or classes {classes}")
    names = [name for name in (videos[0] if videos else ("tp", "fp", "fn")) if name not in _NO_SUMS]
    size = len(videos), len(classes), len(classes) + 1
    scores, matched = _ranked(videos) if "scores" in keys else (None, None)
    return Statistics(
        rules=document["rules"],
        scorer=str(document["scorer"]),
        classes=classes,
        iou=checked_iou(document["iou"]),
        dataset=names_of(persons, "dataset"),
        subject=names_of(persons, "subject"),
        video=names_of(videos, "video"),
        sums={name: whole_numbers([video[name] for video in videos], size[:1]) for name in names},
        confusion=whole_numbers([video["confusion"] for video in videos], size),
        scores=scores,
        matched=matched,
        warnings=texts_of(document["warnings"]),
    )


def _ranked(videos: list[dict[str, Any]]) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Return the scores of each video's predictions, and what each of them matches."""
    sizes = [(len(video["scores"]),) for video in videos]
    scores = [finite_numbers(video["scores"], size, -np.inf, np.inf) for video, size in zip(videos, sizes, strict=True)]
    matched = [whole_numbers(video["matched"], size) for video, size in zip(videos, sizes, strict=True)]
    return tuple(scores), tuple(matched)


def confusion_of(true: list[str], predicted: list[str], classes: tuple[str, ...]) -> Int64[np.ndarray, "c predicted"]:
    """Return the confusion counts (c, c + 1) of the pairs whose true emotion is a class; last column: no class."""
    place = {emotion: index for index, emotion in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes) + 1), np.int64)
    for truth, guess in zip(true, predicted, strict=True):
        if truth in place:
            counts[place[truth], place.get(guess, len(classes))] += 1
    return counts


def checked_classes(classes: tuple[str, ...] | None, truth: tuple[str, ...]) -> tuple[str, ...]:
    """Return the classes as given, or every emotion of the truth in alphabetical order where they are None.

    Raises:
        MebenchError: no class, an empty name, or one name twice.
    """
    if classes is None:
        return tuple(sorted(set(truth)))
    if not classes or "" in classes or len(set(classes)) != len(classes):
        raise MebenchError(f"classes {','.join(classes)!r} are empty or hold one twice; name each class once")
    return classes


def checked_iou(iou: float) -> float:
    """Return the IoU threshold as it is.

    Raises:
        MebenchError: not above 0 and at most 1.
    """
    if not 0 < iou <= 1:
        raise MebenchError(f"iou {iou} is not a threshold; give one above 0 and at most 1")
    return float(iou)


def rows_by_video(keys: tuple[tuple[str, str], ...]) -> dict[tuple[str, str], Int64[np.ndarray, " _"]]:
    """Return the rows of every (subject, video), in file order; videos in order of their first row."""
    rows: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    return {key: np.array(places, np.int64) for key, places in rows.items()}
