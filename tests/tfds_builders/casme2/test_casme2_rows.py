"""What CASME II's table is known to hold, row by row, and what each policy makes of it."""

from dataclasses import dataclass

import pytest
from fixtures.archives import casme2
from fixtures.archives.listed import listed

from tfds_builders.archives.tree import scan
from tfds_builders.casme2.casme2_dataset_builder import Builder
from tfds_builders.casme2.table import read_table, rows_by_clip

POLICIES = ("recommended", "mean", "as_published")


def read(root, rows, folders, variant=""):
    casme2.write_table(root / "CASME2-coding-20190701.xlsx", rows)
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    return builder.read(listed(root, folders), builder.CHOICES[variant])


def raw(*clips, last=400):
    return {f"CASME2-RAW/sub{s}/{name}": [f"img{n}.jpg" for n in range(1, last + 1)] for s, name in clips}


@dataclass(frozen=True)
class Case:
    """Subject, file name, onset, apex and offset of a row of a clip with files 1 to 400, and what comes of it.

    Attributes:
        name: of the quirk.
        cells: as the table has them.
        codes: what is reported, by policy in the order of POLICIES.
        spans: (onset, apex, offset) by policy, 0-based, -1 for no apex; None: left out.
    """

    name: str
    cells: tuple
    codes: tuple[str, str, str]
    spans: tuple


def same(name, cells, code, span):
    return Case(name, cells, (code,) * 3, (span,) * 3)


CASES = (
    same("a sound row", ("01", "EP02_01f", 46, 59, 86), "", (45, 58, 85)),
    same("subject as a number", (1, "EP02_01f", 46, 59, 86), "", (45, 58, 85)),
    same("frames as text", ("01", "EP02_01f", "46", "59", "86"), "", (45, 58, 85)),
    Case(
        "04/EP12_01f, apex '/'",
        ("04", "EP12_01f", 261, "/", 321),
        ("apex-missing", "apex-missing,apex-missing", "apex-missing"),
        ((260, -1, 320), None, (260, -1, 320)),
    ),
    same("05/EP09_05f, apex on the onset", ("05", "EP09_05f", 69, 69, 123), "apex-is-onset", (68, 68, 122)),
    same("05/EP16_04f, apex on the offset", ("05", "EP16_04f", 141, 181, 181), "apex-is-offset", (140, 180, 180)),
    Case(
        "12/EP09_06, apex on the offset",
        ("12", "EP09_06", 66, 111, 111),
        ("apex-is-offset", "apex-is-offset,known-error", "apex-is-offset"),
        ((65, 110, 110), None, (65, 110, 110)),
    ),
    same("20/EP16_01, apex on the offset", ("20", "EP16_01", 71, 111, 111), "apex-is-offset", (70, 110, 110)),
    same("25/EP18_04f, apex on the offset", ("25", "EP18_04f", 76, 116, 116), "apex-is-offset", (75, 115, 115)),
    Case(
        "offset behind the last file",
        ("01", "EP02_01f", 350, 380, 410),
        ("offset-after-end", "outside-video", "outside-video"),
        ((349, 379, 399), None, None),
    ),
    Case(
        "onset before the first file",
        ("01", "EP02_01f", 0, 20, 40),
        ("onset-before-start", "outside-video", "outside-video"),
        ((0, 19, 39), None, None),
    ),
    Case(
        "apex outside",
        ("01", "EP02_01f", 46, 30, 86),
        ("apex-outside", "apex-outside", "apex-outside"),
        ((45, -1, 85), (45, 29, 85), (45, 29, 85)),
    ),
    Case(
        "offset before onset",
        ("01", "EP02_01f", 80, 85, 40),
        ("apex-outside,offset-before-onset", "offset-before-onset", "offset-before-onset"),
        (None, None, None),
    ),
    same("half a second from onset to offset", ("01", "EP02_01f", 46, 59, 146), "", (45, 58, 145)),
    same("longer than half a second", ("01", "EP02_01f", 46, 59, 147), "micro-too-long", (45, 58, 146)),
    same("onset that is no number", ("01", "EP02_01f", "x", 59, 146), "not-a-number", None),
)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_row(case, policy, tmp_path):
    subject, name, *frames = case.cells
    rows = [(*case.cells, "4+L10", "disgust")]
    reading = read(tmp_path, rows, raw((f"{int(subject):02d}", name)), "" if policy == "recommended" else policy)
    (video,) = reading.videos
    place = POLICIES.index(policy)
    spans = [(e.onset, e.apex, e.offset) for e in video.info.expressions]
    assert spans == ([] if case.spans[place] is None else [case.spans[place]])
    codes = sorted(f.code for f in reading.findings if f.code != "no-expressions")  # the table has one row
    assert ",".join(codes) == case.codes[place]
    for e in video.info.expressions:
        assert [e.raw_onset, e.raw_apex, e.raw_offset, e.raw_row] == [*map(str, frames), 2]
        assert (e.kind, e.emotion, e.fine, e.coarse, e.aus) == (
            "micro",
            "disgust",
            "disgust",
            "negative",
            ("AU4", "L10"),
        )
        assert e.notes == '{"objective_class": 1}'
    assert video.info.video_id == f"sub{int(subject):02d}_{name}"
    assert (video.info.subject, video.info.video) == (f"{int(subject):02d}", name)
    assert (video.info.fps, video.info.first_number) == (200.0, 1)


