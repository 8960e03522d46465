"""Prediction, truth and manifest tables as CSV: read with every row checked, written whole and always alike."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from mebench.atomic import write_text
from mebench.tables.csv_cells import Cells, read_cells, whole
from mebench.tables.held import Source
from mebench.tables.intervals import UNKNOWN_APEX, IntervalTable, Manifest, pool, texts

__all__ = [
    "IntervalTable",
    "Manifest",
    "manifest_text",
    "pool",
    "read_manifest",
    "read_predictions",
    "read_truth",
    "truth_text",
    "write_manifest",
    "write_predictions",
    "write_truth",
]

INTERVAL_COLUMNS = ("subject", "video", "onset", "offset", "emotion")
MANIFEST_COLUMNS = ("dataset", "subject", "video", "num_frames", "fps")


def read_predictions(path: Source) -> IntervalTable:
    """Return the predicted intervals of a CSV file: subject,video,onset,offset,emotion and perhaps score, apex.

    Ids are text, so "1" is the same id everywhere while "1.0" and "01" are others. A file with a header and no row is a
    table without a prediction. Frames are whole numbers: "12", "12.0" and "1.2e1" are the same, "12.5" is refused.

    Raises:
        MebenchError: as `read_cells`, or a frame that is no whole number, a score that is not finite.
    """
    return _interval_table(read_cells(path, INTERVAL_COLUMNS, ("score", "apex")))


def read_truth(path: Source) -> IntervalTable:
    """Return the true intervals of a CSV file: subject,video,onset,offset,emotion and perhaps apex (-1: unknown).

    Raises:
        MebenchError: as `read_predictions`.
    """
    return _interval_table(read_cells(path, INTERVAL_COLUMNS, ("apex",)))


def read_manifest(path: Source) -> Manifest:
    """Return the videos of a CSV file: dataset,subject,video,num_frames,fps.

    Raises:
        MebenchError: as `read_predictions`, or no video, a video listed twice, num_frames or fps not above 0.
    """
    cells = read_cells(path, MANIFEST_COLUMNS, ())
    return Manifest(
        dataset=texts(cells.columns["dataset"]),
        subject=texts(cells.columns["subject"]),
        video=texts(cells.columns["video"]),
        num_frames=np.array(cells.frames("num_frames"), np.int64),
        fps=np.array(cells.finite("fps"), np.float64),
        source=cells.source,
        lines=tuple(cells.lines),
    )


def write_predictions(path: str | Path, table: IntervalTable) -> None:
    """Write predictions as CSV in row order; scores in the shortest form that reads back as the same float64.

    Raises:
        MebenchError: the file cannot be written, or the disk is full.
    """
    write_text(path, _intervals_text(table, ("score", "apex")))


def write_truth(path: str | Path, table: IntervalTable) -> None:
    """Write true intervals as CSV in row order (`apex` where the table has it, never a score).

    Raises:
        MebenchError: the file cannot be written, or the disk is full.
    """
    write_text(path, truth_text(table))


def write_manifest(path: str | Path, manifest: Manifest) -> None:
    """Write the videos of a split as CSV in row order.

    Raises:
        MebenchError: the file cannot be written, or the disk is full.
    """
    write_text(path, manifest_text(manifest))


def truth_text(table: IntervalTable) -> str:
    """Return true intervals as `write_truth` writes them."""
    return _intervals_text(table, ("apex",))


def manifest_text(manifest: Manifest) -> str:
    """Return the videos of a split as `write_manifest` writes them."""
    frames, fps = manifest.num_frames.tolist(), manifest.fps.tolist()
    rows = zip(manifest.dataset, manifest.subject, manifest.video, frames, map(repr, fps), strict=True)
    return _text(MANIFEST_COLUMNS, rows)


def _intervals_text(table: IntervalTable, optional: Sequence[str]) -> str:
    names, columns = list(INTERVAL_COLUMNS), [table.subject, table.video, table.onset.tolist(), table.offset.tolist()]
    columns.append(table.emotion)
    for name in optional:
        if (values := getattr(table, name)) is not None:
            names.append(name)
            columns.append([repr(value) for value in values.tolist()])
    return _text(names, zip(*columns, strict=True))


def _text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _interval_table(cells: Cells) -> IntervalTable:
    columns, apex = cells.columns, None
    if "apex" in columns:
        apex = np.array(cells.parsed("apex", _frame_or_unknown, "a whole number of frames"), np.int64)
    return IntervalTable(
        subject=texts(columns["subject"]),
        video=texts(columns["video"]),
        onset=np.array(cells.frames("onset"), np.int64),
        offset=np.array(cells.frames("offset"), np.int64),
        emotion=texts(columns["emotion"]),
        score=np.array(cells.finite("score"), np.float64) if "score" in columns else None,
        apex=apex,
        source=cells.source,
        lines=tuple(cells.lines),
    )


def _frame_or_unknown(cell: str) -> int | None:
    return whole(cell) if cell else UNKNOWN_APEX
