"""What CAS(ME)^3's tables are known to hold, and what each policy makes of it."""

from dataclasses import dataclass, field

import pytest
from fixtures.archives import casme3
from fixtures.archives.casme3 import MACRO, Row
from fixtures.archives.listed import listed

from tfds_builders.casme3.casme3_dataset_builder import Builder
from tfds_builders.casme3.part_a import read_part_a

SOUND = Row("spNO.5", "a", "3", "6", "9", emotion="fear")


def jpg(*spans):
    return [f"{n}.jpg" for first, last in spans for n in range(first, last + 1)]


@dataclass(frozen=True)
class Case:
    """A row (or several), and what comes of it.

    Attributes:
        name: of the quirk.
        rows: of the table, besides a sound one of another video.
        codes: what is reported of the rows, apart from the notes that every reading has.
        published, recommended: (onset, apex, offset) as numbers of files, -1 for no apex; None: left out.
        last: number of the last file of every video; the first is 1 unless `first` says otherwise.
        index: the JpgIndex table holds them and is the only table.
    """

    name: str
    rows: tuple[Row, ...]
    codes: frozenset[str]
    published: tuple
    recommended: tuple
    last: int = 60
    first: int = 1
    index: bool = field(default=False)


def one(name, row, codes, published, recommended, **more):
    return Case(name, (row,), frozenset(codes), (published,), (recommended,), **more)


def micro(subject, clip, onset, apex, offset, emotion="disgust", **more):
    return Row(subject, clip, str(onset), str(apex), str(offset), emotion=emotion, **more)


