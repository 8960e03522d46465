"""Where CAS(ME)^3's clips may lie, what is no clip, and what is said where they lack."""

import pytest
from fixtures.archives import casme3
from fixtures.archives.listed import listed

from tfds_builders.archives.tree import scan
from tfds_builders.casme3.casme3_dataset_builder import Builder
from tfds_builders.casme3.clips import part_a_clips
from tfds_builders.casme3.names import clip_of, is_cut_out, subject_of
from tfds_builders.casme3.part_a import read_part_a

KEYS = sorted({("spNO.1", "a"), ("spNO.210", "j")})


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("spNO.1", "spNO.1"),
        ("spNo.1", "spNO.1"),
        ("SPNO.001", "spNO.1"),
        ("spNO210", "spNO.210"),
        ("spNO. 7", "spNO.7"),
        ("spNO_7", "spNO.7"),
        ("spNO", ""),
        ("spNO.1_a_355", ""),
        ("xspNO.1", ""),
        ("spNO.12345", ""),
        ("spNO.\u0661", ""),
        ("", ""),
    ],
)
def test_subjects(name, subject):
    assert subject_of(name) == subject


def test_clips_are_letters_in_any_case():
    assert [clip_of(name) for name in ("a", "J", " j ", "aa", "1", "", "color", "\u00e4")] == ["a", "j", "j"] + [""] * 5
    assert is_cut_out("spNo.1_a_355")
    assert not is_cut_out("spNo.1_a")


@pytest.mark.parametrize(
    ("medium", "place"),
    [
        ("colour", "part_A_split/part_A/{}/{}/color"),
        ("colour", "part_A/{}/{}/color"),
        ("colour", "{}/{}/color"),
        ("colour", "{}/{}"),
        ("colour", "more/and more/PART_A/{}/{}/Color"),
        ("colour", "color/{}/{}"),
        ("colour", "CAS(ME)^3 color+depth/part A/{}/{}/color"),
        ("depth", "part_A_split/part_A/{}/{}/depth"),
        ("depth", "depth/{}/{}"),
        ("depth", "part_A_depth/{}/{}"),
        ("depth", "{}/{}"),
    ],
)
def test_clips_are_found_wherever_they_lie(medium, place, tmp_path):
    suffix = "png" if medium == "depth" else "jpg"
    names = [f"{n}.{suffix}" for n in (9, 10, 355)]
    tree = listed(tmp_path, {place.format("spNO.1", "a"): names, place.format("spNO210", "J"): names})
    clips, findings = part_a_clips(tree, medium)
    assert sorted(clip.key for clip in clips) == KEYS
    assert list(clips[0].files) == [9, 10, 355]
    assert not findings
    other, findings = part_a_clips(tree, "colour" if medium == "depth" else "depth")
    assert not other
    assert [(f.severity, f.code) for f in findings] == [("fatal", "no-frames")]
    assert f"2 folders of {medium} images" in findings[0].what


def test_colour_and_depth_side_by_side(tmp_path):
    tree = listed(
        tmp_path,
        {
            "part_A/spNO.1/a/color": ["1.jpg", "2.jpg"],
            "part_A/spNO.1/a/depth": ["1.png"],
            "part_A/spNO.1/b/color": ["1.jpg"],
        },
    )
    assert [clip.folder for clip in part_a_clips(tree, "colour")[0]] == [
        "part_A/spNO.1/a/color",
        "part_A/spNO.1/b/color",
    ]
    assert [clip.folder for clip in part_a_clips(tree, "depth")[0]] == ["part_A/spNO.1/a/depth"]


def test_cut_out_clips_alone_are_not_enough(tmp_path):
    tree = listed(tmp_path, {"ME/spNo.1_a_355": ["355.jpg"], "ME/spNo.1_b_166": ["166.jpg"]})
    clips, (finding,) = part_a_clips(tree, "colour")
    assert not clips
    assert finding.severity == "fatal"
    assert "2 folders of micro-expressions that were cut out" in finding.what
    assert "get the long videos" in finding.action


def test_other_parts_and_odd_folders_are_passed_over(tmp_path):
    tree = listed(
        tmp_path,
        {
            "part_A/spNO.1/a/color": ["1.jpg"],
            "part_B/spNO.1/a/color": ["1.jpg"],
            "part_C/spNO.1/a/color": ["1.jpg"],
            "part_A/spNO.1/color": ["1.jpg"],
            "part_A/spNO.1/zz/color": ["1.jpg"],
            "ME/spNo.1_a_355": ["355.jpg"],
            "docs": ["1.jpg"],
        },
    )
    clips, findings = part_a_clips(tree, "colour")
    assert [clip.folder for clip in clips] == ["part_A/spNO.1/a/color"]
    assert [(f.severity, f.code) for f in findings] == [
        ("warning", "folder-unknown"),
        ("warning", "folder-unknown"),
        ("note", "cut-out-clips"),
    ]


def test_two_folders_of_one_clip_and_clips_without_rows(tmp_path):
    rows = [row for row in casme3.ROWS if row.subject == "spNO.1"]
    frames = [f"{n}.jpg" for n in range(1, 31)]
    tree = listed(
        casme3.write_tables(tmp_path, rows),
        {
            "part_A/spNO.1/a/color": frames,
            "part_A/spNO.1/A/color": frames[:20],
            "part_A/spNO.1/b/color": frames,
            "part_A/spNO.1/c/color": frames,
            "part_A/spNO.9/a/color": ["cover.jpg"],
        },
    )
    result = read_part_a(tree, Builder.CHOICES[""])
    codes = [f.code for f in result.findings]
    assert [v.info.video_id for v in result.videos] == ["spNO.1_a", "spNO.1_b", "spNO.1_c"]
    assert result.videos[0].info.num_frames == 30
    assert result.videos[2].info.expressions == ()
    assert [codes.count(c) for c in ("video-twice", "video-without-rows", "no-frames", "file-without-number")] == [
        1
    ] * 4


def test_rows_of_videos_that_lack_are_told(tmp_path):
    tree = listed(casme3.write_tables(tmp_path), {"part_A/spNO.1/a/color": [f"{n}.jpg" for n in range(1, 31)]})
    told = [f for f in read_part_a(tree, Builder.CHOICES[""]).findings if f.code == "video-missing"]
    assert len(told) == 3
    assert all(f.severity == "error" for f in told)


def test_an_empty_archive_says_what_is_looked_for(tmp_path):
    errors = [f for f in read_part_a(scan(tmp_path), Builder.CHOICES[""]).findings if f.severity == "fatal"]
    assert [f.code for f in errors] == ["no-frames", "table-missing"]
    assert "spNO.1/a/color" in errors[0].what
    assert "Expression type" in errors[1].what
    assert "spreadsheets seen: none" in errors[1].what
