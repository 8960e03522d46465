"""What the table of SAMM Long Videos is known to hold, and what each policy makes of it."""

from dataclasses import dataclass, field, replace

import pytest
from fixtures.archives import samm, samm_lv
from fixtures.archives.in_memory import in_memory
from fixtures.archives.listed import listed
from fixtures.archives.samm_lv import MACRO, MICRO, Row
from fixtures.archives.workbooks import write_xlsx

from tfds_builders.samm_lv.archive import read_samm_lv, reading_of
from tfds_builders.samm_lv.samm_lv_dataset_builder import Builder

SOUND = Row("006_1_2", 5, 8, 14)


@dataclass(frozen=True)
class Case:
    """A row, and what comes of it.

    Attributes:
        name: of the quirk.
        rows: of the table, besides a sound one of another video.
        codes: what `recommended` reports of the rows, apart from what every reading has.
        published, recommended, mean: (onset, apex, offset) as numbers of files, -1 for no apex; None: left out.
        last: number of the last file of the video; the first is 1.
        version: of the table.
    """

    name: str
    rows: tuple[Row, ...]
    codes: set[str]
    published: tuple
    recommended: tuple
    mean: tuple
    last: int = 100
    version: str = "v2"
    emotions: dict = field(default_factory=dict)


def one(name, row, codes, published, recommended, mean, **more):
    return Case(name, (row,), codes, (published,), (recommended,), (mean,), **more)


def macro(name, onset, apex, offset, **more):
    return Row(name, onset, apex, offset, MACRO, **more)