GOOD = ("01", "EP02_01f", 46, 59, 86, 12, "happiness")
ODD = {
    "no subject": ((None, *GOOD[1:]), "row-unreadable"),
    "subject 0": ((0, *GOOD[1:]), "row-unreadable"),
    "subject in words": (("one", *GOOD[1:]), "row-unreadable"),
    "huge subject": ((10**30, *GOOD[1:]), "row-unreadable"),
    "a path for a name": (("01", "../EP02", *GOOD[2:]), "row-unreadable"),
    "no name": (("01", None, *GOOD[2:]), "row-unreadable"),
    "the same row again": (GOOD, "row-twice"),
    "the clip again, other frames": (("01", "EP02_01F", 100, 110, 120, 12, "happiness"), "row-twice"),
    "no folder": (("09", "EP02_02f", 46, 59, 86, 4, "others"), "video-missing"),
    "emotion in capitals": (("02", "EP09f", 46, 59, 86, 4, "Disgust"), "label-spelling"),
    "unknown emotion": (("02", "EP09f", 46, 59, 86, 4, "blue"), "label-spelling"),
    "no emotion": (("02", "EP09f", 46, 59, 86, 4, None), "label-spelling"),
    "action units '?'": (("02", "EP09f", 46, 59, 86, "?", "others"), "aus-unknown"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_row(name, tmp_path):
    row, code = ODD[name]
    folders = raw(("01", "EP02_01f"), ("02", "EP09f"))
    reading = read(tmp_path, [GOOD, row], folders)
    codes = [f.code for f in reading.findings if f.code != "video-without-rows"]
    assert codes == [code]
    assert "row 3" in next(f.where for f in reading.findings if f.code == code)


def test_emotions_in_the_common_vocabulary(tmp_path):
    words = ("others", "disgust", "happiness", "repression", "surprise", "sadness", "fear")
    rows = [("03", f"EP0{i}_1", 46, 59, 86, 4, word) for i, word in enumerate(words)]
    reading = read(tmp_path, rows, raw(*(("03", row[1]) for row in rows)))
    found = [(e.fine, e.coarse) for v in reading.videos for e in v.info.expressions]
    coarse = ("others", "negative", "positive", "negative", "surprise", "negative", "negative")
    assert found == list(zip(words, coarse, strict=True))


def test_odd_names_are_found_in_any_case(tmp_path):
    rows = [("07", name, 46, 59, 86, 4, "fear") for name in ("EP01_2", "EP08_1", "EP06_02_01", "EP06_02_02", "EP09f")]
    reading = read(tmp_path, rows, raw(*(("07", row[1].lower()) for row in rows)))
    assert [v.info.video for v in reading.videos] == sorted(row[1] for row in rows)
    assert reading.findings == ()


def test_rows_by_clip_for_questions(tmp_path):
    casme2.write_table(tmp_path / "t.xlsx", casme2.ROWS)
    table, _ = read_table(scan(tmp_path))
    found = rows_by_clip(table.rows)
    assert found[(1, "ep02_01f")].onset == 4
    assert found[(11, "ep06_02_02")].key == ("11", "EP06_02_02")
