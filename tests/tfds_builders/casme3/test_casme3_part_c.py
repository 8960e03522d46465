"""Part C of CAS(ME)^3: two tables, folders by the subject's number."""

import pytest
from fixtures.archives import casme3
from fixtures.archives.listed import listed
from fixtures.archives.workbooks import write_xlsx

from tfds_builders.archives.tree import scan
from tfds_builders.casme3.casme3_dataset_builder import Builder
from tfds_builders.casme3.part_c import read_part_c

CHOICE = Builder.CHOICES["part_c"]


def spans(result):
    return [[(e.kind, e.onset + 1, e.offset + 1, e.emotion) for e in v.info.expressions] for v in result.videos]


def test_both_tables(tmp_path):
    result = read_part_c(scan(casme3.write_part_c(tmp_path)), CHOICE)
    assert [v.info.video_id for v in result.videos] == ["1_mock_crime", "2_mock_crime"]
    assert spans(result) == [
        [("micro", 5, 12, "negative"), ("macro", 8, 28, ""), ("micro", 15, 22, "positive")],
        [("macro", 2, 26, ""), ("micro", 3, 9, "surprise")],
    ]
    first = result.videos[0].info.expressions[0]
    assert (first.apex, first.aus, first.coarse, first.fine) == (-1, ("R4", "AU5"), "negative", "")
    assert result.videos[1].info.expressions[1].aus == ("AU1", "AU2")
    assert {f.code for f in result.findings} == {"experimental", "overlap"}
    assert {c.what: c.published for c in result.counts}["micro rows"] == 165


def test_only_organize(tmp_path):
    result = read_part_c(scan(casme3.write_part_c(tmp_path, crime=False)), CHOICE)
    assert spans(result) == [
        [("micro", 5, 12, ""), ("macro", 8, 28, "")],
        [("macro", 2, 26, ""), ("micro", 3, 9, "")],
    ]
    assert "emotions-missing" in {f.code for f in result.findings}


def test_only_mock_crime(tmp_path):
    result = read_part_c(scan(casme3.write_part_c(tmp_path, organize=False)), CHOICE)
    assert {e.kind for v in result.videos for e in v.info.expressions} == {"micro"}
    assert "macro-unknown" in {f.code for f in result.findings}


def test_micro_expressions_that_the_tables_do_not_share_are_told(tmp_path):
    root = casme3.write_part_c(tmp_path)
    lines = [("Subject", "Onset", "Offset", "diff", "Exp_type", "risk"), (1.0, 6.0, 12.0, 6.0, 1.0, 0.0)]
    (root / "CAS(ME)3_part_C.xls").unlink()
    write_xlsx(root / "c.xlsx", {"organize": lines})
    (told,) = [f for f in read_part_c(scan(root), CHOICE).findings if f.code == "label-mismatch"]
    assert told.what == "1 of its 1 micro-expressions are not in mockCrimeME with these frames"


@pytest.mark.parametrize(
    "place", ["part_C/{:02d}/color", "Part C/sub{}", "partC_split/part_C/spNO.{}/1 of 2/color", "{}", "x/S{:03d}/color"]
)
def test_folders_by_the_number_of_the_subject(place, tmp_path):
    frames = [f"img_{n:05d}.jpg" for n in range(1, 31)]
    folders = {place.format(1): frames, place.format(2): frames, "part_A/spNO.1/a/color": frames}
    result = read_part_c(listed(casme3.write_part_c(tmp_path, place=""), folders), CHOICE)
    assert [v.folder for v in result.videos] == [place.format(1), place.format(2)]
    assert [v.info.subject for v in result.videos] == ["1", "2"]


def test_what_cannot_be_used_is_told(tmp_path):
    header = ("sub", "count", "onset", "offset", "au", "emotion")
    rows = [("x", 1, 2, 8, "4", "negative"), (1, 1, 2, 8, "4", "negative"), (1, 2, 2, 8, "4", "negative"),
            (10**30, 1, 2, 8, "4", "negative"), (1, 3, 9, 4, "4", "negative"), (1, 4, None, 4, "4", "woe")]  # fmt: skip
    write_xlsx(tmp_path / "c.xlsx", {"mockCrimeME": [header, *rows]})
    tree = listed(tmp_path, {"part_C/1": [f"{n}.jpg" for n in range(1, 31)], "part_C/none": ["1.jpg"]})
    result = read_part_c(tree, CHOICE)
    codes = [f.code for f in result.findings]
    expected = {
        "row-unreadable": 2, "row-twice": 1, "offset-before-onset": 1, "not-a-number": 1, "folder-unknown": 1,
        "label-unknown": 1,
    }  # fmt: skip
    assert {code: codes.count(code) for code in expected} == expected
    assert len(result.videos[0].info.expressions) == 1


def test_part_as_tables_are_not_part_cs(tmp_path):
    result = read_part_c(scan(casme3.write_tables(tmp_path)), CHOICE)
    (error,) = [f for f in result.findings if f.severity == "fatal"]
    assert error.code == "table-missing"
    assert "mockCrimeME" in error.what