FROM_ZERO = [
    one(
        f"{name} begins before the recording (version 2)",
        macro(name, 0, 9, 30),
        {"onset-before-start"},
        None,
        (1, 9, 30),
        None,
    )
    for name in [
        "011_6_10",
        "011_6_8",
        "012_3_3",
        "018_3_3",
        "018_4_4",
        "018_4_7",
        "018_4_9",
        "018_6_2",
        "018_6_5",
        "020_6_3",
    ]
]
FROM_ONE = [
    one(
        f"{case.rows[0].name} begins before the recording (version 3)",
        macro(case.rows[0].name, 1, 9, 30),
        {"onset-before-start"},
        *[(1, 9, 30)] * 3,
        version="v3",
    )
    for case in FROM_ZERO
]
NO_APEX = [
    one(
        f"{name} has no apex (version 2)",
        macro(name, 8, -1, 26),
        {"apex-missing"},
        *[(8, -1, 26)] * 3,
    )
    for name in ["010_1_3", "026_2_5", "036_6_2", "036_6_3"]
]
CASES = (
    *FROM_ZERO,
    *FROM_ONE,
    *NO_APEX,
    one("028_4_1 (micro) has no apex", Row("028_4_1", 60, -1, 80), {"apex-missing"}, *[(60, -1, 80)] * 3),
    one("032_3_1 (micro) has no apex", Row("032_3_1", 60, -1, 80), {"apex-missing"}, *[(60, -1, 80)] * 3),
    one("032_3_1 has apex -1069 (version 1)", Row("032_3_1", 60, -1069, 80), {"apex-missing"},
        *[(60, -1, 80)] * 3, version="v1"),
    one("036_6_2 has apex 3714 (version 1)", macro("036_6_2", 60, 3714, 80), {"apex-outside"},
        (60, -1, 80), (60, -1, 80), (60, -1, 80), version="v1"),
    one("apex in the video, outside the expression", macro("036_6_2", 60, 30, 80), {"apex-outside"},
        (60, 30, 80), (60, -1, 80), (60, 30, 80), version="v1"),
    one("020_6_5 ends behind the video", macro("020_6_5", 90, 95, 576), {"offset-after-end"},
        None, (90, 95, 100), (90, 95, 100)),
    one("036_7_4 ends behind the video", macro("036_7_4", 8190, 8195, 8298), {"offset-after-end"},
        None, (8190, 8195, 8201), (8190, 8195, 8201), last=8201),
    one("012_4_1 lies behind the video of the first image release", macro("012_4_1", 1300, 1400, 1525),
        {"image-release"}, None, None, None, last=1000),
    one("an expression that ends behind the video of the first image release", macro("012_4_2", 900, 950, 1525),
        {"offset-after-end", "image-release"}, None, (900, 950, 1000), (900, 950, 1000), last=1000),
    one("012_4_1 in the later image release", macro("012_4_1", 900, 950, 1525), {"image-release"},
        *[(900, 950, 1525)] * 3, last=2000),
    one("an expression behind the whole video", macro("020_6_5", 190, 195, 200), {"outside-video"}, None, None, None),
    one("floats from another frame rate", macro("006_2_1", 5.6400000000001, 16.597, 43.5), {"fraction"},
        (6, 17, 44), (6, 17, 44), (5, 16, 43)),
    one("half up", macro("006_2_1", 4.5, 5.5, 6.5), {"fraction"}, (5, 6, 7), (5, 6, 7), (4, 5, 6)),
    one("onset between 0 and 1", macro("006_2_1", 0.4, 5, 6), {"fraction", "onset-before-start"},
        None, (1, 5, 6), None),
    one("numbers as text", macro("006_2_1", "4", " 5 ", "6.0"), set(), *[(4, 5, 6)] * 3),
    one("onset 1 that is genuine (011_2_4)", macro("011_2_4", 1, 9, 30), set(), *[(1, 9, 30)] * 3, version="v3"),
    one("onset 1 that is genuine (025_3_2)", macro("025_3_2", 1, 9, 30), set(), *[(1, 9, 30)] * 3, version="v3"),
    one("a micro-expression of 101 frames (011_3_6), 0.5 s from onset to offset", Row("011_3_6", 50, 100, 150), set(),
        *[(50, 100, 150)] * 3, last=200),
    one("a micro-expression longer than 0.5 s", Row("011_3_6", 50, 100, 151), {"micro-too-long"},
        *[(50, 100, 151)] * 3, last=200),
    Case("a Filename twice, micro and macro (037_4_1)", (Row("037_4_1", 10, 14, 20), macro("037_4_1", 25, 32, 40)),
         set(), *[((10, 14, 20), (25, 32, 40))] * 3),
    Case("a micro- inside of a macro-expression",
         (macro("006_2_1", 5, 20, 60), Row("006_2_2", 12, 15, 20, notes="Micro inside of a macro")),
         {"overlap"}, *[((5, 20, 60), (12, 15, 20))] * 3),
    Case("the same row twice", (Row("006_2_1", 10, 14, 20), Row("006_2_1", 10, 14, 20)), {"row-twice"},
         *[((10, 14, 20),)] * 3),
    Case("one Filename, other frames", (Row("006_2_1", 10, 14, 20), Row("006_2_1", 30, 34, 40)), {"row-twice"},
         *[((10, 14, 20), (30, 34, 40))] * 3),
    one("offset before onset", macro("006_2_1", 50, 55, 40), {"offset-before-onset", "apex-outside"}, None, None, None),
    one("no offset", macro("006_2_1", 50, 55, None), {"not-a-number"}, None, None, None),
    one("an onset that is no number", macro("006_2_1", "?", 55, 60), {"not-a-number"}, None, None, None),
    one("Subject says another", Row("006_2_1", 10, 14, 20, subject="007"), {"wrong-subject"}, *[(10, 14, 20)] * 3),
    one("Subject is a number", Row("006_2_1", 10, 14, 20, subject=6), set(), *[(10, 14, 20)] * 3),
    one("Filename with blanks and no zeros", Row(" 6_2_1 ", 10, 14, 20, subject=6), set(), *[(10, 14, 20)] * 3),
    one("no micro-expression of this Filename in SAMM's table", Row("006_2_9", 10, 14, 20), {"emotion-missing"},
        *[(10, 14, 20)] * 3, emotions={"006_2_9": None}),
)  # fmt: skip
ALWAYS = {"version-guess", "emotion-without-row", "formula-empty"}
UNREADABLE = (
    ("a Filename out of the tree", Row("../x", 10, 14, 20)),
    ("a Filename of thirty digits", Row("9" * 30 + "_1_2", 10, 14, 20)),
    ("an emoji", Row("\U0001f642", 10, 14, 20)),
    ("a Filename of a video", Row("006_2", 10, 14, 20)),
    ("no Filename", Row("", 10, 14, 20, subject="006")),
    ("a type that is neither", Row("006_2_1", 10, 14, 20, "?")),
)


