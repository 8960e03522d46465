"""Action units out of the cells of annotation tables, each dataset of which writes them its own way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType

AU_NAMES = MappingProxyType(
    {
        1: "inner brow raiser",
        2: "outer brow raiser",
        4: "brow lowerer",
        5: "upper lid raiser",
        6: "cheek raiser",
        7: "lid tightener",
        9: "nose wrinkler",
        10: "upper lip raiser",
        12: "lip corner puller",
        14: "dimpler",
        15: "lip corner depressor",
        16: "lower lip depressor",
        17: "chin raiser",
        20: "lip stretcher",
        21: "neck tightener",
        23: "lip tightener",
        24: "lip pressor",
        25: "lips part",
        26: "jaw drop",
        31: "jaw clencher",
        38: "nostril dilater",
        39: "nostril compress",
        43: "eye closure",
        56: "tilt right",
        61: "eyes left",
    }
)
"""FACS number -> name, in FACS order, which is also the order of lists in answers (Ekman, Friesen and Hager 2002; the
25 names are those of the ME-VQA training rows of MEGC2025, spelt as there). 55 tilts to the left, 56 to the right."""

UNIT = re.compile(r"(?:AU|AD|M|ref|[LRATB])[1-9]\d?\??", re.ASCII)
"""What a unit looks like: `AU4`, `L10` (left), `R12` (right), `A2` (asymmetric), `T23` (top), `B18` (bottom), `AD38`
(action descriptor), `M57` (movement of the head), `ref10` (written so by SAMM's coders); `?`: one of alternatives, or
doubted by its coder."""

_LEVELS = r"[A-E](?:\s?/\s?[A-E])*"
_INTENSITY = rf"(?:{_LEVELS}|\(\s?{_LEVELS}\s?\))?"
_PIECE = re.compile(
    rf"""(?:(?P<kind>AU|AD|M)\s?)?
    (?:(?P<side>[LRATB])|\(\s?(?P<side_within>[LRATB])\s?\))?\s?
    (?P<number>0?[1-9]|[1-9]\d)(?:\.0+)?\s?{_INTENSITY}\s?
    (?:\(\s?(?P<side_after>[LRT])\s?\))?\s?
    (?P<kept>\(\s?k\s?\))?\s?(?P<doubted>\?*)""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_REFERENCE = re.compile(
    rf"ref\s?(?P<open>\()?\s?(?P<number>0?[1-9]|[1-9]\d)\s?{_INTENSITY}\s?(?(open)\))\s?(?P<doubted>\?*)",
    re.ASCII | re.IGNORECASE,
)
_ADD = re.compile(r"[+,;]")
_OR = re.compile(r"\bor\b|(?<=\d)or(?=[LRATB]?\d)", re.ASCII | re.IGNORECASE)
_SLASH = re.compile(r"/")
_NOTHING = re.compile(r"[\s?/\\()-]*")
_WIDE = str.maketrans("，、；＋／（）？", ",,;+/()?")
_NESTED = 4


@dataclass(frozen=True)
class ParsedAus:
    """Action units of one cell.

    Attributes:
        units: without repeats, in the cell's order; each matches `UNIT`.
        kept: those of them that 4DME marks `(k)`, kept from before the onset.
        unparsed: pieces that were not understood, joined by "; "; "" for none.
    """

    units: tuple[str, ...]
    kept: tuple[str, ...]
    unparsed: str


@dataclass(frozen=True)
class _Found:
    """One unit, or (`unit` empty) one piece that was not understood."""

    unit: str
    kept: bool = False
    rest: str = ""


def parse_aus(cell: str | int | float | None) -> ParsedAus:
    """Return the action units of a cell, as leniently as is safe: a piece is understood in full or kept as it is.

    `+`, comma and semicolon add; `/` and `or` separate alternatives and bind tighter. A letter before the number is a
    side and belongs to that number only (`B18` is bottom, `R4,5` is R4 and AU5); a letter A to E after it is the
    intensity, which is dropped (`18B`, `4(B/C)`, `6C/D`). A group in parentheses is understood in full or not at all.
    Marks for "nothing" (`?`, `/`, an empty cell, NaN) give no unit and nothing unparsed; a `?` behind a unit is a doubt
    (`12B ?`). A whole number may have lost its type (`4.0`).

    Where a unit is both stated and one of alternatives, it is stated. Source: the cells of the tables of CAS(ME)^2,
    SAMM, SAMM Long Videos, CASME II, CAS(ME)^3, 4DME and DFME, the notes of their coders included.
    """
    found = [item for item in _sum(_plain(cell), False, 0) if item.unit or item.rest]
    stated = dict.fromkeys(item.unit for item in found if item.unit)
    units = [unit for unit in stated if not (unit.endswith("?") and unit[:-1] in stated)]
    kept = dict.fromkeys(item.unit for item in found if item.kept and item.unit in units)
    return ParsedAus(tuple(units), tuple(kept), "; ".join(item.rest for item in found if item.rest))


def _plain(cell: str | int | float | None) -> str:
    """Return a cell as text with single blanks and ASCII separators; 12 for 12.0, "" for None and NaN."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).translate(_WIDE).split())


def _sum(text: str, uncertain: bool, depth: int) -> Iterator[_Found]:
    """Yield what the pieces of an addition hold."""
    for piece in _split(text, _ADD):
        yield from _piece(piece, uncertain, depth)


def _piece(text: str, uncertain: bool, depth: int) -> Iterator[_Found]:
    """Yield what one piece holds: a unit, alternatives, a group, or what is not understood."""
    unit = _unit(text if _balanced(text) else text.strip("() "), uncertain)
    if unit is not None:
        yield unit
        return
    for separator in (_OR, _SLASH):
        choices = _split(text, separator)
        if len(choices) > 1 and any(choices):
            for choice in choices:
                yield from _piece(choice, True, depth)
            return
    inner = _group(text)
    found = list(_sum(inner, uncertain, depth + 1)) if inner and depth < _NESTED else []
    if found and not any(item.rest for item in found):
        yield from found
    elif not _NOTHING.fullmatch(text):
        yield _Found("", rest=text)


def _unit(text: str, uncertain: bool) -> _Found | None:
    """Return the unit that a piece is; None if it is not exactly one."""
    match = _REFERENCE.fullmatch(text) or _PIECE.fullmatch(text)
    if not match:
        return None
    mark = "?" if uncertain or match["doubted"] else ""
    if match.re is _REFERENCE:
        return _Found(f"ref{int(match['number'])}{mark}")
    sides = [side for side in match.group("side", "side_within", "side_after") if side]
    kind = (match["kind"] or "AU").upper()
    if len(sides) > 1 or (sides and kind != "AU"):
        return None
    return _Found(f"{sides[0].upper() if sides else kind}{int(match['number'])}{mark}", match["kept"] is not None)


def _split(text: str, separator: re.Pattern[str]) -> list[str]:
    """Return the pieces between separators outside parentheses, stripped; unbalanced parentheses do not count."""
    depths = _depths(text)
    pieces, start = [], 0
    for match in separator.finditer(text):
        if depths[match.start()] == 0:
            pieces.append(text[start : match.start()].strip())
            start = match.end()
    return [*pieces, text[start:].strip()]


def _depths(text: str) -> list[int]:
    """Return how many parentheses are open at each character; all 0 where they do not balance."""
    if not _balanced(text):
        return [0] * len(text)
    return list(accumulate((letter == "(") - (letter == ")") for letter in text))


def _balanced(text: str) -> bool:
    """Return whether every parenthesis has its other half."""
    depths = list(accumulate((letter == "(") - (letter == ")") for letter in text))
    return not depths or (min(depths) >= 0 and depths[-1] == 0)


def _group(text: str) -> str:
    """Return what stands within the parentheses around the whole text; "" if there are none."""
    depths = _depths(text)
    closed = text.startswith("(") and text.endswith(")") and all(depths[:-1])
    return text[1:-1].strip() if closed else ""
