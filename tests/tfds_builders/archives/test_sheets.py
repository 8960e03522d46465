"""Annotation tables: what was written is read, headers are found, cells are typed, and what is no table says so."""

import datetime
import io
import math
import os
import struct
import zipfile

import openpyxl
import pytest
from fixtures.archives.workbooks import Formula, write_csv, write_xls, write_xlsx
from hypothesis import given
from hypothesis import strategies as st

from tfds_builders.archives import sheets
from tfds_builders.archives.sheets import (
    Row,
    Sheet,
    UnreadableTable,
    code,
    column_name,
    find_table,
    number,
    read_sheets,
    text,
    whole,
)

WRITERS = {"xlsx": write_xlsx, "xls": write_xls}
ROWS = (
    (),
    (None, "SAMM Long Videos Dataset - FACS Codes"),
    (),
    (None, "Subject", "Filename", None, "Onset\nFrame", "Duration", "Action Units"),
    (None, "006", "006_1_1", None, 566.4000000000001, Formula("SUM(F11-D11)+1", 178), "4(B/C)+7B"),
    (None, "006", "006_1_2", None, 3562, Formula("SUM(F12-D12)+1"), 4),
    (None, 7, "  ", None, -1, Formula("VIS!A1", "ja"), "(23/24) "),
    (None, True, datetime.date(2019, 7, 1)),
)
READ = (
    (None,) * 7,
    (None, "SAMM Long Videos Dataset - FACS Codes", None, None, None, None, None),
    (None,) * 7,
    (None, "Subject", "Filename", None, "Onset\nFrame", "Duration", "Action Units"),
    (None, "006", "006_1_1", None, 566.4000000000001, 178, "4(B/C)+7B"),
    (None, "006", "006_1_2", None, 3562, None, 4),
    (None, 7, None, None, -1, "ja", "(23/24) "),
    (None, True, "2019-07-01", None, None, None, None),
)


@pytest.mark.parametrize("kind", WRITERS)
def test_what_was_written_is_read_from_the_first_row_and_column_on(tmp_path, kind):
    path = WRITERS[kind](
        tmp_path / f"CAS(ME)^2 code_final.{kind}", {"CASFEcode_final": ROWS, "VIS": [["ja"]], "Leer": []}
    )
    first, second, third = read_sheets(path)
    assert first == Sheet(path.name, "CASFEcode_final", READ)
    assert [type(cell) for row in first.rows for cell in row] == [type(cell) for row in READ for cell in row]
    assert (second.name, second.rows, third.name, third.rows) == ("VIS", (("ja",),), "Leer", ())


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_rows_give_the_same_bytes(tmp_path, kind):
    one, two = (WRITERS[kind](tmp_path / f"{name}.{kind}", {"S": ROWS, "VIS": []}) for name in "ab")
    assert one.read_bytes() == two.read_bytes()


def test_a_workbook_that_openpyxl_saved_again_has_lost_its_values(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["Duration"], [Formula("1+1", 2)]]})
    openpyxl.load_workbook(path).save(tmp_path / "b.xlsx")
    values = [read_sheets(tmp_path / name)[0].rows[1:] for name in ("a.xlsx", "b.xlsx")]
    assert values == [((2,),), ()]