def numbers(*spans):
    return [n for first, last in spans for n in range(first, last + 1)]


def files(video, wanted):
    return [f"{video}_{n:04d}.jpg" for n in wanted]


def reading(tmp_path, rows, folders, variant="", version="v2", emotions=None):
    """Read rows as they are (no version is made of them) with folders of files that are listed only."""
    emotions = {r.name.strip(): "Anger" for r in rows if r.kind == MICRO} if emotions is None else emotions
    book = f"SAMM_LongVideos_{version.upper()}_Release.xlsx"
    sheets = [in_memory(book, "FACS_Movement_Only", samm_lv.sheet(rows))]
    short = [samm.Row(name, 1, 2, 3, word, group=6) for name, word in emotions.items() if word]
    if short:
        sheets.append(in_memory(samm.BOOK, "MICRO_ONLY", samm.sheet(short)))
    tree = listed(tmp_path, {f"SAMM_longvideos/{video}": files(video, held) for video, held in folders.items()})
    return reading_of(tree, tuple(sheets), (), Builder.CHOICES[variant])


def video_of(row):
    subject, inducement = row.name.strip().split("_")[:2]
    return f"{int(subject):03d}_{inducement}"


def spans(video):
    return tuple(
        (e.onset + 1, e.apex + 1 if e.apex >= 0 else -1, e.offset + 1) for e in video.info.expressions
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_row_comes_to(case, tmp_path):
    video = video_of(case.rows[0])
    folders = {"006_1": numbers((1, 20)), video: numbers((1, case.last))}
    hold = Row("006_1_5", 0, 2.5, 4, MACRO) if case.version == "v2" else None  # what tells version 2 from version 3
    if case.version == "v1":
        hold = Row("006_1_5", 1, 2.5, 4, MACRO)
    rows = (SOUND, *([hold] if hold else []), *case.rows)
    emotions = {r.name.strip(): "Anger" for r in rows if r.kind == MICRO} | case.emotions
    for policy, expected in (("as_published", case.published), ("", case.recommended), ("mean", case.mean)):
        result = reading(tmp_path, rows, folders, policy, case.version, emotions)
        assert result.version == case.version
        assert not [f for f in result.findings if f.severity == "fatal"]
        found = next(v for v in result.videos if v.info.video == video)
        assert spans(found) == tuple(span for span in expected if span is not None)
        if policy == "":
            about = [f for f in result.findings if "006_1_" not in f.where]
            assert {f.code for f in about} - ALWAYS == case.codes
            assert all(f.where for f in about if f.code not in ALWAYS)


@pytest.mark.parametrize(("name", "row"), UNREADABLE, ids=[name for name, _ in UNREADABLE])
def test_a_row_that_names_no_expression_is_left_out_and_told(name, row, tmp_path):
    result = reading(tmp_path, (SOUND, row), {"006_1": numbers((1, 20))}, emotions={"006_1_2": "Anger"})
    told = [f for f in result.findings if f.code == "row-unreadable"]
    assert [f.where for f in told] == ["SAMM_LongVideos_V2_Release.xlsx [FACS_Movement_Only] row 12"]
    assert [len(v.info.expressions) for v in result.videos] == [1]


def test_a_row_without_a_folder_and_a_folder_without_a_row_are_told(tmp_path):
    rows = (SOUND, Row("007_5_1", 3, 4, 5), Row("007_5_2", 6, 7, 8))
    result = reading(tmp_path, rows, {"006_1": numbers((1, 20)), "006_2": numbers((1, 20))})
    told = {f.code: f for f in result.findings}
    assert told["video-missing"].severity == "error"
    assert "row 12 (007, 007_5_1)" in told["video-missing"].where
    assert "rows: 2" in told["video-missing"].what
    assert told["video-without-rows"].where == "folder SAMM_longvideos/006_2"
    assert [v.info.video_id for v in result.videos] == ["006_1", "006_2"]


def test_frames_are_found_by_their_number_where_files_are_missing(tmp_path):
    rows = (Row("006_1_2", 10, 14, 20), Row("006_1_3", 40, 44, 50))
    result = reading(tmp_path, rows, {"006_1": numbers((1, 9), (12, 41), (45, 60))})
    (video,) = result.videos
    assert video.info.missing_numbers == "10-11,42-44"
    first, second = video.info.expressions
    shown = [video.files[i] for i in (first.onset, first.apex, first.offset, second.onset, second.offset)]
    assert shown == files("006_1", (12, 14, 20, 40, 50))
    codes = [f.code for f in result.findings]
    assert (codes.count("frame-gap"), codes.count("gap-in-expression"), codes.count("frame-missing")) == (1, 1, 2)


def test_emotions_come_by_filename_and_kind_and_bring_the_objective_class(tmp_path):
    rows = (Row("037_4_1", 10, 14, 20), macro("037_4_1", 25, 32, 40))
    result = reading(tmp_path, rows, {"037_4": numbers((1, 60))}, emotions={"037_4_1": "Sadness"})
    (video,) = result.videos
    micro, wide = video.info.expressions
    assert (micro.emotion, micro.coarse, micro.fine) == ("Sadness", "negative", "sadness")
    assert (wide.emotion, wide.coarse, wide.fine) == ("", "", "")
    assert '"Objective Classes": 6' in micro.notes
    assert f"{samm.BOOK} [MICRO_ONLY] row 15" in micro.notes
    assert '"Type": "Micro - 1/2"' in micro.notes
    assert '"Inducement Code": 4' in wide.notes


def test_without_samms_table_emotions_are_unknown_and_it_is_said_where_to_put_it(tmp_path):
    result = reading(tmp_path, (SOUND,), {"006_1": numbers((1, 20))}, emotions={})
    (told,) = [f for f in result.findings if f.code == "emotions-missing"]
    assert told.severity == "note"
    assert "SAMM_Micro_FACS_Codes_v2.xlsx" in told.action
    (video,) = result.videos
    assert [(e.emotion, e.coarse) for e in video.info.expressions] == [("", "")]


def test_a_row_of_samms_table_without_partner_and_spellings_are_told(tmp_path):
    emotions = {"006_1_2": "Others", "009_9_9": "woe"}
    result = reading(tmp_path, (SOUND,), {"006_1": numbers((1, 20))}, emotions=emotions)
    told = {f.code: f for f in result.findings}
    assert "009_9_9" in told["emotion-without-row"].where
    assert told["label-spelling"].action == "read as others"
    assert told["label-unknown"].severity == "warning"


def test_raw_cells_repairs_and_notes_are_kept(tmp_path):
    row = macro("011_6_8", 0, 9.6, 30.399999999999999, au="4(B/C)+7B", notes="While blinking")
    result = reading(tmp_path, (SOUND, row), {"006_1": numbers((1, 20)), "011_6": numbers((1, 60))})
    (e,) = result.videos[1].info.expressions
    assert (e.raw_row, e.raw_onset, e.raw_apex, e.raw_offset, e.raw_aus) == (12, "0", "9.6", "30.4", "4(B/C)+7B")
    assert (e.aus, e.kind) == (("AU4", "AU7"), "macro")
    assert len(e.repairs) == 2
    assert "onset := 1" in e.repairs[1]
    assert '"Notes": "While blinking"' in e.notes


@pytest.mark.parametrize("cached", [True, False])
def test_duration_is_not_needed(tmp_path, cached):
    samm_lv.write_tables(tmp_path, cached=cached)
    tree = listed(tmp_path, {f"x/{video}": files(video, range(1, n + 1)) for video, n in samm_lv.CLIPS.items()})
    result = read_samm_lv(tree, Builder.CHOICES[""])
    told = [f for f in result.findings if f.code == "formula-empty"]
    assert len(told) == (0 if cached else 1)
    assert sum(len(v.info.expressions) for v in result.videos) == len(samm_lv.V2)


def test_frame_counts_that_are_published_are_compared(tmp_path):
    rows = (SOUND, Row("021_3_1", 5, 6, 7), Row("012_4_1", 5, 6, 7), Row("016_7_1", 5, 6, 7))
    counts = {"006_1": 20, "021_3": 3419, "012_4": 1500, "016_7": 11_000}
    result = reading(tmp_path, rows, {video: numbers((1, n)) for video, n in counts.items()})
    told = sorted(f.what.split(" has")[0] for f in result.findings if f.code == "count-differs")
    assert told == ["012_4", "016_7"]


@pytest.mark.parametrize(("last", "frames"), [(1000, 482_797), (2000, 483_797), (30, None)])
def test_counts_stand_beside_those_of_the_image_release(tmp_path, last, frames):
    result = reading(tmp_path, (Row("012_4_1", 5, 6, 7),), {"012_4": numbers((1, last))})
    counts = {c.what: (c.found, c.published) for c in result.counts}
    assert counts["frames"] == (last, frames)
    assert counts["micro rows"] == (1, 159)
    assert counts["macro-expressions kept"] == (0, 342 if last == 1000 else 343)


KEPT = [  # version, policy, last file of 012_4: macro-expressions of a whole archive
    ("v2", "", 2000, 343), ("v2", "", 1000, 342), ("v2", "mean", 2000, 333), ("v2", "mean", 1000, 332),
    ("v2", "as_published", 2000, 331), ("v3", "mean", 2000, 343), ("v3", "mean", 1000, 342),
    ("v3", "as_published", 1000, 342),
]  # fmt: skip


@pytest.mark.parametrize(("version", "policy", "last", "kept"), KEPT)
def test_a_whole_archive_meets_what_is_published_of_its_release_and_table(tmp_path, version, policy, last, kept):
    """The rows that are known to be odd are there, and as many sound ones as make up the published numbers."""
    start = 0 if version == "v2" else 1
    rows = [
        *(case.rows[0] if start == 0 else replace(case.rows[0], onset=1) for case in FROM_ZERO),
        macro("020_6_5", 90, 95, 576 if version == "v2" else 100),
        macro("036_7_4", 90, 95, 298 if version == "v2" else 100),
        macro("012_4_1", 1300, 1400, 1525),
    ]
    videos = {video_of(row): 100 for row in rows} | {"012_4": last}
    sound = [f"{subject:03d}_1" for subject in range(101, 101 + 147 - len(videos))]
    rows += [macro(f"{sound[n % len(sound)]}_{n}", 5, 9, 14) for n in range(343 - len(rows))]
    rows += [Row(f"{sound[n % len(sound)]}_{500 + n}", 5, 9, 14) for n in range(159)]
    videos |= dict.fromkeys(sound, 100)
    folders = {video: numbers((1, length)) for video, length in videos.items()}
    result = reading(tmp_path, rows, folders, policy, version)
    counts = {c.what: c for c in result.counts}
    assert result.version == version
    assert (counts["macro-expressions kept"].found, counts["micro-expressions kept"].found) == (kept, 159)
    odd = [c.what for c in result.counts if not c.agrees]
    assert odd == ["subjects", "frames"]  # made-up ones
    assert not [f for f in result.findings if f.severity in ("fatal", "error")]


def test_a_workbook_of_another_dataset_is_no_table(tmp_path):
    header = ("Subject", "Filename", "Onset", "Apex", "Offset", "Type", "Estimated Emotion")
    write_xlsx(tmp_path / "other.xlsx", {"a": [header, ("01", "EP02_01f", 1, 2, 3, "Micro", "fear")]})
    tree = listed(tmp_path, {"SAMM_longvideos/006_1": files("006_1", range(1, 9))})
    (error,) = [f for f in read_samm_lv(tree, Builder.CHOICES[""]).findings if f.severity == "fatal"]
    assert error.code == "table-missing"
    assert "other.xlsx [a]" in error.what
