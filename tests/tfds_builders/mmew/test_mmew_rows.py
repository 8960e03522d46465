"""Every fault that is known or to be feared of MMEW's table, by name."""

import json
from dataclasses import dataclass, replace

import pytest
from fixtures.archives import mmew
from fixtures.archives.listed import listed
from fixtures.archives.mmew import Entry

from tfds_builders.mmew.mmew_dataset_builder import Builder
from tfds_builders.mmew.names import clip_key, subject_of

POLICIES = ("recommended", "as_published")
PLAIN = Entry("S01-03-001", 310, 318, 340)


def read(root, entries, variant="", sheet=None, more=None):
    mmew.write_table(root / "t.csv", mmew.rows(entries) if sheet is None else sheet)
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    return builder.read(listed(root, {**mmew.folders(entries), **(more or {})}), Builder.CHOICES[variant])


def spans(reading):
    return {v.info.video_id: [(e.onset, e.apex, e.offset, e.fine) for e in v.info.expressions] for v in reading.videos}


def codes(reading):
    """Without what a table of one row gives where that is lost."""
    return sorted(f.code for f in reading.findings if f.code != "no-expressions")


@dataclass(frozen=True)
class Case:
    """A row and its clip, the codes of its findings and its expressions under each policy."""

    name: str
    entry: Entry
    codes: tuple[str, str]
    found: tuple


def same(name, entry, codes, *found):
    return Case(name, entry, (codes, codes), (list(found), list(found)))


SOUND = (0, 8, 30, "disgust")
CASES = (
    same("sound", PLAIN, "", SOUND),
    same("files that count on", replace(PLAIN, onset=1, apex=9, offset=31, files=31), "", SOUND),
    same("onset 0", replace(PLAIN, onset=0, apex=8, offset=30), "", SOUND),
    same("fractions", replace(PLAIN, onset=309.5, apex=318.2, offset=339.9, files=31), "fraction", SOUND),
    same("no apex", replace(PLAIN, apex=None), "apex-missing", (0, -1, 30, "disgust")),
    same("apex of another recording", replace(PLAIN, apex=3), "apex-outside", (0, -1, 30, "disgust")),
    same("clip that goes on", replace(PLAIN, files=40), "clip-longer", SOUND),
    same("no onset", replace(PLAIN, onset=None, files=31), "not-a-number"),
    same("onset below 0", replace(PLAIN, onset=-5, files=31), "outside-video"),
    Case(
        "onset beyond any recording",
        replace(PLAIN, onset=1e30, files=31),
        ("apex-outside,offset-before-onset", "offset-before-onset"),
        ([], []),
    ),
    same("capital emotion", replace(PLAIN, emotion="Disgust"), "label-spelling", SOUND),
    same(
        "unknown emotion",
        replace(PLAIN, emotion="blue", folder="disgust"),
        "label-mismatch,label-spelling",
        (0, 8, 30, ""),
    ),
    same("unknown folder", replace(PLAIN, folder="blue"), "", SOUND),
    same(
        "anger in the folder fear",
        replace(PLAIN, emotion="anger", folder="fear"),
        "label-mismatch",
        (0, 8, 30, "anger"),
    ),
    same("another subject in the column", replace(PLAIN, subject="S02"), "wrong-subject", SOUND),
    same("subject as a number", replace(PLAIN, subject=1), "", SOUND),
    Case(
        "others in the folder repression",
        replace(PLAIN, emotion="others", folder="repression"),
        ("label-mismatch", "label-mismatch"),
        ([(0, 8, 30, "repression")], [(0, 8, 30, "others")]),
    ),
    Case(
        "clip that ends early",
        replace(PLAIN, files=25),
        ("offset-after-end", "outside-video"),
        ([(0, 8, 24, "disgust")], []),
    ),
    Case("no offset", replace(PLAIN, offset=None, files=31), ("offset-missing", "not-a-number"), ([SOUND], [])),
    Case("offset 0", replace(PLAIN, offset=0, files=31), ("offset-before-onset",) * 2, ([SOUND], [])),
    Case(
        "apex behind the offset",
        replace(PLAIN, apex=338, offset=330, files=31),
        ("apex-outside,clip-longer", "apex-outside,clip-longer"),
        ([(0, -1, 20, "disgust")], [(0, 28, 20, "disgust")]),
    ),
)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_row(case, policy, tmp_path):
    reading = read(tmp_path, [case.entry], "" if policy == "recommended" else policy)
    place = POLICIES.index(policy)
    assert list(spans(reading).values()) == [case.found[place]]
    assert ",".join(codes(reading)) == case.codes[place]


