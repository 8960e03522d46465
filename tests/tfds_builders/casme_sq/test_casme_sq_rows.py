"""What CAS(ME)^2's table is known to hold, row by row, and what each policy makes of it."""

from dataclasses import dataclass

import pytest
from fixtures.archives import casme_sq
from fixtures.archives.casme_sq import MACRO, MICRO
from fixtures.archives.listed import listed

from tfds_builders.casme_sq.casme_sq_dataset_builder import Builder

POLICIES = ("recommended", "mean", "as_published")
VIDEO = "rawpic/s31/31_0401girlcrashing"


def files(last, release="raw"):
    return [casme_sq.file_name(n, release) for n in range(1, last + 1)]


def read(root, rows, folders, variant="", **more):
    casme_sq.write_table(root / more.pop("table", "CAS(ME)^2code_final.xlsx"), rows, **more)
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    return builder.read(listed(root, folders), builder.CHOICES[variant])


@dataclass(frozen=True)
class Case:
    """Onset, apex, offset and kind of a row of a video with files 1 to 60, and what comes of it.

    Attributes:
        name: of the quirk.
        cells: as the table has them.
        codes: what is reported of the row, by policy in the order of POLICIES.
        spans: (onset, apex, offset) by policy, 0-based, -1 for no apex; None: left out.
    """

    name: str
    cells: tuple
    codes: tuple[str, str, str]
    spans: tuple
    kind: str = MACRO


def same(name, cells, codes, span, **more):
    return Case(name, cells, (codes,) * 3, (span,) * 3, **more)


CASES = (
    same("a sound row", (21, 25, 29), "", (20, 24, 28), kind=MICRO),
    same("numbers as text", ("21", " 25 ", "29"), "", (20, 24, 28), kind=MICRO),
    same("first and last frame", (1, 30, 60), "", (0, 29, 59)),
    Case(
        "offset 0, as in 44 macro rows",
        (11, 21, 0),
        ("offset-missing", "offset-missing", "offset-before-onset"),
        ((10, 20, 30), (10, 20, 20), None),
    ),
    Case(
        "offset 0 near the end of the video",
        (31, 51, 0),
        ("offset-missing", "offset-missing", "offset-before-onset"),
        ((30, 50, 59), (30, 50, 50), None),
    ),
    Case(
        "empty offset",
        (11, 21, None),
        ("offset-missing", "offset-missing", "not-a-number"),
        ((10, 20, 30), (10, 20, 20), None),
    ),
    Case(
        "apex 0, as in (17, anger1_1)",
        (11, 0, 35),
        ("apex-missing", "apex-outside", "apex-outside"),
        ((10, 22, 34), (10, -1, 34), (10, -1, 34)),
    ),
    Case(
        "apex 0 and offset 0",
        (11, 0, 0),
        ("apex-outside,offset-before-onset", "offset-before-onset,offset-missing", "offset-before-onset"),
        (None, None, None),
    ),
    Case(
        "offset before apex, as in (11, disgust1_5), (14, happy2_1) and (15, anger1_12)",
        (21, 30, 24),
        ("apex-outside", "apex-outside", "apex-outside"),
        ((20, -1, 23), (20, 29, 23), (20, 29, 23)),
    ),
    same("empty apex", (11, None, 35), "apex-missing", (10, -1, 34)),
    same("apex on onset", (11, 11, 35), "apex-is-onset", (10, 10, 34)),
    Case(
        "offset before onset",
        (21, 30, 15),
        ("apex-outside,offset-before-onset", "offset-before-onset", "offset-before-onset"),
        (None, None, None),
    ),
    same("offset behind the last file", (50, 55, 61), "outside-video", None),
    same("onset 0", (0, 5, 20), "outside-video", None),
    same("text for a number", ("?", 5, 20), "not-a-number", None),
    same("empty onset", (None, 5, 20), "not-a-number", None),
    same("micro of 0.67 s", (1, 10, 20), "micro-too-long", (0, 9, 19), kind=MICRO),
    Case(
        "fractions",
        (10.5, 20.4, 30.6),
        ("fraction", "fraction", "fraction"),
        ((10, 19, 30), (9, 19, 29), (10, 19, 30)),
    ),
)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_row(case, policy, tmp_path):
    row = (14, "anger1_1", *case.cells, 4, "negative", case.kind, "anger")
    reading = read(tmp_path, [row], {VIDEO: files(60)}, "" if policy == "recommended" else policy)
    (video,) = reading.videos
    place = POLICIES.index(policy)
    spans = [(e.onset, e.apex, e.offset) for e in video.info.expressions]
    assert spans == ([] if case.spans[place] is None else [case.spans[place]])
    codes = sorted(f.code for f in reading.findings if f.code != "no-expressions")  # the table has one row
    assert ",".join(codes) == case.codes[place]
    for e in video.info.expressions:
        raw = ["" if cell is None else str(cell).strip() for cell in case.cells]
        assert [e.raw_onset, e.raw_apex, e.raw_offset] == raw
        assert (e.raw_row, e.raw_aus, e.coarse, e.fine, e.aus) == (1, "4", "negative", "", ("AU4",))
        changed = {f.code for f in reading.findings if f.severity == "repair"}
        assert len(e.repairs) == len(changed)