CASES = (
    one(
        "apex 83 before onset 112 in JpgIndex",
        micro("spNO.149", "d", 112, 83, 170),
        {"known-error", "kind-doubtful", "micro-too-long"},
        (112, 83, 170),
        (112, 160, 170),
        last=200,
        index=True,
    ),
    one(
        "onset 3647 behind apex 2668 in JpgIndex",
        micro("spNO.216", "d", 3647, 2668, 2680),
        {"known-error", "kind-doubtful", "micro-too-long"},
        None,
        (2647, 2668, 2680),
        last=3700,
        index=True,
    ),
    Case(
        "offset 0 twice in JpgIndex",
        (micro("spNO.40", "e", 1820, 1832, 0), micro("spNO.40", "e", 2380, 2392, 0)),
        frozenset({"known-error", "kind-doubtful", "micro-too-long"}),
        (None, None),
        ((1820, 1832, 1845), (2380, 2392, 2403)),
        last=2500,
        index=True,
    ),
    one(
        "0/0/25 and no frame 0",
        micro("spNO.216", "e", 0, 0, 25),
        {"known-error", "apex-is-onset", "micro-too-long"},
        None,
        (1, 1, 25),
    ),
    one(
        "0/0/25 where there is a frame 0",
        micro("spNO.216", "e", 0, 0, 25),
        {"apex-is-onset", "micro-too-long"},
        (0, 0, 25),
        (0, 0, 25),
        first=0,
    ),
    one(
        "5/5/3460",
        micro("spNO.214", "c", 5, 5, 3460),
        {"known-error", "apex-is-onset", "micro-too-long"},
        (5, 5, 3460),
        (5, 5, 34),
        last=3500,
    ),
    one("apex is the onset", micro("spNO.7", "f", 8, 8, 14), {"apex-is-onset"}, (8, 8, 14), (8, 8, 14)),
    one("apex before the onset", micro("spNO.7", "f", 8, 5, 14), {"apex-outside"}, (8, 5, 14), (8, -1, 14)),
    one("apex behind the video", micro("spNO.7", "f", 8, 90, 14), {"apex-outside"}, (8, -1, 14), (8, -1, 14)),
    one("no apex", micro("spNO.7", "f", 8, "", 14), {"apex-missing"}, (8, -1, 14), (8, -1, 14)),
    one("offset behind the video", micro("spNO.7", "f", 50, 55, 64), {"offset-after-end"}, None, (50, 55, 60)),
    one("onset 0", micro("spNO.7", "f", 0, 4, 9), {"onset-before-start"}, None, (1, 4, 9)),
    one("offset before onset", micro("spNO.7", "f", 20, "", 12), {"apex-missing", "offset-before-onset"}, None, None),
    one("onset is no number", micro("spNO.7", "f", "x", 22, 32), {"not-a-number"}, None, None),
    one("offset empty", micro("spNO.7", "f", 20, 22, ""), {"not-a-number"}, None, None),
    one(
        "onset with a fraction",
        micro("spNO.7", "f", "20.5", "22.0", "27"),
        {"fraction"},
        (21, 22, 27),
        (21, 22, 27),
    ),
    one(
        "micro by apex - onset, longer than 0.5 s",
        micro("spNO.7", "f", 10, 16, 50),
        {"micro-too-long"},
        (10, 16, 50),
        (10, 16, 50),
    ),
    Case(
        "overlap of a micro- and a macro-expression",
        (micro("spNO.7", "f", 10, 14, 20), Row("spNO.7", "f", "15", "30", "45", "12", MACRO)),
        frozenset({"overlap"}),
        ((10, 14, 20), (15, 30, 45)),
        ((10, 14, 20), (15, 30, 45)),
    ),
    Case(
        "the same row twice",
        (micro("spNO.7", "f", 10, 14, 20), micro("spNO.7", "f", 10, 14, 20)),
        frozenset({"row-twice"}),
        ((10, 14, 20),),
        ((10, 14, 20),),
    ),
    one(
        "upper case, no dot, blanks in subject and clip",
        micro(" spNo007 ", "F", 10, 14, 20),
        set(),
        (10, 14, 20),
        (10, 14, 20),
    ),
    one(
        "subject out of the tree",
        micro("../x", "f", 10, 14, 20),
        {"row-unreadable", "video-without-rows"},
        None,
        None,
    ),
    one(
        "subject of thirty digits",
        micro("spNO." + "9" * 30, "f", 10, 14, 20),
        {"row-unreadable", "video-without-rows"},
        None,
        None,
    ),
    one(
        "clip is an emoji",
        micro("spNO.7", "\U0001f642", 10, 14, 20),
        {"row-unreadable", "video-without-rows"},
        None,
        None,
    ),
    one(
        "type is neither micro nor macro",
        micro("spNO.7", "f", 10, 14, 20, kind="?"),
        {"row-unreadable", "video-without-rows"},
        None,
        None,
    ),
)
ALWAYS = {"version-guess", "table-unused", "macro-unknown", "emotions-missing"}


def reading(tmp_path, rows, folders, variant, **tables):
    tree = listed(casme3.write_tables(tmp_path, rows, **tables), folders)
    return read_part_a(tree, Builder.CHOICES[variant])


