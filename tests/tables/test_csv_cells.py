"""One reader of CSV files: what pandas and spreadsheets make of a table is read by every command alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.errors import MebenchError
from mebench.metrics.recognition.files import count_recognition_files
from mebench.metrics.spotting.files import count_spotting_files
from mebench.metrics.str.files import count_str_files
from mebench.tables.csv_cells import cells_of, finite, whole

TABLES = {
    "str": ("Subject ID,Video Name,Pred-Onset,gt offset,Emotion", ("1,a,100,120,negative", "2,b,1,9,positive")),
    "spotting": ("Sub,Video Name,Pred Onset,Pred-Offset,Expression Type", ("1,a,100,120,me", "2,b,1,9,mae")),
    "recognition": ("SUB,VIDEO_ID,onset,emotion,predicted", ("1,a,100,negative,negative", "2,b,1,positive,negative")),
}

SCORERS = {
    "str": lambda path: count_str_files(path, path).statistics,
    "spotting": lambda path: count_spotting_files(path, path).statistics,
    "recognition": lambda path: count_recognition_files(path, None).statistics,
}


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("task", TABLES)
def test_spellings_floats_and_an_index_column_change_nothing(tmp_path, task):
    header, rows = TABLES[task]
    plain = SCORERS[task](write(tmp_path / "plain.csv", header, *rows))
    floats = [row.replace("100", "1.0e2").replace(",1,", ",1.0,").replace("120", "120.") for row in rows]
    for name, start in (("", 0), ("Unnamed: 0", 1)):
        indexed = [f"{number},{row}" for number, row in enumerate(floats, start)]
        assert SCORERS[task](write(tmp_path / "p.csv", f"{name},{header}", *indexed)) == plain


def test_a_nameless_column_that_is_no_index_is_refused():
    with pytest.raises(MebenchError, match=r"t row 1: column 1 has no name and is no index of the rows; name or drop"):
        cells_of("t", ",video\n7,a\n3,b\n", ("video",), ())
    with pytest.raises(MebenchError, match=r"t row 1: column 2 has no name"):
        cells_of("t", "video,\na,0\nb,1\n", ("video",), ())


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12", 12), ("-3", -3), ("100.0", 100), ("1e0", 1), ("1.5e1", 15), ("0.", 0), ("1.5", None), ("1e-1", None)]
    + [(cell, None) for cell in ("", "x", "nan", "inf", "1_0", "1e99", "0x1", "١")],
)
def test_whole_numbers(cell, value):
    assert whole(cell) == value


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_is_itself_as_pandas_writes_it(number):
    assert whole(str(number)) == whole(repr(float(number))) == number or "e" in repr(float(number))


def test_finite_numbers():
    assert [finite(cell) for cell in ("1e-3", "nan", "inf", "high", "")] == [0.001, None, None, None, None]
