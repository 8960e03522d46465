"""CASME II's archive as it lies: releases, layouts, versions of the table."""

import shutil

import pytest
from fixtures.archives import casme2
from fixtures.archives.casme2 import ROWS
from fixtures.archives.listed import listed
from fixtures.archives.workbooks import write_xlsx

from tfds_builders.archives.tree import scan
from tfds_builders.casme2.casme2_dataset_builder import Builder
from tfds_builders.casme2.table import read_table

CLIPS = ["sub01_EP02_01f", "sub01_EP03_02", "sub02_EP01_2", "sub02_EP09f", "sub11_EP06_02_01", "sub11_EP06_02_02"]


def read(root, variant="", folders=None):
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    tree = scan(root) if folders is None else listed(root, folders)
    return builder.read(tree, builder.CHOICES[variant])


def codes(reading, *severities):
    return sorted(f.code for f in reading.findings if not severities or f.severity in severities)


def ids(reading):
    return [v.info.video_id for v in reading.videos]


LAYOUTS = {
    "as published": {},
    "nested": {"pictures": {"raw": "a/b/CASME2_RAW/CASME2-RAW"}, "table": "a/CASME2-coding-20190701.xlsx"},
    "upper case": {"pictures": {"raw": "CASME2-RAW"}, "upper": True},
    "spaces": {"pictures": {"raw": "CASME 2/raw pictures"}, "table": "CASME 2/my table 2019.xlsx"},
    "no folder above": {"pictures": {"raw": "."}},
    "xls": {"table": "CASME2_label_Ver_2.xls"},
    "csv": {"table": "CASME2.csv"},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name, tmp_path):
    reading = read(casme2.write(tmp_path, **LAYOUTS[name]))
    assert ids(reading) == CLIPS
    assert codes(reading) == []
    (e,) = reading.videos[0].info.expressions
    assert (e.onset, e.apex, e.offset, e.aus) == (3, 8, 19, ("AU12",))
    counts = {count.what: (count.found, count.published) for count in reading.counts}
    assert counts["micro rows"] == (6, 255)
    assert counts["subjects"] == (3, 26)


def test_releases_are_told_apart(tmp_path):
    casme2.write(tmp_path, releases=("raw", "selected", "cropped"))
    shutil.copytree(tmp_path / "CASME2-RAW", tmp_path / "CASME2-RAW_crop")
    for variant, file, first, span in (
        ("", "img1.jpg", 1, (3, 8, 19)),
        ("selected", "img4.jpg", 4, (0, 5, 16)),
        ("cropped", "reg_img4.jpg", 4, (0, 5, 16)),
    ):
        reading = read(tmp_path, variant)
        assert (ids(reading), codes(reading)) == (CLIPS, [])
        video = reading.videos[0]
        assert (video.files[0], video.info.first_number) == (file, first)
        (e,) = video.info.expressions
        assert (e.onset, e.apex, e.offset) == span


@pytest.mark.parametrize(("release", "variant"), [("raw", ""), ("selected", "selected")])
def test_releases_without_a_telling_folder(release, variant, tmp_path):
    casme2.write(tmp_path, releases=(release,), pictures={release: "pictures"})
    assert ids(read(tmp_path, variant)) == CLIPS
    other = read(tmp_path, "selected" if release == "raw" else "")
    assert codes(other, "fatal") == ["no-videos"]


def test_a_release_that_is_lacking_says_what_is_there(tmp_path):
    casme2.write(tmp_path, releases=("selected",))
    (error,) = [f for f in read(tmp_path).findings if f.severity == "fatal"]
    assert "6 of cut clips (selected)" in error.what


def test_clips_without_rows_and_of_casme_are_left_out(tmp_path):
    casme2.write_table(tmp_path / "t.xlsx", ROWS[:1])
    raw = [f"img{n}.jpg" for n in range(1, 25)]
    casme = [f"EP02_01f-{n}.jpg" for n in range(1, 25)]
    folders = {
        "RAW/sub01/EP02_01f": raw,
        "RAW/sub24/EP02_07": raw,
        "CASME/sub01/EP02_01f": casme,
        "RAW/sub01/notes": raw,
    }
    reading = read(tmp_path, folders=folders)
    assert (ids(reading), codes(reading)) == (["sub01_EP02_01f"], ["video-without-rows"])


def test_a_doubled_clip_is_told(tmp_path):
    casme2.write_table(tmp_path / "t.xlsx", ROWS[:1])
    raw = [f"img{n}.jpg" for n in range(1, 25)]
    reading = read(tmp_path, folders={"RAW/sub01/EP02_01f": raw, "RAW/copy/sub01/ep02_01F": raw})
    assert (ids(reading), codes(reading)) == (["sub01_EP02_01f"], ["video-twice"])


def rows_of(surprise, sadness, question=0):
    words = ["surprise"] * surprise + ["sadness"] * sadness
    return [("24", f"EP{i:02d}_1", 4, 9, 20, "?" if i < question else 4, word) for i, word in enumerate(words)]


@pytest.mark.parametrize(
    ("rows", "name", "version"),
    [
        (rows_of(25, 7, question=5), "x.xlsx", "2014"),
        (rows_of(25, 7), "x.xlsx", "2014"),
        (rows_of(28, 4), "x.xlsx", "2019"),
        (rows_of(28, 4), "CASME2-coding-20140508.xlsx", "2019"),
        (rows_of(2, 1), "CASME2-coding-20140508.xlsx", "2014"),
        (rows_of(2, 1, question=1), "CASME2-coding-20190701.xlsx", "2014"),
        (rows_of(2, 1), "x.xlsx", ""),
    ],
)
def test_version_by_content_then_by_name(rows, name, version, tmp_path):
    casme2.write_table(tmp_path / name, rows)
    assert read_table(scan(tmp_path))[0].version == version


def test_the_choice_of_a_table_is_honoured(tmp_path):
    casme2.write(tmp_path)
    old = [(*ROWS[0][:5], "?", ROWS[0][6]), *ROWS[1:]]
    casme2.write_table(tmp_path / "CASME2-coding-20140508.xlsx", old, classes=False)
    assert read(tmp_path).version == "2019"
    reading = read(tmp_path, "2014")
    assert (reading.version, ids(reading)) == ("2014", CLIPS)
    assert codes(reading) == ["aus-unknown", "tables-several"]
    assert reading.videos[0].info.expressions[0].aus == ()
    (tmp_path / "CASME2-coding-20140508.xlsx").unlink()
    (error,) = read(tmp_path, "2014").findings
    assert (error.severity, error.code) == ("fatal", "table-missing")
    assert "CASME2-coding-20190701.xlsx (2019)" in error.action


def test_no_table_is_an_error_that_says_what_was_looked_for(tmp_path):
    casme2.write(tmp_path, table="broken.xlsx")
    (tmp_path / "broken.xlsx").write_bytes(b"PK")
    header = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion")
    write_xlsx(tmp_path / "MMEW_Micro_Exp.xlsx", {"Sheet1": [header, ("S01", "S01-01-001", 4, 9, 20, 12, "happiness")]})
    reading = read(tmp_path)
    assert codes(reading, "fatal") == ["table-missing"]
    assert "OnsetFrame" in reading.findings[0].what
    assert "MMEW_Micro_Exp.xlsx" in reading.findings[0].what
    assert codes(reading, "warning") == ["table-unreadable"]
