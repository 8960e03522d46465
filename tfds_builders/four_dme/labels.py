"""Emotions of 4DME: one row may have several."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from mebench.data.audit import Finding
from mebench.data.label_maps import coarse_of, fine_of
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.sheets import Row, number, text
from tfds_builders.archives.tree import shortened

HOT = ("Positive", "Negative", "Surprise", "Repression", "Others")
"""Columns of the micro release that mark a row's labels with 1."""

_BETWEEN = re.compile(r"\s*[+,/&;，、]\s*")


def words_of(emotion: str) -> tuple[str, ...]:
    """Return the labels of a cell such as `Surprise+Positive`, in its order."""
    return tuple(dict.fromkeys(word for word in _BETWEEN.split(emotion.strip()) if word))


def marked(row: Row) -> tuple[str, ...]:
    """Return the labels that a row's columns mark, in the order of `HOT`; () where it has no such columns."""
    return tuple(name for name in HOT if (number(row.get(name)) or 0) > 0)


def emotion_of(row: Row) -> str:
    """Return a row's emotion as written, or the labels that its columns mark, joined by +."""
    return text(row.get("Emotion")) or "+".join(marked(row))


def disagree(row: Row) -> bool:
    """Return whether a row's emotion and the labels that its columns mark say different things."""
    columns = marked(row)
    written = {word.lower() for word in words_of(text(row.get("Emotion")))}
    return bool(columns and written) and written != {name.lower() for name in columns}


def labelled(rows: Sequence[Annotation]) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows with the classes of their first label, all labels in the notes, and findings."""
    findings = []
    for emotion, count in sorted(Counter(row.emotion for row in rows if row.emotion).items()):
        words = words_of(emotion)
        unknown = [word for word in words if not coarse_of(word)]
        if unknown:
            what = f"emotion {emotion[:40]!r} in {count} rows is none of {', '.join(HOT)}"
            findings.append(Finding("warning", "label-unknown", "", what, "kept as written"))
        if len(words) > 1:
            what = f"{count} rows have several labels: {emotion[:40]!r}"
            action = f"the first, {words[0][:20]!r}, decides their class; all are kept"
            findings.append(Finding("note", "label-multiple", "", what, action))
    return [_with_class(row) for row in rows], shortened(findings)


def _with_class(row: Annotation) -> Annotation:
    words = words_of(row.emotion)
    if not words:
        return row
    notes = {**row.notes, "labels": "+".join(words)} if len(words) > 1 else row.notes
    return replace(row, coarse=coarse_of(words[0]), fine=fine_of(words[0]), notes=notes)
