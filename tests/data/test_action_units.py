"""Action units out of every notation that the tables are known to hold, and out of any text whatever."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.data.action_units import UNIT, ParsedAus, parse_aus

UNDERSTOOD = {  # cell: units
    "casme_sq": {4: "AU4", "4+10+14": "AU4 AU10 AU14", 38: "AU38"},
    "samm": {
        "4": "AU4",
        "4+7": "AU4 AU7",
        "4(B/C)+7B": "AU4 AU7",
        "4D+7B+9B+ref(10)+24B": "AU4 AU7 AU9 ref10 AU24",
        "A12C": "A12",
        "L10B+A12C": "L10 A12",
        "T23": "T23",
        "B18+25": "B18 AU25",
        "6E": "AU6",
        "12B ?": "AU12?",
        "4.0": "AU4",
        "4.0+7.00": "AU4 AU7",
        "ref(10) ?": "ref10?",
        "R14A or 17A or 24A": "R14? AU17? AU24?",
        "(R6 or R12)+R15": "R6? R12? R15",
        "(23/24) ": "AU23? AU24?",
    },
    "casme2": {12: "AU12", "4+L10": "AU4 L10", "R1+R2": "R1 R2", "4+9+L10+14": "AU4 AU9 L10 AU14", "?": ""},
    "casme3": {
        "R12": "R12",
        "T28+14": "T28 AU14",
        "r18": "R18",
        "4+14+24+R10": "AU4 AU14 AU24 R10",
        "R4,5": "R4 AU5",
        "R4，5": "R4 AU5",
    },
    "dfme": {"R4+AD38": "R4 AD38", 23: "AU23", "M57": "M57", "4+M58": "AU4 M58"},
    "alike": {
        "B18B": "B18",
        "18B": "AU18",
        "10B+18": "AU10 AU18",
        "6/B18": "AU6? B18?",
        "6C/B18": "AU6? B18?",
        "6C/D": "AU6",
        "4 (B)": "AU4",
        "12(L)": "L12",
        "(R)12B": "R12",
        "12or14": "AU12? AU14?",
        "4+(4/7)": "AU4 AU7?",
        "4+4+AU4": "AU4",
        "AU 04": "AU4",
        "au4+Ref 10b": "AU4 ref10",
        "(4+5": "AU4 AU5",
        "4+7+": "AU4 AU7",
        "1+2/4": "AU1 AU2? AU4?",
        "（4＋7）": "AU4 AU7",
        12.0: "AU12",
        **dict.fromkeys(("", "  ", "/", "\\", "-", "??", None, math.nan), ""),
    },
}
LEFT_OVER = {  # cell: units, unparsed
    "chewing": ("", "chewing"),
    "glare": ("", "glare"),
    "4+glare": ("AU4", "glare"),
    "7D+all of the above": ("AU7", "all of the above"),
    "subject do 2x  R2(C and then B)": ("", "subject do 2x R2(C and then B)"),
    "80 (big swallow) ": ("", "80 (big swallow)"),
    "9A ref (L12 or L10)": ("", "9A ref (L12 or L10)"),
    "Chewing": ("", "Chewing"),
    "reaction?": ("", "reaction?"),
    "6C/D+ref(7)12E+25": ("AU6 AU25", "ref(7)12E"),
    "(1B+2A)or(loses AU4)": ("AU1? AU2?", "(loses AU4)"),
    "A(4B/C)+5B": ("AU5", "A(4B/C)"),
    "(L/A)4B": ("", "(L/A)4B"),
    "A/L12": ("L12?", "A"),
    "(loses 1+2) or (4(B/C))": ("AU4?", "(loses 1+2)"),
    "twice - L1B+L2B+25": ("L2 AU25", "twice - L1B"),
    "double 45": ("", "double 45"),
    "7B+double 45": ("AU7", "double 45"),
    "R14+17+soft focus": ("R14 AU17", "soft focus"),
    "A4C+R(12or14)B+38": ("A4 AU38", "R(12or14)B"),
    "(A/R)14B": ("", "(A/R)14B"),
    "(L/A)12(B/A)": ("", "(L/A)12(B/A)"),
    "glare+4+0+112": ("AU4", "glare; 0; 112"),
    "LR4": ("", "LR4"),
    "L12(R)": ("", "L12(R)"),
    "L AD38": ("", "L AD38"),
    4.5: ("", "4.5"),
    -4: ("", "-4"),
    math.inf: ("", "inf"),
}


@pytest.mark.parametrize("dataset", UNDERSTOOD)
def test_every_notation_is_understood(dataset):
    for cell, units in UNDERSTOOD[dataset].items():
        assert parse_aus(cell) == ParsedAus(tuple(units.split()), (), ""), cell


def test_what_is_not_understood_is_kept_as_it_is():
    for cell, (units, unparsed) in LEFT_OVER.items():
        assert parse_aus(cell) == ParsedAus(tuple(units.split()), (), unparsed), cell


def test_kept_units_of_4dme_are_marked():
    assert parse_aus("AU4(k)+L7") == ParsedAus(("AU4", "L7"), ("AU4",), "")
    assert parse_aus("AUR2+12(k)+45") == ParsedAus(("R2", "AU12", "AU45"), ("AU12",), "")
    assert parse_aus("4+(4/7)(K)+(4(k)/7)") == ParsedAus(("AU4", "AU7?"), (), "(4/7)(K)")


def test_a_separator_without_anything_beside_it():
    assert parse_aus(" or ") == ParsedAus((), (), "or")
    assert parse_aus("/") == ParsedAus((), (), "")


def test_deep_and_long_cells_end():
    assert parse_aus("(" * 3000 + "4" + ")" * 3000).units == ()
    assert parse_aus("(" * 3000).unparsed == ""
    assert parse_aus("+".join(["(4/7)", "x(", "or"] * 3000)).units == ("AU4?", "AU7?")


PARTS = ["AU", "AD", "M", "ref", *"LRATBCDEk", *"0123456789", *"+,/()? ", " or ", "，", "(k)", "(B/C)", "glare"]


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join) | st.text(max_size=60))
def test_any_text_gives_units_of_the_grammar_or_itself(text):
    parsed = parse_aus(text)
    assert all(UNIT.fullmatch(unit) for unit in parsed.units)
    assert len(set(parsed.units)) == len(parsed.units)
    assert set(parsed.kept) <= set(parsed.units)
    assert parsed.units or parsed.unparsed or not any(letter.isalnum() for letter in text)


numbers = st.integers(1, 99)
written = st.tuples(st.sampled_from(["", "L", "R", "A", "T", "B"]), numbers, st.sampled_from(["", *"ABCDE"]))


@given(st.lists(written, unique_by=lambda part: part[:2], max_size=6))
def test_sides_and_numbers_survive_and_intensities_do_not(parts):
    cell = "+".join(f"{side}{number}{level}" for side, number, level in parts)
    assert parse_aus(cell) == ParsedAus(tuple(f"{side or 'AU'}{number}" for side, number, _ in parts), (), "")


@given(st.integers() | st.floats())
def test_any_number_gives_an_answer(cell):
    parsed = parse_aus(cell)
    assert parsed.units == ((f"AU{int(cell)}",) if cell in range(1, 100) else ())
