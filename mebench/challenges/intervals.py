"""Spotted and recognised intervals as the challenge takes them: one CSV a part of the test set."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from mebench.challenges.files import INTERVAL_COLUMNS, IntervalChallenge, IntervalFile
from mebench.errors import MebenchError
from mebench.tables.csv import read_manifest, read_predictions
from mebench.tables.intervals import IntervalTable


def interval_files(challenge: IntervalChallenge, runs: Sequence[Path]) -> tuple[dict[str, str], list[str]]:
    """Return the text of each file by its name, and sentences on what is allowed but worth a look.

    Raises:
        MebenchError: no table of predictions, a video that is not of the test set, an emotion that is no class, frames
            that are not in the video, an interval twice, or a part without any prediction.
    """
    rows: dict[str, list[tuple[str, ...]]] = {one.name: [] for one in challenge.files}
    for run in runs:
        lengths = _lengths(run)
        for path in _tables(run, challenge):
            _take(read_predictions(path), challenge, lengths, rows)
    notes = []
    for one in challenge.files:
        if not rows[one.name]:
            raise MebenchError(
                f"no prediction for {one.name} (videos {one.videos[0]} to {one.videos[-1]}); name the run of that part "
                "too, as: mebench submit megc2025-str RUN_SAMM RUN_CAS --out X.zip"
            )
        silent = len(set(one.videos) - {row[1] for row in rows[one.name]})
        if silent:
            notes.append(f"{one.name}: {silent} of {len(one.videos)} videos have no prediction")
    return {name: _text(found) for name, found in rows.items()}, notes


def _tables(run: Path, challenge: IntervalChallenge) -> list[Path]:
    """Return the tables of a run folder, of a folder with the challenge's own files, or the file itself."""
    if run.is_file():
        return [run]
    if not run.is_dir():
        raise MebenchError(f"cannot read {run}: no such file or folder; give a finished run folder or a CSV file")
    own = [run / one.name for one in challenge.files if (run / one.name).is_file()]
    whole = [run / name for name in ("predictions.megc2025_str.csv", "predictions.csv") if (run / name).is_file()]
    if not own and not whole:
        names = ", ".join(one.name for one in challenge.files)
        raise MebenchError(f"{run} holds neither predictions.csv nor {names}; give a finished run folder")
    return own or whole[:1]


def _lengths(run: Path) -> dict[tuple[str, str], int]:
    """Return the frames of each video where the run has a manifest."""
    path = run / "manifest.csv"
    if not path.is_file():
        return {}
    manifest = read_manifest(path)
    return dict(zip(manifest.keys, manifest.num_frames.tolist(), strict=True))


def _take(
    table: IntervalTable,
    challenge: IntervalChallenge,
    lengths: dict[tuple[str, str], int],
    rows: dict[str, list[tuple[str, ...]]],
) -> None:
    """Put the rows of a table where they belong; refuse what the challenge would refuse."""
    seen = {row for found in rows.values() for row in found}
    for place, key in enumerate(table.keys):
        onset, offset, emotion = int(table.onset[place]), int(table.offset[place]), table.emotion[place]
        target = _file_of(table, place, challenge)
        frames = lengths.get(key)
        if not 0 <= onset <= offset or (frames is not None and offset >= frames):
            inside = f"0 to {frames - 1}" if frames is not None else "0 and above, onset first"
            raise MebenchError(f"{table.where(place)}: onset {onset}, offset {offset} are no frames of it ({inside})")
        if emotion not in challenge.emotions:
            raise MebenchError(
                f"{table.where(place)}: emotion {emotion!r} is no class of the challenge; use one of "
                f"{', '.join(challenge.emotions)}"
            )
        row = (*key, str(onset), str(offset), emotion)
        if row in seen:
            raise MebenchError(f"{table.where(place)}: the same interval twice; keep one")
        seen.add(row)
        rows[target.name].append(row)


def _file_of(table: IntervalTable, place: int, challenge: IntervalChallenge) -> IntervalFile:
    for one in challenge.files:
        if table.video[place] in one.videos:
            return one
    raise MebenchError(
        f"{table.where(place)}: not a video of the challenge's test set ({challenge.files[0].videos[0]}, "
        f"{challenge.files[-1].videos[0]}, ...); submit a run on megc2025_str"
    )


def _text(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(INTERVAL_COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
