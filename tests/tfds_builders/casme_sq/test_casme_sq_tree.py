"""CAS(ME)^2's archive as it lies: misfiled and doubled videos, odd file names, layouts, several tables."""

import shutil

import pytest
from fixtures.archives import casme_sq
from fixtures.archives.casme_sq import CODES, MACRO, MICRO, ROWS
from fixtures.archives.listed import listed
from fixtures.archives.workbooks import write_xlsx

from tfds_builders.archives.tree import scan
from tfds_builders.casme_sq.casme_sq_dataset_builder import Builder


def files(last, release="raw", first=1):
    return [casme_sq.file_name(n, release) for n in range(first, last + 1)]


def reader(root, variant=""):
    return Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")


def read(root, folders=None, variant=""):
    builder = reader(root, variant)
    tree = scan(root) if folders is None else listed(root, folders)
    return builder.read(tree, builder.CHOICES[variant])


def found(reading):
    return {v.info.video_id: (v.info.num_frames, len(v.info.expressions)) for v in reading.videos}


def codes(reading, *severities):
    return sorted(f.code for f in reading.findings if not severities or f.severity in severities)


WHOLE = {
    "s15_0101": (60, 1),
    "s15_0401": (60, 2),
    "s15_0508": (40, 0),
    "s16_0401": (60, 1),
    "s23_0502": (60, 2),
    "s25_0508": (40, 1),
}


def test_the_published_shape(tmp_path):
    reading = read(casme_sq.write(tmp_path / "CAS(ME)^2"))
    assert found(reading) == WHOLE
    assert codes(reading) == ["video-without-rows"]
    assert reading.findings[0].where == "folder rawpic/s15/15_0508funnydunkey"
    assert reading.version == "original"
    assert reading.parts == (("annotations", "CAS(ME)^2code_final.xlsx"), ("images", "rawpic"))
    counts = {count.what: (count.found, count.published) for count in reading.counts}
    assert counts["subjects"] == (4, 22)
    assert counts["videos"] == (6, 97)
    assert counts["micro rows"] == (3, 57)
    assert counts["macro rows"] == (4, 300)


LAYOUTS = {
    "nested twice": {"pictures": "disk 1/CASME_sq/rawpic", "table": "disk 1/tables/code_final.xlsx"},
    "upper case": {"pictures": "CASME_SQ/RAWPIC", "table": "CASME_SQ/CODE_FINAL.XLSX"},
    "spaces": {"pictures": "CAS (ME) 2/raw pic", "table": "CAS (ME) 2/my code final.xlsx"},
    "no folder above": {"pictures": ".", "table": "t.xlsx"},
    "csv": {"table": "CASME^2code_final.csv"},
    "xls": {"table": "CAS(ME)^2code_final.xls"},
    "one sheet only": {"naming": False},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name, tmp_path):
    reading = read(casme_sq.write(tmp_path, **LAYOUTS[name]))
    assert found(reading) == WHOLE
    assert codes(reading) == ["video-without-rows"]


def test_an_index_column_before_the_first_and_a_header_do_not_matter(tmp_path):
    header = ("", "subject", "video", "onset", "apex", "offset", "au", "emotion", "type", "selfReport")
    rows = [header, *((i, *row) for i, row in enumerate(ROWS))]
    reading = read(casme_sq.write(tmp_path, rows, table="codes.csv"))
    assert found(reading) == WHOLE
    assert codes(reading) == ["row-unreadable", "video-without-rows"]
    assert reading.findings[0].where == "codes.csv row 1"


@pytest.mark.parametrize(
    ("macro", "micro"), [("Macro", "Micro"), ("macro", "micro"), ("Macro-Expression", "micro expression")]
)
def test_the_type_may_be_written_otherwise(macro, micro, tmp_path):
    words = {casme_sq.MACRO: macro, casme_sq.MICRO: micro}
    rows = [(*row[:7], words[row[7]], row[8]) for row in ROWS]
    reading = read(casme_sq.write(tmp_path, rows, table="codes.csv"))
    assert found(reading) == WHOLE
    kinds = [e.kind for v in reading.videos for e in v.info.expressions]
    assert (kinds.count("macro"), kinds.count("micro")) == (4, 3)


TABLE = "CAS(ME)^2code_final.xlsx"
MISFILED = {"rawpic/s19/23_0502funnyerrors": files(60)}
RIGHT = {"rawpic/s23/23_0502funnyerrors": files(60)}