def test_a_workbook_is_known_by_its_content(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", {"S": [["x"]]}).rename(tmp_path / "a.xls")
    assert read_sheets(tmp_path / "a.xls")[0].rows == (("x",),)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_csv_cells_are_text(tmp_path, encoding, separator):
    rows = [["Subject", "Onset", "AU"], ["006", 12.0, "R4,5"], [None, "é ", Formula("1+1", 2)], ["x"]]
    (sheet,) = read_sheets(write_csv(tmp_path / "code_final.csv", rows, encoding, separator))
    table = (("Subject", "Onset", "AU"), ("006", "12.0", "R4,5"), (None, "é ", "2"), ("x", None, None))
    assert sheet == Sheet("code_final.csv", "code_final", table)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_first_line_with_other_marks_does_not_tell_the_separator(tmp_path, separator):
    """The preamble of a table is a sentence; a spreadsheet program pads its lines, an editor does not."""
    table = [["Subject", "Filename", "AU"], ["006", "006_1_2", "4,7"], ["007", "007_3_1", "12;25"], ["008", "a", "1+2"]]
    for padded in (True, False):
        title = ["Codes, of short clips; version 2\t(made up)", *([None] * 2 if padded else [])]
        (sheet,) = read_sheets(write_csv(tmp_path / "t.csv", [title, *table], separator=separator))
        assert sheet.rows[1:] == tuple(map(tuple, table))


def test_a_csv_of_one_column_is_one_column(tmp_path):
    (sheet,) = read_sheets(write_csv(tmp_path / "t.csv", [["a"], ["b"], ["c,d"]]))
    assert sheet.rows == (("a",), ("b",), ("c,d",))


def flawed_files(folder):
    """Return (file, words of the sentence) of files that are no tables."""
    good = write_xlsx(folder / "good.xlsx", {"S": [["x"]]}).read_bytes()
    old = write_xls(folder / "good.xls", {"S": [["x"], [777.7777]]}).read_bytes()
    far = bytearray(old)
    place = far.find(struct.pack("<d", 777.7777)) - 6
    far[place : place + 4] = b"\xfe\xff\xfe\xff"  # row and column 65534: the reader asks for 128 GiB and aborts
    wide = write_xlsx(folder / "wide.xlsx", {"S": [["x"] * 3, [*[None] * 7, "y"], *[[]] * 999_998, ["z"]]})
    corner = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as source, zipfile.ZipFile(corner, "w") as target:
        for name in source.namelist():
            sheet = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            target.writestr(name, source.read(name).replace(b"</sheetData>", sheet))
    # the record INTERFACEHDR, which means nothing, becomes FILEPASS: encrypted
    locked = old.replace(struct.pack("<HHH", 0xE1, 2, 0x04B0), struct.pack("<HHH", 0x2F, 2, 1), 1)
    name, secret = (f"{word}\0".encode("utf-16-le") for word in ("Workbook", "EncryptedPackage"))
    place = old.find(name)
    entry = secret.ljust(64, b"\0") + struct.pack("<H", len(secret))  # as Excel stores an .xlsx under a password
    files = {
        "empty.xlsx": (b"", "is empty; unpack"),
        "empty.csv": (b"", "is empty; unpack"),
        "text.xlsx": (b"Subject,Filename\n", "damaged or no workbook"),
        "page.xls": (b"<html><table></table></html>", "damaged or no workbook"),
        "cut.xlsx": (good[: len(good) // 2], "damaged or no workbook"),
        "cut.xls": (old[: len(old) // 2], "damaged"),
        "zeros.xls": (bytes(len(old)), "damaged or no workbook"),
        "far.xls": (bytes(far), "a cell far outside its table"),
        "corner.xlsx": (corner.getvalue(), "a cell far outside its table"),
        "wide.xlsx": (wide.read_bytes(), "more than 4000000 cells"),
        "locked.xls": (locked, "protected by a password; open it"),
        "locked.xlsx": (old[:place] + entry + old[place + 66 :], "protected by a password; open it"),
        "zip.xlsx": (b"PK\x05\x06" + bytes(18), "damaged or no workbook"),
        "bytes.csv": (bytes(range(256)), "no text file; save it"),
        "long.csv": (b"x" * 200_000, "no csv file"),
        "ragged.csv": (b"," * 4000 + b"\nx" * 2000, "more than 4000000 cells"),
    }
    for name, (data, words) in files.items():
        (folder / name).write_bytes(data)
        yield folder / name, words


def sentence(path):
    """Return the error of reading a file; "" where it is read."""
    try:
        read_sheets(path)
    except UnreadableTable as error:
        return str(error)
    return ""


def test_files_that_are_no_tables_give_one_sentence(tmp_path):
    for path, words in flawed_files(tmp_path):
        said = sentence(path)
        assert said.startswith(f"{path}: "), said
        assert words in said, said
        assert "\n" not in said, said


def test_places_that_are_no_files_give_one_sentence(tmp_path):
    odd = tmp_path / os.fsdecode(b"caf\xe9.xlsx")
    for path in (tmp_path / "none.xlsx", tmp_path, odd):
        with pytest.raises(UnreadableTable, match="there is no such file") as caught:
            read_sheets(path)
        assert str(caught.value).encode("utf-8")


def test_a_name_in_another_encoding_is_read_and_can_be_printed(tmp_path):
    path = tmp_path / os.fsdecode(b"-caf\xe9.xlsx")
    write_xlsx(tmp_path / "a.xlsx", {"S": [["x"]]}).rename(path)
    assert read_sheets(path)[0].file == "-caf\\udce9.xlsx"


def test_too_large_and_too_slow_are_given_up(tmp_path, monkeypatch):
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["x"]]})
    monkeypatch.setattr(sheets, "SECONDS", 0.001)
    with pytest.raises(UnreadableTable, match="not read within"):
        read_sheets(path)
    with path.open("r+b") as file:
        file.truncate(sheets.MAX_BYTES + 1)
    with pytest.raises(UnreadableTable, match="more than 64 MiB"):
        read_sheets(path)


NEEDED = (("subject",), ("onset", "onset frame"), ("action units", "au"))


@pytest.mark.parametrize("kind", WRITERS)
def test_the_header_is_found_below_its_preamble(tmp_path, kind):
    path = WRITERS[kind](tmp_path / f"a.{kind}", {"S": ROWS, "VIS": []})
    table = find_table(read_sheets(path)[0], NEEDED)
    assert table.columns == ("subject", "filename", "onset frame", "duration", "action units")
    assert (table.file, table.sheet) == (path.name, "S")
    assert [row.number for row in table.rows] == [5, 6, 7, 8]
    assert table.rows[0].get("onset", "onset frame") == 566.4000000000001
    assert [row.get("Duration") for row in table.rows] == [178, None, "ja", None]
    assert table.rows[0].get("no such") is None


def sheet_of(*rows):
    return Sheet("f.xlsx", "S", tuple(tuple(row) for row in rows))


def test_no_header_or_one_too_far_down_gives_none():
    rows = [[None] * 3] * 5 + [["Subject", "Onset", "AU"], ["006", 1, 4]]
    assert find_table(sheet_of(*rows), NEEDED).rows == (Row(7, {"subject": "006", "onset": 1, "au": 4}),)
    assert find_table(sheet_of(*rows), NEEDED, within=5) is None
    assert find_table(sheet_of(["Subject", "Onset"], ["006", 1]), NEEDED) is None
    assert find_table(sheet_of(), NEEDED) is None


def test_repeated_and_blank_headers_and_empty_rows():
    header = ["Subject", None, "Onset", "AU", "onset ", "Onset (2)", "Onset"]
    sheet = sheet_of(header, [None] * 7, [1, "x", 2, 3, 4, 5, 6], [None, "x"], [2])
    table = find_table(sheet, NEEDED)
    assert table.columns == ("subject", "onset", "au", "onset (2)", "onset (2) (2)", "onset (3)")
    assert [row.number for row in table.rows] == [3, 5]
    assert list(table.rows[0].cells.values()) == [1, 2, 3, 4, 5, 6]
    assert table.rows[1].get("au") is None


def test_header_names_are_normalised():
    names = ["sub_ID'", "  Onset \n Frame ", '"Action  Units"', None, 12, "’first_frame'", "OnsetF NIR"]
    assert [column_name(name) for name in names] == [
        "sub_id", "onset frame", "action units", "", "12", "first_frame", "onsetf nir",
    ]  # fmt: skip


def test_cells_as_whole_numbers():
    assert [whole(cell) for cell in (12, 12.0, "12", " 12 ", "12.0", "-1", 0)] == [12, 12, 12, 12, 12, -1, 0]
    none = (12.5, "12.5", "x", "/", "\\", "", None, True, math.nan, math.inf, -math.inf, 10**400, 1e300, "9" * 5000)
    assert [whole(cell) for cell in (*none, "1_000", "MISSING <-426679", "12 13", "1e999", "nan", "٣")] == [None] * 20


def test_cells_as_numbers():
    assert [number(cell) for cell in ("566.4", 566.4, " 7 ", "1e3", ".5", 3)] == [566.4, 566.4, 7, 1000, 0.5, 3]
    assert [number(cell) for cell in (math.inf, "inf", "nan", "1e999", "566,4", True, None, 10**400)] == [None] * 8


def test_cells_as_text_and_codes():
    assert [text(cell) for cell in (None, 12, 12.0, 12.5, " a ", True)] == ["", "12", "12", "12.5", "a", "TRUE"]
    assert [code(cell, 3) for cell in (6, "6", 6.0, "006", "6.0", 1234)] == ["006", "006", "006", "006", "006", "1234"]
    assert [code(cell, 3) for cell in (None, "sub01", -6, " 6b ", 6.5)] == ["", "sub01", "-6", "6b", "6.5"]


cells = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)


@given(st.lists(st.lists(cells, max_size=5), max_size=8), cells)
def test_any_cells_give_a_table_or_none(rows, cell):
    table = find_table(sheet_of(*rows), [("a",), ("0", "false")])
    assert table is None or all(row.cells.keys() == set(table.columns) for row in table.rows)
    assert isinstance(text(cell) + code(cell, 3) + column_name(cell), str)
    value, part = number(cell), whole(cell)
    assert value is None or math.isfinite(value)
    assert part is None or part == value
