"""4DME's release of cut-out micro-expressions: rows, folders, what meb's code mends."""

import pytest
from fixtures.archives import four_dme
from fixtures.archives.four_dme import MICRO_HEADER, MICRO_ROWS, micro_row
from fixtures.archives.listed import listed
from fixtures.archives.workbooks import write_csv

from tfds_builders.archives.tree import scan
from tfds_builders.four_dme.four_dme_dataset_builder import Builder, read_micro


def reading(root, variant="micro"):
    return read_micro(scan(root), Builder.CHOICES[variant])


def codes(result):
    return sorted(f.code for f in result.findings if f.code not in ("experimental", "no-expressions"))


def of_rows(tmp_path, rows, variant="micro", header=MICRO_HEADER, frames=None):
    """What is read of rows whose folders hold the numbers `frames` (or their own from onset to offset)."""
    write_csv(tmp_path / "micro.csv", [header, *rows])
    place = header.index("fold_name")
    folders = {
        f"gray_micro/S13/{row[place]}": [f"Frame_{n:09d}.jpg" for n in frames or range(row[3], row[5] + 1)]
        for row in rows
    }
    return read_micro(listed(tmp_path, folders), Builder.CHOICES[variant])


def spans(result):
    first = [v.info.first_number for v in result.videos]
    return [
        (e.onset + n, e.apex + n if e.apex >= 0 else -1, e.offset + n)
        for n, v in zip(first, result.videos, strict=True)
        for e in v.info.expressions
    ]


def test_the_release(tmp_path):
    result = reading(four_dme.write_micro(tmp_path))
    assert [v.info.video_id for v in result.videos] == [row[1] for row in MICRO_ROWS]
    assert [v.info.subject for v in result.videos] == ["S13", "S13", "S14", "S15"]
    assert spans(result) == [(row[3], row[4], row[5]) for row in MICRO_ROWS]
    found = [v.info.expressions[0] for v in result.videos]
    assert [e.emotion for e in found] == ["Surprise+Positive", "Repression", "Negative", "Others"]
    assert [e.coarse for e in found] == ["surprise", "negative", "negative", "others"]
    assert [e.fine for e in found] == ["surprise", "repression", "", "others"]
    assert [e.aus for e in found] == [("AU1", "AU2"), ("AU4", "L7"), ("R2", "AU12", "AU45"), ("T28",)]
    assert '"aus_kept": "AU4"' in found[1].notes
    assert '"labels": "Surprise+Positive"' in found[0].notes
    assert codes(result) == ["label-multiple"]
    assert {c.what: c.published for c in result.counts}["micro rows"] == 267


@pytest.mark.parametrize(
    "place",
    ["gray_micro/{subject}/{folder}", "{folder}", "4DME/GRAY micro/{folder}", "a/b/Gray_Micro_v1/{subject}/{folder}"],
)
def test_layouts(place, tmp_path):
    assert len(reading(four_dme.write_micro(tmp_path, place=place)).videos) == 4


def test_files_that_count_from_one_are_those_of_the_onset(tmp_path):
    result = reading(four_dme.write_micro(tmp_path, from_one=True))
    assert spans(result)[:3] == [(row[3], row[4], row[5]) for row in MICRO_ROWS[:3]]
    assert result.videos[0].files[6] == "Frame_000000007.jpg"
    assert "numbered-from-onset" in codes(result)


def test_files_of_another_number_are_not_guessed(tmp_path):
    result = of_rows(tmp_path, [micro_row("S13", "a_1", "Others", 100, 104, 110, "4")], frames=range(1, 9))
    assert spans(result) == []
    assert codes(result) == ["outside-video"]


def test_crops_are_passed_over_for_the_originals(tmp_path):
    four_dme.write_micro(tmp_path)
    for row in MICRO_ROWS:
        four_dme.write_frames(tmp_path / "4DMicro/gray_micro_crop" / row[0] / row[1], row[3], row[5] - row[3] + 1)
    result = reading(tmp_path)
    assert all(v.folder.startswith("4DMicro/gray_micro/") for v in result.videos)
    assert codes(result) == ["label-multiple", "video-twice"]


def test_the_older_sheet_has_quotes_and_numbers_for_a_folder(tmp_path):
    header = ("sub_ID'", "video_number'", "ME_number'", "subME_number'", "video emo'", "self-report emo'",
              "first_frame'", "last_frame'", "Onset", "Apex", "Offset", "Emotion", "AUs", "Length")  # fmt: skip
    rows = [
        ("S13", "1st_001", "01", 1, "1'", "1,3'", 1800, 1900, 1830, 1836, 1845, "Surprise+Positive", "AU1+AU2", 16),
        ("S14", "1st_001", "01", 1, "5'", "0'", 1, 80, 12, 18, 26, "Negative", "AUR2+12(k)+45", 15),
        (None, None, None, None, None, None, None, None, 2, None, None, None, None, None),
    ]
    four_dme.write_micro(tmp_path, place="gray_micro/{folder}")
    four_dme.write_table(tmp_path / four_dme.MICRO_TABLE, [header, *rows])
    result = reading(tmp_path)
    assert [v.info.video_id for v in result.videos] == ["S13_1st_001_01_1", "S14_1st_001_01_1"]
    assert '"self-report emo": "1,3\'"' in result.videos[0].info.expressions[0].notes
    assert '"first_frame": 1800' in result.videos[0].info.expressions[0].notes
    assert codes(result) == ["label-multiple", "row-unreadable", "video-without-rows", "video-without-rows"]


