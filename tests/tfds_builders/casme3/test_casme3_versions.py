"""Which table is which version, which tables a variant takes, and how emotions are put to intervals."""

import dataclasses

import pytest
from fixtures.archives import casme3
from fixtures.archives.casme3 import MACRO, ROWS, Row
from fixtures.archives.listed import listed
from fixtures.archives.workbooks import write_csv, write_xlsx

from tfds_builders.archives.spreadsheets import every_sheet
from tfds_builders.archives.tree import scan
from tfds_builders.casme3.casme3_dataset_builder import Builder
from tfds_builders.casme3.part_a import read_part_a
from tfds_builders.casme3.table import part_a_tables

FOLDERS = {
    f"part_A/{subject}/{clip}/color": [f"{n}.jpg" for n in range(1, last + 1)]
    for (subject, clip), last in casme3.CLIPS.items()
}
LONG = Row("spNO.1", "b", "2", "14", "22", emotion="fear")
"""Micro, but not by version 2's rule."""


def reading(root, variant=""):
    return read_part_a(listed(root, FOLDERS), Builder.CHOICES[variant])


def expressions(result):
    return [e for video in result.videos for e in video.info.expressions]


def tables(root):
    return {(t.holds, t.version): t for t in part_a_tables(every_sheet(scan(root))[0])}


def many(micro, macro):
    """Rows in published numbers, over many clips; each keeps version 2's rule."""
    ends = [(n, 2, 9, "Micro-expression") for n in range(micro)] + [(n, 12, 40, MACRO) for n in range(macro)]
    return [
        Row(f"spNO.{n % 99 + 1}", "abcdefghijklm"[n % 13], str(n), str(n + apex), str(n + offset), kind=kind)
        for n, apex, offset, kind in ends
    ]


def test_version_2_keeps_its_rule(tmp_path):
    found = tables(casme3.write_tables(tmp_path))
    assert set(found) == {("intervals", "v2"), ("emotions", "v2")}
    assert "version 2's rule" in found["intervals", "v2"].evidence


def test_version_1_is_told_by_its_sheets_and_columns(tmp_path):
    found = tables(casme3.write_tables(tmp_path, version="v1"))
    assert set(found) == {("intervals", "v1"), ("emotions", "v1")}
    assert "Valence" in found["intervals", "v1"].evidence
    # two sheets have emotions: Sheet1 of the .xls and JpgIndex_v1 with its ten columns
    assert len(part_a_tables(every_sheet(scan(tmp_path))[0])) == 3


def test_version_1_is_told_by_ten_columns_alone(tmp_path):
    casme3.write_index(tmp_path / "labels.xls", ROWS, "v1")
    assert "10 columns" in tables(tmp_path)["emotions", "v1"].evidence


@pytest.mark.parametrize(("micro", "macro", "version"), [(921, 3285, "v1"), (860, 3346, "v2")])
def test_the_number_of_rows_tells_the_version(micro, macro, version, tmp_path):
    casme3.write_part_a_xls(tmp_path / "x.xls", many(micro, macro))
    result = reading(tmp_path)
    assert result.version == version
    counts = {count.what: count for count in result.counts}
    assert counts["micro rows"].found == counts["micro rows"].published == micro
    assert counts["macro rows"].found == counts["macro rows"].published == macro


def test_rows_that_break_version_2s_rule_are_version_1(tmp_path):
    casme3.write_part_a_xls(tmp_path / "CAS(ME)3_part_A.xls", [*ROWS, LONG])
    assert "1 rows are not of the kind" in tables(tmp_path)["intervals", "v1"].evidence


def test_the_name_breaks_ties(tmp_path):
    casme3.write_part_a_xls(tmp_path / "CAS(ME)3_part_A_v1.xls", ROWS)
    assert tables(tmp_path)["intervals", "v1"].evidence == "its name says so"