def spans(result, video):
    return tuple(
        (e.onset + video.info.first_number, max(e.apex + video.info.first_number, -1) if e.apex >= 0 else -1,
         e.offset + video.info.first_number)
        for e in video.info.expressions
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_row_comes_to(case, tmp_path):
    folder = next(f"part_A/{r.subject.strip()}/{r.clip}/color" for r in case.rows)
    odd = any(not r.subject.strip().startswith("sp") or len(r.subject) > 12 or not r.clip.isascii() for r in case.rows)
    folder = "part_A/spNO.7/f/color" if odd else folder
    folders = {folder: jpg((case.first, case.last)), "part_A/spNO.5/a/color": jpg((1, 20))}
    rows = (SOUND, *case.rows)
    found = {}
    for policy in ("as_published", ""):
        result = reading(tmp_path, rows, folders, policy, xls=not case.index, jpg_index=case.index)
        assert not [f for f in result.findings if f.severity == "fatal"]
        assert len(result.videos) == 2
        found[policy] = spans(result, max(result.videos, key=lambda video: video.info.subject != "spNO.5"))
        codes = {f.code for f in result.findings} - ALWAYS
        if policy == "":
            assert codes == case.codes
    assert found["as_published"] == tuple(span for span in case.published if span is not None)
    assert found[""] == tuple(span for span in case.recommended if span is not None)


def test_findings_name_the_row_and_expressions_keep_the_cells(tmp_path):
    rows = (SOUND, micro("spNO.214", "c", 5, 5, 3460, au="T28+14"))
    folders = {"part_A/spNO.5/a/color": jpg((1, 20)), "part_A/spNO.214/c/color": jpg((1, 3500))}
    result = reading(tmp_path, rows, folders, "")
    told = [f for f in result.findings if f.code == "known-error"]
    assert [f.where for f in told] == ["CAS(ME)3_part_A_v2.xls [AU+Emotion] row 3 (spNO.214, c 5)"]
    assert "meb" in told[0].action
    (expression,) = result.videos[0].info.expressions
    assert (expression.raw_row, expression.raw_onset, expression.raw_offset) == (3, "5", "3460")
    assert (expression.raw_aus, expression.aus) == ("T28+14", ("T28", "AU14"))
    assert expression.repairs == (f"{told[0].what}: {told[0].action}",)


@pytest.mark.parametrize(("variant", "kept"), [("", 3), ("max15", 2), ("max15_as_published", 2), ("depth_max15", 2)])
def test_max15_leaves_out_micro_expressions_that_are_longer_than_half_a_second(tmp_path, variant, kept):
    rows = (
        micro("spNO.7", "f", 10, 14, 25),
        micro("spNO.7", "f", 30, 36, 46),
        Row("spNO.7", "f", "1", "30", "55", kind=MACRO),
    )
    folders = {"part_A/spNO.7/f/color": jpg((1, 60)), "part_A/spNO.7/f/depth": [f"{n}.png" for n in range(1, 61)]}
    result = reading(tmp_path, rows, folders, variant)
    (video,) = result.videos
    assert len(video.info.expressions) == kept
    told = [f.where for f in result.findings if f.code == "micro-too-long" and f.severity == "repair"]
    assert told == ([] if kept == 3 else ["CAS(ME)3_part_A_v2.xls [AU+Emotion] row 3 (spNO.7, f 30)"])


def test_frames_are_found_by_their_number_where_files_are_missing(tmp_path):
    rows = (micro("spNO.3", "j", 10, 14, 20), micro("spNO.3", "j", 40, 44, 50))
    folders = {"part_A/spNO.3/J/color": jpg((1, 9), (12, 41), (45, 60))}
    result = reading(tmp_path, rows, folders, "")
    (video,) = result.videos
    assert (video.info.video_id, video.info.missing_numbers) == ("spNO.3_j", "10-11,42-44")
    first, second = video.info.expressions
    assert [video.files[i] for i in (first.onset, first.apex, first.offset)] == ["12.jpg", "14.jpg", "20.jpg"]
    assert [video.files[i] for i in (second.onset, second.apex, second.offset)] == ["40.jpg", "45.jpg", "50.jpg"]
    codes = [f.code for f in result.findings]
    assert codes.count("frame-gap") == 1
    assert codes.count("gap-in-expression") == 1
    assert codes.count("frame-missing") == 2


def test_spellings_of_emotions_and_blinks_are_told(tmp_path):
    rows = (SOUND, micro("spNO.7", "f", 10, 14, 20, emotion="Others"), micro("spNO.7", "f", 30, 34, 40, emotion="woe"))
    folders = {"part_A/spNO.5/a/color": jpg((1, 20)), "part_A/spNO.7/f/color": jpg((1, 60))}
    result = reading(tmp_path, rows, folders, "")
    told = {f.code: f for f in result.findings}
    assert (told["label-spelling"].what, told["label-spelling"].action) == (
        "emotion 'Others' in 1 rows",
        "read as others",
    )
    assert told["label-unknown"].severity == "warning"
    assert "eye blink" in told["table-unused"].where
    labels = [(e.emotion, e.coarse, e.fine) for video in result.videos for e in video.info.expressions]
    assert labels == [("fear", "negative", "fear"), ("Others", "others", "others"), ("woe", "", "")]