NOTHING = {"row-unreadable", "video-without-rows", "no-videos"}
CASES = [
    ("apex missing", micro_row("S13", "a_1", "Others", 10, 0, 20, "4"), {"apex-outside"}, (10, -1, 20), (10, -1, 20)),
    ("offset before onset", micro_row("S13", "a_1", "Others", 20, 22, 12, "4"), None, None, None),
    ("length wrong", (*micro_row("S13", "a_1", "Others", 10, 14, 20, "4")[:13], 99, 1), {"length-mismatch"},
     (10, 14, 20), (10, 14, 20)),
    ("labels disagree", (*micro_row("S13", "a_1", "Others", 10, 14, 20, "4")[:7], 1, 0, 0, 0, 0, 0, 11, 1),
     {"label-mismatch"}, (10, 14, 20), (10, 14, 20)),
    ("unknown emotion", micro_row("S13", "a_1", "Joy", 10, 14, 20, "4"), {"label-unknown"}, (10, 14, 20), (10, 14, 20)),
    ("subject", micro_row("../x", "a_1", "Others", 10, 14, 20, "4"), NOTHING, None, None),
    ("huge subject", micro_row(10**30, "a_1", "Others", 10, 14, 20, "4"), NOTHING, None, None),
    ("au", micro_row("S13", "a_1", "Others", 10, 14, 20, "glare"), {"au-unparsed"}, (10, 14, 20), (10, 14, 20)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "expected", "published", "recommended"), CASES, ids=[c[0] for c in CASES])
def test_what_a_row_comes_to(name, row, expected, published, recommended, tmp_path):
    for variant, span in (("micro_as_published", published), ("micro", recommended)):
        result = of_rows(tmp_path, [row], variant, frames=range(1, 30))
        assert spans(result) == ([] if span is None else [span])
    if expected is not None:
        assert set(codes(result)) == expected
    else:
        assert "offset-before-onset" in codes(result)


def test_labels_out_of_columns_where_the_emotion_is_empty(tmp_path):
    row = micro_row("S13", "a_1", "Positive+Others", 10, 14, 20, "4")
    result = of_rows(tmp_path, [(*row[:2], None, *row[3:])])
    (expression,) = result.videos[0].info.expressions
    assert (expression.emotion, expression.coarse) == ("Positive+Others", "positive")


@pytest.mark.parametrize("cached", [True, False])
def test_a_length_that_is_a_formula(cached, tmp_path):
    four_dme.write_micro(tmp_path, rows=four_dme.as_formulas(MICRO_ROWS, cached))
    assert codes(reading(tmp_path)) == ["label-multiple"]


def release(change):
    """267 rows of the release; `change` gives other rows by the spreadsheet's number."""
    words = ("Others", "Negative", "Positive")
    rows = {
        n: micro_row("S13", f"x_{n}", words[n % 3], 10 * n, 10 * n + 4, 10 * n + 9, str(n % 40)) for n in range(2, 269)
    }
    return list((rows | change).values())


def test_rows_146_and_147_are_exchanged_where_their_labels_show_it(tmp_path):
    a = micro_row("S13", "x_146", "Surprise", 1460, 1464, 1469, "12")
    b = micro_row("S13", "x_147", "Negative", 1470, 1474, 1479, "4")
    swapped = {146: (*a[:6], *b[6:]), 147: (*b[:6], *a[6:])}
    mended = of_rows(tmp_path, release(swapped))
    found = {e.raw_row: e for v in mended.videos for e in v.info.expressions}
    assert (found[146].aus, found[147].aus) == (("AU12",), ("AU4",))
    assert found[146].repairs == ("action units swapped: those of row 147",)
    assert [f.severity for f in mended.findings if f.code == "known-error"] == ["repair"]
    kept = of_rows(tmp_path, release(swapped), "micro_as_published")
    found = {e.raw_row: e for v in kept.videos for e in v.info.expressions}
    assert (found[146].aus, found[147].aus) == (("AU4",), ("AU12",))
    assert [f.severity for f in kept.findings if f.code == "known-error"] == ["note"]


def test_rows_146_and_147_are_only_told_where_nothing_shows_it(tmp_path):
    result = of_rows(tmp_path, release({}))
    (told,) = [f for f in result.findings if f.code == "known-error"]
    assert told.severity == "note"
    assert "rows 146 and 147" in told.where
    assert not [f for f in of_rows(tmp_path, release({})[:200]).findings if f.code == "known-error"]


def test_apex_2490_of_row_28(tmp_path):
    wrong = micro_row("S13", "x_28", "Others", 2480, 249, 2500, "4")
    for variant, apex in (("micro", 2490), ("micro_as_published", -1)):
        result = of_rows(tmp_path, release({28: wrong}), variant)
        (video,) = [v for v in result.videos if v.info.video_id == "S13_x_28"]
        assert video.info.expressions[0].apex == (apex - 2480 if apex > 0 else -1)
    elsewhere = of_rows(tmp_path, release({29: micro_row("S13", "x_29", "Others", 2480, 249, 2500, "4")}))
    (video,) = [v for v in elsewhere.videos if v.info.video_id == "S13_x_29"]
    assert video.info.expressions[0].apex == -1


def test_no_table_is_an_error_that_says_what_is_looked_for(tmp_path):
    four_dme.write_long(tmp_path)
    (error,) = [f for f in reading(tmp_path).findings if f.severity == "fatal"]
    assert error.code == "table-missing"
    assert "fold_name" in error.what
    assert four_dme.LONG_TABLE in error.what