GOOD = (14, "anger1_1", 10, 20, 30, 4, "negative", MACRO, "anger")
ODD = {
    "subject index 23": ((23, *GOOD[1:]), "error", "row-unreadable", 0),
    "subject index empty": ((None, *GOOD[1:]), "error", "row-unreadable", 0),
    "subject index huge": ((10.0**30, *GOOD[1:]), "error", "row-unreadable", 0),
    "unknown stimulus": ((14, "../x_1", *GOOD[2:]), "error", "row-unreadable", 0),
    "no clip": ((14, None, *GOOD[2:]), "error", "row-unreadable", 0),
    "no type": ((*GOOD[:7], "blink", "anger"), "error", "row-unreadable", 0),
    "the same row again": (GOOD, "warning", "row-twice", 0),
    "the same name with other frames": ((14, "anger1_1", 32, 38, 50, *GOOD[5:]), "warning", "row-twice", 1),
    "overlap": ((14, "anger1_2", 25, 28, 40, *GOOD[5:]), "note", "overlap", 1),
    "happyiness": ((14, "anger1_3", 32, 38, 50, 12, "positive", MACRO, "happyiness"), "note", "label-spelling", 1),
    "emotion in capitals": ((14, "anger1_3", 32, 38, 50, 12, "Positive", MACRO, ""), "note", "label-spelling", 1),
    "unknown emotion": ((14, "anger1_3", 32, 38, 50, 12, "blue", MACRO, ""), "warning", "label-spelling", 1),
    "no video": ((15, "anger1_12", 32, 38, 50, 12, "positive", MACRO, ""), "error", "video-missing", 0),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_row(name, tmp_path):
    row, severity, code, kept = ODD[name]
    reading = read(tmp_path, [GOOD, row], {VIDEO: files(60)})
    assert [(f.severity, f.code) for f in reading.findings] == [(severity, code)]
    (video,) = reading.videos
    assert len(video.info.expressions) == 1 + kept
    where = reading.findings[0].where
    assert "row 2" in where or ("row 1 " in where and code == "overlap")


def test_action_units_and_notes_of_a_row(tmp_path):
    rows = [(14, "anger1_12", 10, 20, 30, "4+10+14", "others", MICRO, "sadness")]
    (video,) = read(tmp_path, rows, {VIDEO: files(60)}).videos
    (e,) = video.info.expressions
    assert (video.info.video_id, video.info.subject, video.info.video) == ("s31_0401", "s31", "0401")
    assert (video.info.fps, video.info.num_frames, video.info.first_number) == (30.0, 60, 1)
    assert (e.kind, e.emotion, e.coarse, e.aus) == ("micro", "others", "others", ("AU4", "AU10", "AU14"))
    assert '"self_report": "sadness"' in e.notes
    assert '"clip": "anger1_12"' in e.notes


def test_every_index_and_stimulus_finds_its_video(tmp_path):
    rows, folders, wanted = [], {}, set()
    for index, number in enumerate(casme_sq.ON_DISK, 1):
        code, stimulus = casme_sq.CODES[index % 9]
        rows.append((index, f"{stimulus}_{index}", 2, 3, 4, 1, "others", MICRO, "pain"))
        folders[f"rawpic/s{number}/{number}_{code}word"] = files(5)
        wanted.add((f"s{number}", code, 1))
    reading = read(tmp_path, rows, folders)
    assert {(v.info.subject, v.info.video, len(v.info.expressions)) for v in reading.videos} == wanted
    assert reading.findings == ()
