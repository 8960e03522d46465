"""4DME's long videos: columns that may be called otherwise, and what is refused because it cannot be told."""

import pytest
from fixtures.archives import four_dme
from fixtures.archives.four_dme import LONG_HEADER, LONG_ROWS
from fixtures.archives.listed import listed
from fixtures.archives.workbooks import write_csv, write_xlsx

from tfds_builders.archives.tree import scan
from tfds_builders.four_dme.four_dme_dataset_builder import Builder, read_long

CHOICE = Builder.CHOICES[""]
FOLDERS = {
    f"long gray video/{subject}/{clip}": [f"Frame_{n:09d}.jpg" for n in range(first, first + 50)]
    for (subject, clip), first in four_dme.LONG_FIRST.items()
}


def of_rows(tmp_path, rows, header=LONG_HEADER, variant="", folders=FOLDERS):
    write_csv(tmp_path / "labels.csv", [header, *rows])
    return read_long(listed(tmp_path, folders), Builder.CHOICES[variant])


def expressions(result):
    return [
        (v.info.video_id, e.kind, e.onset + v.info.first_number, e.offset + v.info.first_number)
        for v in result.videos
        for e in v.info.expressions
    ]


EXPECTED = [
    ("S13_1st_001", "micro", 1830, 1845),
    ("S13_1st_001", "macro", 1850, 1875),
    ("S13_2nd_001", "micro", 105, 118),
    ("S14_1st_001", "micro", 12, 26),
]


def test_long_videos(tmp_path):
    result = read_long(scan(four_dme.write_long(tmp_path)), CHOICE)
    assert expressions(result) == EXPECTED
    assert [v.info.first_number for v in result.videos] == [1826, 100, 1]
    assert result.videos[0].info.fps == 60.0
    assert '"self-report emo": "1,3\'"' in result.videos[0].info.expressions[0].notes
    assert {f.code for f in result.findings} == {"experimental", "label-multiple"}


@pytest.mark.parametrize(
    "place", ["long gray video/{subject}/{clip}", "{subject}/{clip}", "X/Long_Gray/{subject}/{subject}_{clip}"]
)
def test_layouts(place, tmp_path):
    result = read_long(scan(four_dme.write_long(tmp_path, place=place)), CHOICE)
    assert [span[1:] for span in expressions(result)] == [span[1:] for span in EXPECTED]


@pytest.mark.parametrize(
    "names",
    [
        {"Onset": "onset_frame", "Offset": "offset_frame"},
        {"Onset": "first_frame'", "Offset": "last_frame'", "Apex": "x"},
        {"Onset": "Start", "Offset": "End", "Type": "what it is"},
        {"sub_ID'": "Subject", "video_number'": "Clip", "Type": "Expression type"},
    ],
)
def test_columns_by_other_names(names, tmp_path):
    header = [names.get(name, name) for name in LONG_HEADER]
    assert expressions(of_rows(tmp_path, LONG_ROWS, header)) == EXPECTED


def test_kinds_in_other_words(tmp_path):
    words = {"micro": "ME", "macro": "MaE"}
    assert expressions(of_rows(tmp_path, [(*row[:5], words[row[5]], *row[6:]) for row in LONG_ROWS])) == EXPECTED


def test_kinds_by_the_name_of_the_sheet(tmp_path):
    place = LONG_HEADER.index("Type")
    cut = {kind: [row[:place] + row[place + 1 :] for row in LONG_ROWS if row[5] == kind] for kind in ("micro", "macro")}
    header = LONG_HEADER[:place] + LONG_HEADER[place + 1 :]
    write_xlsx(tmp_path / "x.xlsx", {"Micro": [header, *cut["micro"]], "Macro-exp": [header, *cut["macro"]]})
    assert expressions(read_long(listed(tmp_path, FOLDERS), CHOICE)) == EXPECTED


def test_an_interval_before_a_range(tmp_path):
    """Onset and offset count where first_frame and last_frame stand beside them."""
    rows = [(*row, 1, 9999) for row in LONG_ROWS]
    result = of_rows(tmp_path, rows, (*LONG_HEADER, "first_frame'", "last_frame'"))
    assert expressions(result) == EXPECTED
    assert '"last_frame": "9999"' in result.videos[0].info.expressions[0].notes


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"Type": "x", "Emotion": "y"}, "does not tell micro from macro"),
        ({"Onset": "a", "Offset": "b"}, "has no columns of onset and offset"),
        ({"Offset": "b"}, "has no columns of onset and offset"),
    ],
)
def test_columns_that_do_not_tell_are_refused(names, told, tmp_path):
    header = [names.get(name, name) for name in LONG_HEADER]
    rows = [(*row[:5], "1", *row[6:]) for row in LONG_ROWS]
    errors = [f for f in of_rows(tmp_path, rows, header).findings if f.severity == "fatal"]
    assert [f.code for f in errors] == ["columns-unknown"]
    assert told in errors[0].what
    assert "video_number" in errors[0].what


def test_no_table(tmp_path):
    errors = [f for f in read_long(scan(tmp_path), CHOICE).findings if f.severity == "fatal"]
    assert [f.code for f in errors] == ["table-missing"]
    assert "Micro and Macro-expression labels.xlsx" in errors[0].action


def test_the_micro_release_is_not_the_table_of_long_videos(tmp_path):
    errors = [f for f in read_long(scan(four_dme.write_micro(tmp_path)), CHOICE).findings if f.severity == "fatal"]
    assert [f.code for f in errors] == ["table-missing"]


def test_a_video_number_that_two_folders_have_is_not_guessed(tmp_path):
    rows = [("13", 1, *LONG_ROWS[0][2:]), ("S14", 1, *LONG_ROWS[3][2:])]
    result = of_rows(tmp_path, rows)
    assert expressions(result) == [EXPECTED[3]]
    codes = [f.code for f in result.findings]
    assert codes.count("video-unclear") == codes.count("video-missing") == 1


@pytest.mark.parametrize(
    ("row", "code", "published", "recommended"),
    [
        (("S14", "1st_001", 12, 40, 26, "micro"), "apex-outside", (12, 40, 26), (12, -1, 26)),
        (("S14", "1st_001", 26, "", 12, "micro"), "offset-before-onset", None, None),
        (("S14", "1st_001", 12, 18, 60, "micro"), "outside-video", None, None),
        (("S14", "1st_001", "", 18, 26, "micro"), "not-a-number", None, None),
        (("S14", "1st_001", 12, 18, 26, "?"), "row-unreadable", None, None),
        (("S14", "../..", 12, 18, 26, "micro"), "row-unreadable", None, None),
        (("S99", "1st_001", 12, 18, 26, "micro"), "video-missing", None, None),
        (("S14", "1st_001", 12, 18, 49, "micro"), "micro-too-long", (12, 18, 49), (12, 18, 49)),
    ],
)
def test_what_a_row_comes_to(row, code, published, recommended, tmp_path):
    for variant, span in (("as_published", published), ("", recommended)):
        result = of_rows(tmp_path, [LONG_ROWS[2], (*row, "Others", "4", "0'")], variant=variant)
        (video,) = [v for v in result.videos if v.info.subject == "S14"]
        found = [(e.onset + 1, e.apex + 1 if e.apex >= 0 else -1, e.offset + 1) for e in video.info.expressions]
        assert found == ([] if span is None else [span])
        assert code in {f.code for f in result.findings}
