"""The videos of a spotting score: predicted and true intervals brought together, whatever the files say of a video."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64, Int64

from mebench.errors import MebenchError
from mebench.tables.intervals import Manifest
from mebench.tables.near_ids import NearIds
from mebench.tables.spotting import MACRO, MICRO, SpotTable

Key = tuple[str, str, str]
"""Dataset, subject, video; the first two are empty where unknown."""

AMBIGUOUS = -1


@dataclass(frozen=True, eq=False)
class SpottedSide:
    """The intervals of one video on one side.

    Attributes:
        onset, offset: frames in file order, both ends included.
        kind: `MACRO` or `MICRO`.
        found: of true intervals, which a log's own marks say were found; None: nobody says.
    """

    onset: Int64[np.ndarray, " n"]
    offset: Int64[np.ndarray, " n"]
    kind: Int64[np.ndarray, " n"]
    found: Bool[np.ndarray, " n"] | None = None

    def __len__(self) -> int:
        """Number of intervals."""
        return len(self.onset)

    def where(self, rows: Bool[np.ndarray, " n"] | Int64[np.ndarray, " _"]) -> "SpottedSide":
        """Return some of the intervals."""
        found = None if self.found is None else self.found[rows]
        return SpottedSide(self.onset[rows], self.offset[rows], self.kind[rows], found)

    def by_duration(self, fps: float) -> "SpottedSide":
        """Return the intervals with their type from the duration: micro up to half a second."""
        return replace(self, kind=np.where(self.offset - self.onset <= fps // 2, MICRO, MACRO))


@dataclass(frozen=True, eq=False)
class Videos:
    """Every video that counts, with the rows of either table that belong to it.

    Attributes:
        dataset, subject, video: ids; dataset and subject are empty where no file names them.
        fps: frames per second, NaN where unknown.
        pred, truth: the tables.
        pred_rows, truth_rows: rows of each video, in file order.
        source: what an error calls it all.
        notes: what had to be decided, a sentence each.
    """

    dataset: tuple[str, ...]
    subject: tuple[str, ...]
    video: tuple[str, ...]
    fps: Float64[np.ndarray, " v"]
    pred: SpotTable
    truth: SpotTable
    pred_rows: tuple[Int64[np.ndarray, " _"], ...]
    truth_rows: tuple[Int64[np.ndarray, " _"], ...]
    source: str
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """Number of videos."""
        return len(self.video)

    @property
    def estimated(self) -> bool:
        """Whether types were guessed from durations, on one side at least."""
        return self.pred.estimated or self.truth.estimated

    @property
    def marked(self) -> bool:
        """Whether both sides are of one log, whose marks say which truths were found."""
        return self.truth.found is not None and self.pred.log == self.truth.log

    def spotted(self, side: Literal["pred", "truth"], place: int) -> SpottedSide:
        """Return the intervals of one video on one side, in file order."""
        table = self.pred if side == "pred" else self.truth
        rows = (self.pred_rows if side == "pred" else self.truth_rows)[place]
        found = table.found[rows] if table.found is not None and self.marked else None
        return SpottedSide(table.onset[rows], table.offset[rows], table.kind[rows], found)


def joined_videos(pred: SpotTable, truth: SpotTable, manifest: Manifest | None = None) -> Videos:
    """Return the videos of the manifest, or all that one of the tables names, with their intervals.

    A row finds its video by as much as it says: by video alone where it names no subject and no dataset.

    Raises:
        MebenchError: a video that the manifest does not list, one that could be several, a true interval twice or
            beyond its video's frames, or tables without a common video and no manifest to tell.
    """
    if manifest is None:
        keys = _all_keys([*_row_keys(truth), *_row_keys(pred)])
    else:
        keys = list(zip(manifest.dataset, manifest.subject, manifest.video, strict=True))
    order = sorted(range(len(keys)), key=lambda place: keys[place])
    keys = [keys[place] for place in order]
    lookup = _lookup(keys)
    where = "the tables" if manifest is None else manifest.source
    places = [_places(table, lookup, where) for table in (pred, truth)]
    _refuse_twice(truth, places[1])
    if manifest is None:
        _refuse_near(pred, truth)
        _refuse_disjoint(pred, truth, places)
    else:
        _refuse_beyond(truth, places[1], manifest.num_frames[order])
    return Videos(
        dataset=tuple(key[0] for key in keys),
        subject=tuple(key[1] for key in keys),
        video=tuple(key[2] for key in keys),
        fps=_rates(len(keys), (pred, truth), places) if manifest is None else manifest.fps[order],
        pred=pred,
        truth=truth,
        pred_rows=_rows(places[0], len(keys)),
        truth_rows=_rows(places[1], len(keys)),
        source=pred.source,
        notes=_notes(pred, truth, places, manifest),
    )


def _row_keys(table: SpotTable) -> list[Key]:
    return list(zip(table.dataset, table.subject, table.video, strict=True))


def _all_keys(rows: Sequence[Key]) -> list[Key]:
    """Return every video that a row names, with all that is said of it.

    Rows of one video name are one video where they do not contradict each other in dataset or subject.
    """
    named: dict[str, list[Key]] = {}
    for key in dict.fromkeys(rows):
        named.setdefault(key[2], []).append(key)
    keys: list[Key] = []
    for video, forms in named.items():
        datasets, subjects = ({key[part] for key in forms} - {""} for part in (0, 1))
        if max(len(datasets), len(subjects)) < 2:
            keys.append(("".join(datasets), "".join(subjects), video))
        else:
            keys += _fullest(forms)
    return keys


def _fullest(forms: Sequence[Key]) -> list[Key]:
    """Return the forms that no fuller one covers."""
    keys: list[Key] = []
    lookup: dict[Key, int] = {}
    for key in sorted(forms, key=lambda one: -sum(map(bool, one))):
        if key not in lookup:
            keys.append(key)
            _add(lookup, key, len(keys) - 1)
    return keys


def _lookup(keys: Sequence[Key]) -> dict[Key, int]:
    lookup: dict[Key, int] = {}
    for place, key in enumerate(keys):
        _add(lookup, key, place)
    return lookup


def _add(lookup: dict[Key, int], key: Key, place: int) -> None:
    dataset, subject, video = key
    for form in {(dataset, subject, video), (dataset, "", video), ("", subject, video), ("", "", video)}:
        lookup[form] = place if lookup.get(form, place) == place else AMBIGUOUS
    lookup[key] = place


def _places(table: SpotTable, lookup: dict[Key, int], where: str) -> Int64[np.ndarray, " n"]:
    """Return the video of each row; a row's dataset need not be spelt as in the manifest where the rest is enough."""
    found, known = [], NearIds.of(lookup)
    for row, key in enumerate(_row_keys(table)):
        place = lookup.get(key)
        if place is None:
            place = lookup.get(("", *key[1:]))
        if place is None:
            hint = known.hint(key) or known.hint(("", *key[1:])) or "; list the video there or mend its ids"
            raise MebenchError(f"{table.where(row)}: not in {where}{hint}")
        if place == AMBIGUOUS:
            raise MebenchError(
                f"{table.where(row)}: several videos have this name; give the column subject or dataset as well"
            )
        found.append(place)
    return np.array(found, np.int64)