def test_video_under_the_wrong_subject_is_taken_by_its_own_name(tmp_path):
    casme_sq.write_table(tmp_path / TABLE, ROWS[4:6])
    reading = read(tmp_path, MISFILED)
    assert found(reading) == {"s23_0502": (60, 2)}
    assert codes(reading) == ["wrong-subject"]
    assert reading.findings[0].where == "folder rawpic/s19/23_0502funnyerrors"


def test_of_two_folders_of_a_video_that_under_its_subject_is_kept(tmp_path):
    casme_sq.write_table(tmp_path / TABLE, ROWS[4:6])
    longer = {"rawpic/s19/23_0502funnyerrors": files(70)}
    reading = read(tmp_path, {**longer, **RIGHT})
    assert found(reading) == {"s23_0502": (60, 2)}
    assert codes(reading) == ["video-twice"]
    assert reading.findings[0].where == "folder rawpic/s19/23_0502funnyerrors"


def test_a_copy_of_a_video_is_left_out(tmp_path):
    casme_sq.write_table(tmp_path / TABLE, ROWS[4:6])
    reading = read(tmp_path, {**RIGHT, "copy/rawpic/s23/23_0502funnyerrors": files(60)})
    assert (found(reading), codes(reading)) == ({"s23_0502": (60, 2)}, ["video-twice"])


def test_the_code_counts_not_the_word_and_zeros_may_be_lost(tmp_path):
    rows = [(1, "disgust1_1", 2, 3, 4, 4, "negative", MACRO, ""), (1, "happy2_1", 2, 3, 4, 4, "positive", MICRO, "")]
    retyped = [(int(code), stimulus) for code, stimulus in CODES]
    write_xlsx(tmp_path / TABLE, {**casme_sq.sheets(rows), "naming rule2": retyped})
    reading = read(tmp_path, {"rawpic/s15/15_101": files(9), "rawpic/s15/15_0503unnyfarting": files(9)})
    assert found(reading) == {"s15_0101": (9, 1), "s15_0503": (9, 1)}
    assert codes(reading) == []


def test_naming_sheets_that_differ_are_told_and_not_followed(tmp_path):
    other = [*CODES[:-1], ("0509", "happy5")]
    write_xlsx(tmp_path / TABLE, casme_sq.sheets(ROWS[6:7], other))
    reading = read(tmp_path, {"rawpic/s25/25_0508funnydunkey": files(40)})
    assert (found(reading), codes(reading)) == ({"s25_0508": (40, 1)}, ["naming-differs"])
    sheets = casme_sq.sheets(ROWS[6:7])
    write_xlsx(tmp_path / TABLE, {**sheets, "naming rule1": [(26, "s26", 9)]})
    assert codes(read(tmp_path, {"rawpic/s25/25_0508funnydunkey": files(40)})) == ["naming-differs"]


def test_file_numbers_above_999_double_extensions_and_gaps(tmp_path):
    rows = [(1, "disgust2_1", 998, 1001, 1004, 4, "negative", MICRO, "")]
    casme_sq.write_table(tmp_path / TABLE, rows)
    names = files(1010, first=990)
    names[names.index("img1002.jpg")] = "img1002.jpg.jpg"
    names[names.index("img1007.jpg")] = "img1007.jpg2.jpg"
    names.remove("img1005.jpg")
    reading = read(tmp_path, {"rawpic/s15/15_0102eatingworms": [*names, "cover.jpg"]})
    (video,) = reading.videos
    (e,) = video.info.expressions
    assert (e.onset, e.apex, e.offset) == (8, 11, 14)
    assert video.files[8:15:3] == ("img998.jpg", "img1001.jpg", "img1004.jpg")
    assert video.files[12] == "img1002.jpg.jpg"
    assert (video.info.first_number, video.info.missing_numbers) == (990, "1005")
    wanted = ["file-without-number", "frame-gap", "second-extension", "second-extension"]
    assert codes(reading) == wanted


def test_a_folder_that_is_no_known_video_is_told(tmp_path):
    casme_sq.write_table(tmp_path / TABLE, ROWS[4:6])
    strange = {"rawpic/s17/17_0101disgustingteeth": files(3), "rawpic/s15/15_0509x": files(3), "rawpic/notes": files(3)}
    reading = read(tmp_path, {**RIGHT, **strange})
    assert (list(found(reading)), codes(reading)) == (["s23_0502"], ["video-unknown"] * 2)