def test_rows_that_are_mended_in_the_xls_do_not_make_it_version_1(tmp_path):
    mended = [
        Row("spNO.149", "d", "112", "160", "170"),
        Row("spNO.216", "d", "2647", "2668", "2680"),
        Row("spNO.40", "e", "1820", "1832", "1845"),
        Row("spNO.40", "e", "2380", "2392", "2403"),
    ]
    casme3.write_part_a_xls(tmp_path / "CAS(ME)3_part_A_v2.xls", mended)
    result = reading(tmp_path)
    assert result.version == "v2"
    told = [f for f in result.findings if f.code == "kind-doubtful"]
    assert len(told) == 4
    assert told[0].what == "micro by the table, macro by version 2's rule at 112/160/170"


def both_versions(root):
    later = [*ROWS[:-1], dataclasses.replace(ROWS[-1], apex="10")]
    casme3.write_tables(root / "new", later)
    return casme3.write_tables(root / "old", version="v1").parent


@pytest.mark.parametrize(("variant", "version"), [("", "v2"), ("v2", "v2"), ("v1", "v1"), ("v1_as_published", "v1")])
def test_the_variant_chooses_among_versions(variant, version, tmp_path):
    result = reading(both_versions(tmp_path), variant)
    assert result.version == version
    assert all(version in what for what, _ in result.parts)
    assert [e.raw_apex for e in result.videos[-1].info.expressions] == ["10" if version == "v2" else "9"]
    assert sum(f.code == "table-unused" for f in result.findings) >= 3
    assert len([e for e in expressions(result) if e.emotion]) == 5


@pytest.mark.parametrize(("have", "want"), [("v2", "v1"), ("v1", "v2")])
def test_a_version_that_lacks_is_an_error_that_names_what_is_there(have, want, tmp_path):
    result = reading(casme3.write_tables(tmp_path, version=have), want)
    (error,) = [f for f in result.findings if f.severity == "fatal"]
    assert error.code == "table-missing"
    assert f"no table of version {want}" in error.what
    assert f"({have}:" in error.what
    assert not result.videos


def test_intervals_are_the_xls_and_emotions_the_jpg_index(tmp_path):
    index = [dataclasses.replace(row, apex="2", au="99") for row in ROWS]
    result = reading(casme3.write_tables(tmp_path, index=index))
    assert [e.raw_apex for e in expressions(result)] == ["20", "13", "7", "10", "20", "9"]
    assert [e.emotion for e in expressions(result)] == ["", "surprise", "disgust", "happy", "Others", "sad"]
    assert [e.coarse for e in expressions(result)] == ["", "surprise", "negative", "positive", "others", "negative"]
    assert expressions(result)[1].aus == ("AU5",)
    assert sum(f.code == "label-mismatch" for f in result.findings) == 5


def test_emotions_join_where_the_onset_differs(tmp_path):
    rows = [
        Row("spNO.1", "a", "2647", "2652", "2660", emotion="fear"),
        Row("spNO.1", "a", "100", "104", "110", emotion="sad"),
        Row("spNO.1", "b", "7", "9", "12", emotion="anger"),
        Row("spNO.2", "c", "9", "11", "14", emotion="disgust"),
        Row("spNO.2", "c", "9", "11", "17", emotion="happy"),
        *(Row("spNO.3", "a", str(n), str(n + 2), str(n + 5), emotion="others") for n in range(10, 60, 10)),
    ]
    index = [
        *rows[5:],
        rows[4],
        rows[3],
        dataclasses.replace(rows[0], onset="3647"),
        rows[1],
        dataclasses.replace(rows[2], onset="1", apex="2", offset="3"),
        Row("spNO.2", "d", "1", "2", "3", emotion="fear"),
    ]
    casme3.write_tables(tmp_path, rows, index=index)
    folders = {f"part_A/{r.subject}/{r.clip}/color": [f"{n}.jpg" for n in range(1, 2701)] for r in rows}
    result = read_part_a(listed(tmp_path, folders), Builder.CHOICES[""])
    assert [e.emotion for e in expressions(result)][:5] == ["sad", "fear", "anger", "disgust", "happy"]
    told = [f for f in result.findings if f.code in ("label-mismatch", "emotion-without-row", "emotion-missing")]
    assert [f.code for f in told] == ["label-mismatch", "label-mismatch", "emotion-without-row"]
    assert "3647/2652/2660" in told[0].what


