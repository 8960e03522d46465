"""Damaged table files give rows or one sentence, whatever the damage: also what aborts the reader's process."""

import io
import random
import struct
import zipfile

import pytest
from fixtures.archives.workbooks import Formula, write_csv, write_xls, write_xlsx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import share

from tfds_builders.archives.sheets import Sheet, UnreadableTable, read_sheets

ROWS = [["Subject", "Filename", "Onset", "Duration", "AU"]]
ROWS += [[f"{i:03d}", f"{i:03d}_1", 10.5 * i, Formula("C2+1", 12), "4+7"] for i in range(12)]
CELLS = (str, int, float, bool, type(None))


def repacked(data):
    """Return an .xlsx whose parts are stored as they are, so that damage reaches the reader of the sheets."""
    stored = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stored, "w") as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name), source.read(name))
    return stored.getvalue()


def resealed(data):
    """Return a zip archive with the checksums that its stored parts have after the damage."""
    stored = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    directory = data.find(b"PK\x01\x02")
    for part in parts:
        start = part.header_offset + 30 + len(part.filename)
        checksum = struct.pack("<I", zipfile.crc32(stored[start : start + part.file_size]))
        stored[part.header_offset + 14 : part.header_offset + 18] = checksum
        stored[directory + 16 : directory + 20] = checksum
        directory = data.find(b"PK\x01\x02", directory + 1)
    return bytes(stored)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return suffix -> bytes of a table that is in order."""
    folder = tmp_path_factory.mktemp("tables")
    packed = write_xlsx(folder / "a.xlsx", {"S": ROWS}).read_bytes()
    return {
        ".xlsx": packed,
        ".stored.xlsx": repacked(packed),
        ".xls": write_xls(folder / "a.xls", {"S": ROWS}).read_bytes(),
        ".csv": write_csv(folder / "a.csv", ROWS).read_bytes(),
    }


def read(path):
    """Return what reading gives: the sheets, whose cells are checked, or the sentence; None if it is not one."""
    try:
        sheets = read_sheets(path)
    except UnreadableTable as error:
        said = str(error)
        return said if said.startswith(f"{path}: ") and "\n" not in said else None
    for sheet in sheets:
        assert isinstance(sheet, Sheet)
        assert len({len(row) for row in sheet.rows}) <= 1
        assert all(isinstance(cell, CELLS) for row in sheet.rows for cell in row)
    return sheets


def damaged(data, seed, kind):
    """Return the bytes with one kind of damage."""
    draw = random.Random(seed)
    changed = bytearray(data)
    if kind == "cut":
        return bytes(changed[: draw.randrange(len(changed))])
    if kind == "zeros":
        start = draw.randrange(len(changed))
        length = draw.randrange(1, 600)
        changed[start : start + length] = bytes(len(changed[start : start + length]))
        return bytes(changed)
    for _ in range(draw.randrange(1, 6)):
        changed[draw.randrange(len(changed))] = draw.choice((0, 255, draw.randrange(256), *b'<>"&09'))
    return bytes(changed)


@pytest.mark.parametrize("suffix", [".xlsx", ".stored.xlsx", ".xls", ".csv"])
@settings(max_examples=share(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(["cut", "flipped", "zeros"]))
def test_damaged_files_give_rows_or_a_sentence(files, tmp_path, suffix, seed, kind):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(damaged(files[suffix], seed, kind))
    assert read(path) is not None


@settings(max_examples=share(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damage_below_valid_checksums_gives_rows_or_a_sentence(files, tmp_path, seed):
    data, path = files[".stored.xlsx"], tmp_path / "a.xlsx"
    draw = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = draw.choice([part for part in archive.infolist() if "theme" not in part.filename])
    changed = bytearray(data)
    for _ in range(draw.randrange(1, 4)):
        place = part.header_offset + 30 + len(part.filename) + draw.randrange(part.file_size)
        changed[place] = draw.choice(b'0123456789<>"/ &;abcXFD')
    path.write_bytes(resealed(bytes(changed)))
    assert read(path) is not None


@settings(max_examples=share(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damaged_records_of_an_old_workbook_give_rows_or_a_sentence(files, tmp_path, seed):
    """The streams of an .xls: lengths, rows, columns and string counts become anything, mostly huge."""
    draw = random.Random(seed)
    changed = bytearray(files[".xls"])
    stream = changed.find(b"\x09\x08\x10\x00")  # BOF, the first record
    place = stream + 2 * draw.randrange((len(changed) - stream) // 2 - 1)
    changed[place : place + 2] = struct.pack("<H", draw.choice((0, 1, 0x7FFF, 0xFFFE, 0xFFFF, draw.randrange(1 << 16))))
    path = tmp_path / "a.xls"
    path.write_bytes(changed)
    assert read(path) is not None


@settings(max_examples=share(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), suffix=st.sampled_from([".xlsx", ".xls", ".csv", ".ods", ""]))
def test_any_bytes_give_rows_or_a_sentence(tmp_path, data, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    assert read(path) is not None


def test_the_damage_does_damage_and_leaves_some_readable(files, tmp_path):
    path = tmp_path / "a.xls"
    outcomes = set()
    for seed in range(30):
        path.write_bytes(damaged(files[".xls"], seed, "flipped"))
        outcomes.add(type(read(path)))
    assert outcomes == {str, tuple}


def test_resealing_alone_changes_nothing(files):
    assert resealed(files[".stored.xlsx"]) == files[".stored.xlsx"]