def both_releases(root):
    casme_sq.write(root)
    casme_sq.write(root, pictures="CAS(ME)2_longVideoFaceCropped/longVideoFaceCropped", release="c", cut_out=False)
    shutil.copytree(root / "rawpic", root / "rawpic_crop")
    return root


def test_releases_are_told_apart(tmp_path):
    both_releases(tmp_path)
    for variant, first in (("", "img001.jpg"), ("cropped", "img_1.jpg")):
        reading = read(tmp_path, variant=variant)
        assert found(reading) == WHOLE
        assert codes(reading) == ["video-without-rows"]
        assert {v.files[0] for v in reading.videos} == {first}
    assert reading.parts[1] == ("images", "CAS(ME)2_longVideoFaceCropped/longVideoFaceCropped")


def test_a_release_that_is_lacking_is_an_error_that_says_what_is_there(tmp_path):
    casme_sq.write(tmp_path)
    (lacking,) = [f for f in read(tmp_path, variant="cropped").findings if f.severity == "fatal"]
    assert lacking.code == "no-videos"
    assert "6 videos of another release" in lacking.what
    assert "2 clips that were cut out" in lacking.what
    (tmp_path / "rawpic").rename(tmp_path / "rawpic_crop")
    assert codes(read(tmp_path), "fatal") == ["no-videos"]
    shutil.rmtree(tmp_path / "rawpic_crop")
    (tmp_path / "15_0101disgustingteeth.avi").write_bytes(b"x")
    (lacking,) = read(tmp_path).findings
    assert "1 .avi files" in lacking.what


def updated(rows):
    first = (*rows[0][:5], "4+10+14+15", *rows[0][6:])
    return [first, *rows[1:]]


def test_of_two_workbooks_the_updated_one_is_used(tmp_path):
    casme_sq.write(tmp_path)
    casme_sq.write_table(tmp_path / "CAS(ME)^2code_final(Updated).xlsx", updated(ROWS))
    casme_sq.write_table(tmp_path / "old.csv", ROWS[:-1])
    reading = read(tmp_path)
    assert reading.version == "updated"
    assert reading.parts[0] == ("annotations", "CAS(ME)^2code_final(Updated).xlsx")
    several = [f for f in reading.findings if f.code == "tables-several"]
    assert [(f.severity, f.where) for f in several] == [("note", TABLE), ("warning", "old.csv")]
    assert "0 rows differ in frames, 1 in AUs, 0 are in one only" in several[0].what
    assert several[0].action == "the updated one is used"
    (e, _) = reading.videos[1].info.expressions
    assert e.aus == ("AU4", "AU10", "AU14", "AU15")


def test_version_by_content_then_by_name(tmp_path):
    casme_sq.write_table(tmp_path / "code_final(Updated).xlsx", ROWS[4:6])
    assert read(tmp_path, RIGHT).version == "updated"
    casme_sq.write_table(tmp_path / "code_final(Updated).xlsx", ROWS)
    assert read(tmp_path, RIGHT).version == "original"
    (tmp_path / "code_final(Updated).xlsx").rename(tmp_path / "x.xlsx")
    casme_sq.write_table(tmp_path / "x.xlsx", ROWS[4:6])
    assert read(tmp_path, RIGHT).version == ""


def test_no_table_is_an_error_that_says_what_was_looked_for(tmp_path):
    blinks = [("subject", "video code", "onset", "offset"), (1, "0101", 2, 9)]
    write_xlsx(tmp_path / "CAS(ME)^2blink-code.xlsx", {"Sheet1": blinks})
    (tmp_path / "broken.xlsx").write_bytes(b"PK no")
    reading = read(tmp_path, RIGHT)
    assert [f.code for f in reading.findings if f.severity == "fatal"] == ["table-missing"]
    assert "CAS(ME)^2blink-code.xlsx" in reading.findings[0].what
    assert "table-unreadable" in codes(reading, "warning")
    casme_sq.write_table(tmp_path / TABLE, ROWS[4:6])
    reading = read(tmp_path, RIGHT)
    assert codes(reading) == ["table-unreadable"]
    assert found(reading) == {"s23_0502": (60, 2)}
