"""A row of SMIC-E's table: one to three micro-expressions, with the formulas that lost their values worked out."""

from dataclasses import dataclass

from mebench.data.audit import Finding
from mebench.data.label_maps import coarse_of
from mebench.data.labels import COARSE
from tfds_builders.archives.annotation import Annotation, Cell
from tfds_builders.archives.sheets import Row, number, text, whole
from tfds_builders.smic.names import Camera, SmicName, smic_name

_COLUMNS = (("OnsetF", "OffsetF", "TotalMF1"), ("Onset2F", "Offset2F", "TotalMF2"), ("Onset3F", "Offset3F", "TotalMF3"))
_ORDINALS = ("", " (2nd)", " (3rd)")
HS_OF_VIS = 4
"""Frames of the high-speed camera for one of VIS: 100 a second for 25."""

_NOTED = ("Filename", "FirstF", "LastF", "TotalVL", "Emotion")


@dataclass(frozen=True)
class _Span:
    """Onset and offset of one micro-expression as cells, and what was worked out."""

    onset: Cell
    offset: Cell
    length: Cell
    repairs: tuple[str, ...] = ()


def annotations_of(
    table: str, row: Row, camera: Camera, beside: Row | None = None
) -> tuple[list[Annotation], list[Finding]]:
    """Return the micro-expressions of a row whose Filename is a clip's name, and findings.

    The first is there whatever its cells hold; the second and third only with an onset, an offset and a length above 0
    (the third ones of five clips come from a formula that was copied too far: their lengths are negative).

    Args:
        table: what findings call it.
        row: of the table.
        camera: of the table.
        beside: row of the same clip in the table of VIS, from which HS's formulas of second ones are worked out.
    """
    name = smic_name(text(row.get("Filename")))
    if name is None:
        return [], []
    rows: list[Annotation] = []
    findings: list[Finding] = []
    for i, columns in enumerate(_COLUMNS):
        span, repaired = _span(row, columns, camera)
        if i == 1 and beside is not None and camera == "hs":
            span, repaired = _from_vis(row, beside, span) or (span, repaired)
        annotation = _annotation(table, row, name, span, i)
        fault = _fault(span, annotation) if i else None
        if fault is not None:
            findings.append(fault)
        elif i == 0 or span.onset is not None or span.offset is not None:
            rows.append(annotation)
            code = "formula-empty" if repaired and repaired[0].endswith("empty") else "offset-of-other-camera"
            findings += [Finding("repair", code, annotation.where, *repaired)] if repaired else []
    findings += _about_names(row, rows[0], name)
    return rows, findings


def _span(row: Row, columns: tuple[str, str, str], camera: Camera) -> tuple[_Span, tuple[str, str] | None]:
    """Return the cells of one micro-expression; where the offset has lost its value, it is onset + length - 1.

    So it is where NIR's onset has a column of its own (`OnsetF NIR`) and the offset none that goes with it.
    """
    onset, offset, length = (_cell(row, column, camera) for column in columns)
    first, frames = whole(onset), whole(length)
    if first is None or frames is None or frames <= 0:
        return _Span(onset, offset, length), None
    last = first + frames - 1
    if offset is None:
        what = f"{columns[1]} is empty"
    elif camera == "nir" and whole(offset) != last and _length(row.get(columns[0]), offset) == frames:
        what = f"{columns[1]} {text(offset)} goes with {columns[0]}, not with {columns[0]} NIR"
    else:
        return _Span(onset, offset, length), None
    action = f"{columns[1]} := onset + {columns[2]} - 1 = {last}"
    return _Span(onset, last, length, (f"{what}: {action}",)), (what, action)


def lost_values(row: Row) -> bool:
    """Return whether a row of HS was saved without the values of its formulas, those that refer to VIS among them."""
    return row.get("FirstF") is None and row.get("OffsetF") is None


def _from_vis(row: Row, beside: Row, span: _Span) -> tuple[_Span, tuple[str, str]] | None:
    """Return a second expression of HS whose formulas have lost their values; None where nothing is to be worked out.

    The workbook has `Onset2F = OnsetF + 100 (VIS Onset2F - VIS OnsetF) / 25`, and so for the offset.
    """
    onset = whole(row.get("OnsetF"))
    first, *second = (whole(beside.get(column)) for column in ("OnsetF", "Onset2F", "Offset2F"))
    if not lost_values(row) or onset is None or first is None or None in second:
        return None
    if span.onset is not None or span.offset is not None:
        return None
    start, end = (onset + HS_OF_VIS * ((frame or 0) - first) for frame in second)
    what, action = "Onset2F and Offset2F are empty", f"{start} to {end}, worked out from VIS as the workbook does"
    return _Span(start, end, end - start, (f"{what}: {action}",)), (what, action)


def _length(onset: Cell, offset: Cell) -> int | None:
    first, last = whole(onset), whole(offset)
    return None if first is None or last is None else last - first + 1


def _cell(row: Row, column: str, camera: Camera) -> Cell:
    return row.get(f"{column} NIR", column) if camera == "nir" else row.get(column)


def _fault(span: _Span, annotation: Annotation) -> Finding | None:
    """Return why a second or third micro-expression is none; None where it is one, or not there at all."""
    onset, offset, length = number(span.onset), number(span.offset), number(span.length)
    action = "no expression is taken from it"
    if onset is not None and offset is not None:
        if offset >= onset and (length is None or length > 0):
            return None
        what = f"{text(span.onset)} to {text(span.offset)}, length {text(span.length) or 'empty'}: no positive length"
        return Finding("repair", "offset-before-onset", annotation.where, what, action)
    if span.onset is None and span.offset is None:
        return None
    cells = ", ".join(text(cell) or "empty" for cell in (span.onset, span.offset, span.length))
    what = f"onset, offset and length are {cells}"
    return Finding("repair", "not-a-number", annotation.where, what, action)


def _annotation(table: str, row: Row, name: SmicName, span: _Span, index: int) -> Annotation:
    emotion = text(row.get("Emotion"))
    notes = {column: row.get(column) for column in _NOTED}
    return Annotation(
        table=table,
        row=row.number,
        key=name.key,
        name=f"{name.key[1]}{_ORDINALS[index]}",
        onset=span.onset,
        apex=None,
        offset=span.offset,
        kind="micro",
        emotion=emotion,
        coarse=coarse_of(emotion),
        fine="",  # the dataset has coarse classes only
        notes={**notes, "TotalMF": span.length, "expression": index + 1},
        repairs=span.repairs,
        has_apex=False,
    )


def _about_names(row: Row, first: Annotation, name: SmicName) -> list[Finding]:
    """Return what does not agree in a row: subject and clip's name, spelling of the emotion."""
    findings = []
    subject = whole(row.get("Subject"))
    if subject is not None and subject != name.subject:
        what = f"Subject is {subject}, the clip's name says {name.subject}"
        findings.append(Finding("warning", "wrong-subject", first.where, what, "the name is followed"))
    if first.emotion and not first.coarse:
        what = f"emotion {first.emotion[:40]!r} is none of {', '.join(COARSE)}"
        findings.append(Finding("warning", "label-spelling", first.where, what, "kept as written"))
    elif first.emotion and first.emotion not in COARSE:
        what, action = f"emotion {first.emotion!r}", f"read as {first.coarse}"
        findings.append(Finding("note", "label-spelling", first.where, what, action))
    return findings