def test_a_micro_expression_without_an_emotion_is_kept(tmp_path):
    result = reading(casme3.write_tables(tmp_path, index=ROWS[:-1]))
    assert expressions(result)[-1].emotion == ""
    assert [f.code for f in result.findings].count("emotion-missing") == 1


def test_sheet1_of_version_1_gives_emotions_where_there_is_no_jpg_index(tmp_path):
    result = reading(casme3.write_tables(tmp_path, version="v1", jpg_index=False))
    assert [e.emotion for e in expressions(result)] == ["", "surprise", "disgust", "happy", "Others", "sad"]
    assert '"Valence": "negative"' in expressions(result)[1].notes


def test_emotions_of_another_version_are_joined_with_a_warning(tmp_path):
    casme3.write_tables(tmp_path, [*ROWS, LONG], xls=False)
    casme3.write_part_a_xls(tmp_path / "v1.xls", [*ROWS, LONG])
    casme3.write_index(tmp_path / "annotation/partA/cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", ROWS)
    result = reading(tmp_path)
    assert result.version == "v1"
    assert any(f.code == "label-mismatch" and "emotions of version v2" in f.what for f in result.findings)


def test_only_the_xls(tmp_path):
    result = reading(casme3.write_tables(tmp_path, jpg_index=False))
    assert {e.emotion for e in expressions(result)} == {""}
    assert [f.severity for f in result.findings if f.code == "emotions-missing"] == ["warning"]


def test_only_the_jpg_index(tmp_path):
    result = reading(casme3.write_tables(tmp_path, xls=False))
    assert {e.kind for e in expressions(result)} == {"micro"}
    assert [f.severity for f in result.findings if f.code == "macro-unknown"] == ["warning"]
    assert {count.what: count.published for count in result.counts}["macro rows"] is None


def test_tables_are_known_by_their_columns_not_their_names(tmp_path):
    lines = casme3.xls_rows(ROWS)
    write_xlsx(tmp_path / "notes.xlsx", {"about": [["CAS(ME)^3"], []], "x": [["part A"], [], *lines]})
    write_csv(tmp_path / "emo.csv", casme3.index_rows(ROWS))
    write_xlsx(tmp_path / "wrongly_labeled_me_in_V1.xlsx", {"a": casme3.index_rows(ROWS)})
    result = reading(tmp_path)
    assert [path for _, path in result.parts] == ["notes.xlsx [x]", "emo.csv [emo]"]
    assert expressions(result)[0].raw_row == 4
    assert len([e for e in expressions(result) if e.emotion]) == 5


def test_a_damaged_workbook_is_a_warning_where_another_does(tmp_path):
    casme3.write_tables(tmp_path)
    (tmp_path / "broken.xlsx").write_bytes(b"PK\3\4 cut off")
    result = reading(tmp_path)
    assert [(f.severity, f.where) for f in result.findings if f.code == "table-unreadable"] == [
        ("warning", "broken.xlsx")
    ]
    assert not [f for f in result.findings if f.severity == "fatal"]


def test_a_damaged_workbook_alone_is_an_error_too(tmp_path):
    (tmp_path / "CAS(ME)3_part_A_v2.xls").write_bytes(b"\xd0\xcf\x11\xe0 cut off")
    codes = [f.code for f in reading(tmp_path).findings if f.severity != "note"]
    assert codes == ["table-unreadable", "table-missing"]