@pytest.mark.parametrize("table", ["t.xlsx", "t.xls"])
def test_workbooks_give_what_text_gives(tmp_path, table):
    entries = [replace(case.entry, clip=f"S01-03-{i:03d}") for i, case in enumerate(CASES, 1)]
    mmew.write_table(tmp_path / table, mmew.rows(entries))
    builder = Builder(config="videos", data_dir=tmp_path)
    reading = builder.read(listed(tmp_path, mmew.folders(entries)), Builder.CHOICES[""])
    assert list(spans(reading).values()) == [case.found[0] for case in CASES]
    assert codes(reading) == sorted(code for case in CASES for code in case.codes[0].split(",") if code)


def test_frames_of_the_recording_and_the_row_is_kept_raw(tmp_path):
    reading = read(tmp_path, mmew.ENTRIES)
    (video,) = [v for v in reading.videos if v.info.video_id == "S03-07-002"]
    info, (e,) = video.info, video.info.expressions
    assert (info.subject, info.fps, info.num_frames, info.first_number) == ("S03", 90.0, 25, 97)
    assert video.files == tuple(f"{n}.jpg" for n in range(1, 26))
    assert (e.onset, e.apex, e.offset) == (0, 13, 24)
    assert (e.raw_row, e.raw_onset, e.raw_apex, e.raw_offset, e.raw_aus) == (4, "97", "110", "121", "R14")
    assert (e.aus, e.fine, e.coarse) == (("R14",), "repression", "negative")
    assert e.repairs == ("emotion 'others', but the clip lies in folder repression: repression, as meb has it",)
    assert json.loads(e.notes) == {"Filename": "S03-07-002", "emotion": "others"}


KNOWN_ROW, APEX, OFFSET = 35, 40, 75


@pytest.mark.parametrize(
    ("files", "code", "found"),
    [
        (75, "known-error", (0, 39, 74, "disgust")),
        (60, "offset-before-onset", (0, -1, 59, "disgust")),
    ],
)
def test_rows_that_meb_corrects_where_the_clip_agrees(tmp_path, files, code, found):
    entries = [replace(PLAIN, clip=f"S02-03-{i:03d}") for i in range(2, KNOWN_ROW)]
    wrong = Entry("S01-03-001", 1, 0, 0, files=files)
    reading = read(tmp_path, [*entries, wrong])
    assert spans(reading)["S01-03-001"] == [found]
    assert next(f.code for f in reading.findings if "row 35 " in f.where) == code
    published = read(tmp_path, [*entries, wrong], "as_published")
    assert spans(published)["S01-03-001"] == []


def test_a_row_with_the_number_of_a_known_one_that_is_right_stays(tmp_path):
    entries = [replace(PLAIN, clip=f"S02-03-{i:03d}") for i in range(2, KNOWN_ROW + 1)]
    reading = read(tmp_path, entries)
    assert (set(map(tuple, spans(reading).values())), codes(reading)) == ({(SOUND,)}, [])


ODD = {
    "no name": ((None, None, 5, 6, 7), ["row-unreadable"]),
    "a path": (("S01", "../S01-01-001", 5, 6, 7), ["row-unreadable"]),
    "a name of CASME II": ((1, "EP02_01f", 5, 6, 7), ["row-unreadable"]),
    "a clip without a folder": (("S09", "S09-01-001", 5, 6, 7, 4, "fear"), ["video-missing"]),
    "the row again": (PLAIN.row, ["row-twice"]),
    "the clip again": (replace(PLAIN, apex=320).row, ["overlap", "row-twice"]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_row(name, tmp_path):
    row, wanted = ODD[name]
    row = (*row, *[None] * (len(mmew.HEADER) - len(row)))
    reading = read(tmp_path, [PLAIN], sheet=[*mmew.rows([PLAIN]), row])
    assert codes(reading) == wanted
    assert len(spans(reading)["S01-03-001"]) == 1 + (name == "the clip again")


def test_names():
    assert [clip_key(name) for name in ("S01-01-001", "s1_1_1", "1-01-001", " S001-01-0001")] == [
        ("S01", "S01-01-001")
    ] * 4
    assert [clip_key(name) for name in ("", "S01-01", "S01-01-001.jpg", "../S01-01-001", "EP02_01f")] == [None] * 5
    assert [subject_of(name) for name in ("S01", "s1", "anger", "1")] == ["S01", "S01", None, None]