def _rows(places: Int64[np.ndarray, " n"], videos: int) -> tuple[Int64[np.ndarray, " _"], ...]:
    order = np.argsort(places, kind="stable")
    return tuple(np.split(order, np.searchsorted(places[order], np.arange(1, videos)))) if videos else ()


def _rates(
    videos: int, tables: Sequence[SpotTable], places: Sequence[Int64[np.ndarray, " _"]]
) -> Float64[np.ndarray, " v"]:
    fps = np.full(videos, np.nan)
    for table, place in zip(tables, places, strict=True):
        known = ~np.isnan(table.fps)
        fps[place[known]] = table.fps[known]
    return fps


def _refuse_near(pred: SpotTable, truth: SpotTable) -> None:
    known = NearIds.of(_lookup(_row_keys(truth)))
    for row, key in enumerate(_row_keys(pred)):
        if hint := known.hint(key) or known.hint(("", *key[1:])):
            raise MebenchError(f"{pred.where(row)}: the video is not in {truth.source}{hint}")


def _refuse_disjoint(pred: SpotTable, truth: SpotTable, places: Sequence[Int64[np.ndarray, " _"]]) -> None:
    if len(pred) and len(truth) and not set(places[0].tolist()) & set(places[1].tolist()):
        raise MebenchError(
            f"no video of {pred.source} is in {truth.source} (the first are {pred.video[0]!r} and {truth.video[0]!r}); "
            "write the ids alike, or give a manifest that lists them all"
        )


def _refuse_twice(truth: SpotTable, places: Int64[np.ndarray, " n"]) -> None:
    rows = zip(places.tolist(), truth.onset.tolist(), truth.offset.tolist(), truth.kind.tolist(), strict=True)
    seen: set[tuple[int, ...]] = set()
    for row, what in enumerate(rows):
        if what in seen:
            raise MebenchError(f"{truth.where(row)}: this true interval is there twice; keep one")
        seen.add(what)


def _refuse_beyond(truth: SpotTable, places: Int64[np.ndarray, " n"], frames: Int64[np.ndarray, " v"]) -> None:
    wrong = (truth.onset < 0) | (truth.offset > frames[places])
    if wrong.any():
        row = int(np.argmax(wrong))
        raise MebenchError(
            f"{truth.where(row)}: onset {truth.onset[row]}, offset {truth.offset[row]} leave the video's "
            f"{frames[places[row]]} frames; mend the truth or the manifest"
        )


def _notes(
    pred: SpotTable, truth: SpotTable, places: Sequence[Int64[np.ndarray, " _"]], manifest: Manifest | None
) -> tuple[str, ...]:
    notes = [*pred.notes, *(note for note in truth.notes if note not in pred.notes)]
    if manifest is None:
        notes.append("no manifest: videos that neither file names do not count, which changes intervals only")
        bare = set(places[0].tolist()) - set(places[1].tolist())
        if bare:
            notes.append(f"{len(bare)} videos have predictions and no true interval; mend their ids if that is wrong")
    rows = list(zip(places[0].tolist(), pred.onset.tolist(), pred.offset.tolist(), pred.kind.tolist(), strict=True))
    if len(set(rows)) < len(rows):
        notes.append(f"{len(rows) - len(set(rows))} predictions are there twice and count twice")
    return tuple(notes)
