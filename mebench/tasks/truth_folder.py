"""The truth of a built dataset as files that `mebench score` takes: what is true of it, and which videos it has."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mebench.atomic import write_text
from mebench.data.builders import builder_of, title
from mebench.data.built_questions import read_questions
from mebench.data.interval import VideoInfo
from mebench.data.questions import Question
from mebench.data.source import read_infos
from mebench.errors import MebenchError, unknown_name
from mebench.metrics.score_inputs import MANIFEST, TRUTHS
from mebench.tables.csv import manifest_text, truth_text
from mebench.tables.truth import manifest_table, truth_table

LABELS = ("coarse", "fine", "emotion")
"""What the emotion column may hold: the challenge's classes, the fine ones, or the words of the source."""

TYPES = {"micro": "me", "macro": "mae"}


def write_truth(name: str, variant: str, data: Path | None, out: Path, label: str = "coarse") -> list[Path]:
    """Write truth and manifest of a built dataset; return the files.

    `truth.csv` (micro-expressions with their emotion, for spot-then-recognise and recognition), `truth_spotting.csv`
    (micro- and macro-expressions, for spotting) and `manifest.csv` (every video); `truth.jsonl` where there are
    answered questions.

    Args:
        name: of the dataset.
        variant: of it.
        data: folder of built datasets; None: that of TFDS.
        out: folder of the files.
        label: one of `LABELS`.

    Raises:
        MebenchError: an unknown label, a dataset that is not built, or one whose labels nobody has; a file that cannot
            be written.
    """
    if label not in LABELS:
        raise unknown_name("label", label, LABELS)
    infos = read_infos(name, variant, data)
    texts = _tables(infos, label) if all(info.has_labels for info in infos) else {}
    if answers := answered_text(_questions(name, variant, data)):
        texts[TRUTHS["vqa"]] = answers
    if not texts:
        raise MebenchError(f"{title(name, variant)} has no labels, as a challenge's test set: nothing of it is known")
    texts[MANIFEST] = manifest_text(manifest_table(infos))
    out.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        write_text(out / file, text)
    return [out / file for file in texts]


def _tables(infos: Sequence[VideoInfo], label: str) -> dict[str, str]:
    return {TRUTHS["str"]: truth_text(truth_table(infos, label)), TRUTHS["spotting"]: spotting_text(infos)}


def spotting_text(infos: Sequence[VideoInfo]) -> str:
    """Return every expression as CSV: dataset, subject, video, frames and type, in order of video and onset."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(("dataset", "subject", "vid", "onset", "offset", "type"))
    rows = [
        (info.dataset, info.subject, info.video, one.onset, one.offset, TYPES[one.kind])
        for info in infos
        for one in info.expressions
    ]
    write.writerows(sorted(rows))
    return text.getvalue()


def answered_text(questions: Mapping[str, Sequence[Question]]) -> str:
    """Return the answered questions as JSONL, with the keys of the dataset's own rows."""
    rows = [
        json.loads(one.raw) | {"answer": one.answer} for each in questions.values() for one in each if one.has_answer
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _questions(name: str, variant: str, data: Path | None) -> Mapping[str, Sequence[Question]]:
    """Return the questions of a dataset; none where it has none."""
    asked = "clips" in builder_of(name, variant, "videos", data).FORMS
    return read_questions(name, variant, data) if asked else {}
