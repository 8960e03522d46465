"""Emotions of CAS(ME)^3's micro-expressions: rows of the JpgIndex table put to the rows of the intervals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from mebench.data.audit import Finding
from mebench.data.label_maps import coarse_of, fine_of
from tfds_builders.archives.annotation import Annotation, Key
from tfds_builders.archives.tree import shortened
from tfds_builders.casme3.table import PartATable, frames_of


def joined(intervals: PartATable, emotions: PartATable) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows of `intervals`, the micro ones with the emotion of their row in `emotions`; and findings.

    Rows belong together that have subject, clip and onset; of those left over, in the same clip, the ones with the same
    apex or offset, then the only one with the only one. Intervals are never changed.
    """
    left: dict[Key, list[Annotation]] = {}
    for row in emotions.rows:
        left.setdefault(row.key, []).append(row)
    partners: dict[int, Annotation] = {}
    micro = [row for row in intervals.rows if row.kind == "micro"]
    for agree in (_same_place, _same_onset, _same_end):
        for row in micro:
            if row.row not in partners:
                partner = next((other for other in left.get(row.key, ()) if agree(row, other)), None)
                if partner is not None:
                    partners[row.row] = partner
                    left[row.key].remove(partner)
    for key, others in left.items():
        alone = [row for row in micro if row.key == key and row.row not in partners]
        if len(others) == len(alone) == 1:
            partners[alone[0].row] = others.pop()
    rows = [_labelled(row, partners.get(row.row), emotions) for row in intervals.rows]
    return rows, _findings(micro, partners, [row for others in left.values() for row in others])


def spelled(rows: Sequence[Annotation]) -> tuple[list[Annotation], list[Finding]]:
    """Return the rows with the classes of their emotion, and a finding for each spelling that is not the usual one."""
    words = Counter(row.emotion for row in rows if row.emotion)
    findings = []
    for word, count in sorted(words.items()):
        fine, coarse = fine_of(word), coarse_of(word)
        if not coarse:
            what = f"emotion {word[:40]!r} in {count} rows is none of the vocabulary"
            findings.append(Finding("warning", "label-unknown", "", what, "kept as written, without a class"))
        elif word != word.lower() or word != word.strip():
            what = f"emotion {word[:40]!r} in {count} rows"
            findings.append(Finding("note", "label-spelling", "", what, f"read as {fine or coarse}"))
    classes = {word: (coarse_of(word), fine_of(word)) for word in words}
    return [
        replace(row, coarse=classes[row.emotion][0], fine=classes[row.emotion][1]) if row.emotion else row
        for row in rows
    ], shortened(findings)


def _same_place(row: Annotation, other: Annotation) -> bool:
    return frames_of(row) == frames_of(other)


def _same_onset(row: Annotation, other: Annotation) -> bool:
    onset = frames_of(row).onset
    return onset is not None and onset == frames_of(other).onset


def _same_end(row: Annotation, other: Annotation) -> bool:
    a, b = frames_of(row), frames_of(other)
    return (a.apex is not None and a.apex == b.apex) or (a.offset is not None and a.offset == b.offset)


def _labelled(row: Annotation, partner: Annotation | None, emotions: PartATable) -> Annotation:
    if partner is None:
        return row
    notes = {**partner.notes, **row.notes, "emotion from": partner.where}
    return replace(row, emotion=partner.emotion, notes=notes, aus=partner.aus if row.aus is None else row.aus)


def _findings(
    micro: Sequence[Annotation], partners: dict[int, Annotation], left: Sequence[Annotation]
) -> list[Finding]:
    findings = []
    for row in micro:
        partner = partners.get(row.row)
        if partner is None:
            what = "no row of the table of emotions goes with this micro-expression"
            findings.append(Finding("warning", "emotion-missing", row.where, what, "kept, its emotion unknown"))
        elif frames_of(partner) != frames_of(row):
            theirs = frames_of(partner)
            what = f"{partner.where} has {theirs.onset}/{theirs.apex}/{theirs.offset} for it"
            findings.append(Finding("note", "label-mismatch", row.where, what, "the emotion is taken, not the frames"))
    for row in left:
        what = "no micro-expression of the table of intervals goes with this emotion"
        findings.append(Finding("warning", "emotion-without-row", row.where, what, "left out"))
    return shortened(findings)
