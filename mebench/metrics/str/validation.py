"""Refusals, clipping and warnings of the strict rules before they count."""

import numpy as np
from jaxtyping import Bool, Int64

from mebench.errors import MebenchError
from mebench.tables.intervals import IntervalTable, Manifest
from mebench.tables.near_ids import NearIds


def refuse_backwards(table: IntervalTable) -> None:
    """Raise a MebenchError that names the first row whose offset lies before its onset."""
    wrong = table.offset < table.onset
    if wrong.any():
        row = int(np.argmax(wrong))
        raise MebenchError(f"{table.where(row)}: offset {table.offset[row]} < onset {table.onset[row]}; mend the row")


def video_lengths(table: IntervalTable, manifest: Manifest) -> Int64[np.ndarray, " n"]:
    """Return the number of frames of each row's video.

    Raises:
        MebenchError: the manifest does not list the video of a row.
    """
    length = dict(zip(manifest.keys, manifest.num_frames.tolist(), strict=True))
    known = NearIds.of(length)
    for row, key in enumerate(table.keys):
        if key not in length:
            hint = known.hint(key) or "; list the video there or mend its ids"
            raise MebenchError(f"{table.where(row)}: not in {manifest.source}{hint}")
    return np.array([length[key] for key in table.keys], np.int64)


def refuse_outside(truth: IntervalTable, frames: Int64[np.ndarray, " n"]) -> None:
    """Raise a MebenchError that names the first true interval outside its video of `frames` frames."""
    wrong = (truth.onset < 0) | (truth.offset >= frames)
    if truth.apex is not None:
        wrong |= (truth.apex < -1) | (truth.apex >= frames)
    if wrong.any():
        row = int(np.argmax(wrong))
        apex = "" if truth.apex is None else f", apex {truth.apex[row]}"
        raise MebenchError(
            f"{truth.where(row)}: onset {truth.onset[row]}, offset {truth.offset[row]}{apex} leave the video's frames "
            f"0 to {frames[row] - 1}; mend the truth or the manifest"
        )


def clipped(
    table: IntervalTable, frames: Int64[np.ndarray, " n"]
) -> tuple[IntervalTable, Bool[np.ndarray, " n"], list[str]]:
    """Return the table within the videos, which rows lie inside at least in part, and what to warn of."""
    inside = (table.offset >= 0) & (table.onset < frames)
    over = inside & ((table.onset < 0) | (table.offset >= frames))
    onset, offset = np.where(inside, np.maximum(table.onset, 0), table.onset), table.offset
    offset = np.where(inside, np.minimum(offset, frames - 1), offset)
    found = (
        (int(over.sum()), "predicted intervals reached outside their video and were clipped"),
        (int((~inside).sum()), "predicted intervals lie wholly outside their video and stay false positives"),
    )
    names = table.subject, table.video, onset, offset, table.emotion, table.score, table.apex
    return (
        IntervalTable(*names, table.source, table.lines, table.sources),
        inside,
        [f"{n} {text}" for n, text in found if n],
    )


def emotion_warnings(predictions: IntervalTable, truth: IntervalTable, classes: tuple[str, ...]) -> list[str]:
    """Return warnings of emotions that only the predictions know, and of classes that the truth never has."""
    strange = sorted(set(predictions.emotion) - set(classes) - set(truth.emotion))
    absent = sorted(set(classes) - set(truth.emotion))
    found = []
    if strange:
        found.append(f"predicted emotions that neither the classes nor the truth know: {', '.join(strange[:10])}")
    if absent:
        found.append(f"classes that the truth never has: {', '.join(absent)}")
    return found
