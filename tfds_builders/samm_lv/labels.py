"""Emotions of the micro-expressions in SAMM's long videos: they stand in the table of SAMM's short clips only."""

from collections.abc import Sequence
from dataclasses import replace

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.tree import shortened
from tfds_builders.samm.table import SammTable


def labelled(
    rows: Sequence[Annotation], tables: Sequence[SammTable]
) -> tuple[tuple[Annotation, ...], tuple[Finding, ...]]:
    """Return the rows, micro-expressions with the emotion of their row in the longest table; and findings.

    Rows belong together by Filename and kind (a Filename may name a micro- and a macro-expression). Frames are never
    compared: those of the short clips count from another start.
    """
    if not tables:
        what = "no table of SAMM's short clips (columns Filename, Estimated Emotion): it alone has the emotions"
        action = "emotions are unknown; put SAMM_Micro_FACS_Codes_v2.xlsx anywhere into the archive's folder"
        return tuple(rows), (Finding("note", "emotions-missing", "", what, action),)
    partners = tables[0].by_filename()
    findings, used, found = [], set[tuple[str, str]](), []
    for row in rows:
        partner = partners.get((row.name, row.kind)) if row.kind == "micro" else None
        if partner is not None:
            used.add((row.name, row.kind))
            row = _with(row, partner)
        elif row.kind == "micro":
            what = f"no row {row.name} among the micro-expressions of {tables[0].title}"
            findings.append(Finding("warning", "emotion-missing", row.where, what, "kept, its emotion unknown"))
        found.append(row)
    for key, partner in partners.items():
        if key not in used and partner.kind == "micro":
            what = "no micro-expression of the long videos goes with this emotion"
            findings.append(Finding("note", "emotion-without-row", partner.where, what, "left out"))
    spellings = [finding for finding in tables[0].findings if finding.code.startswith("label-")]
    return tuple(found), (*shortened(findings), *spellings)


def _with(row: Annotation, partner: Annotation) -> Annotation:
    notes = {**row.notes, "emotion from": partner.where}
    if "Objective Classes" in partner.notes:
        notes["Objective Classes"] = partner.notes["Objective Classes"]
    return replace(row, emotion=partner.emotion, coarse=partner.coarse, fine=partner.fine, notes=notes)
