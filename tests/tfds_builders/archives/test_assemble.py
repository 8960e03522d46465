"""Clips and rows put together: what is kept, what is told, and what a row's expression holds."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tfds_builders.archives.annotation import Annotation, Clip
from tfds_builders.archives.assemble import Recipe, assemble, counts_of
from tfds_builders.archives.rules import offset_to_apex

RECIPE = Recipe(dataset="made", fps=30.0, policy="mean", rules=(offset_to_apex,))


def row(number, key, onset, apex, offset, kind="micro", aus=None, **notes):
    return Annotation(
        "t.xlsx", number, key, f"n{number}", onset, apex, offset, kind, "Anger", "negative", "anger", aus, notes
    )


def clip(key, numbers=range(1, 61), folder=None):
    return Clip(key, folder or "/".join(key), {n: f"{n}.jpg" for n in numbers})


A, B, C = ("s1", "a"), ("s1", "b"), ("s2", "a")


def codes(findings):
    return sorted(finding.code for finding in findings)


def test_by_hand():
    rows = [
        row(2, A, 30, 35, 0, aus="4+L10", Remarks="x", Empty=None),
        row(3, A, 10, 12, 14, "macro", aus="23/24"),
        row(4, C, 1, 5, 9),
    ]
    videos, findings = assemble(RECIPE, [clip(C), clip(A), clip(B)], rows)
    assert [v.info.video_id for v in videos] == ["s1_a", "s1_b", "s2_a"]
    first, second = videos[0].info.expressions
    assert (first.kind, first.onset, first.apex, first.offset, first.aus) == ("macro", 9, 11, 13, ("AU23?", "AU24?"))
    assert (second.onset, second.apex, second.offset, second.aus) == (29, 34, 34, ("AU4", "L10"))
    assert (second.raw_row, second.raw_onset, second.raw_offset, second.raw_aus) == (2, "30", "0", "4+L10")
    assert second.repairs == ("no offset: offset := apex 35",)
    assert json.loads(second.notes) == {"Remarks": "x"}
    assert first.notes == ""
    assert codes(findings) == ["offset-missing", "video-without-rows"]
    found = {count.what: (count.found, count.published) for count in counts_of(videos, rows, {"videos": 4})}
    assert found["videos"] == (3, 4)
    assert found["micro rows"] == (2, None)
    assert found["micro-expressions kept"] == (2, None)
    assert found["frames"] == (180, None)


def test_what_is_odd_is_told():
    rows = [
        row(2, A, 1, 1, 20),  # longer than half a second, apex on the onset
        row(3, A, 15, 40, 18, aus="glare"),  # overlaps it, apex outside, no action unit
        row(4, B, 10, 12, 14),  # its video is missing
    ]
    short = clip(A, [*range(1, 17), *range(18, 61)])
    videos, findings = assemble(RECIPE, [short, clip(A, range(1, 9), "copy/a"), clip(C, [])], rows)
    assert codes(findings) == sorted(
        ["apex-is-onset", "apex-outside", "au-unparsed", "frame-gap", "gap-in-expression", "gap-in-expression",
         "micro-too-long", "no-frames", "overlap", "video-missing", "video-twice"]
    )  # fmt: skip
    assert videos[0].info.missing_numbers == "17"
    assert videos[0].info.num_frames == 59
    assert videos[0].folder == "s1/a"


def test_clips_without_rows_are_left_out_where_they_tell_nothing():
    short = Recipe(dataset="made", fps=30.0, policy="as_published", lone_clips=False)
    videos, findings = assemble(short, [clip(A), clip(B)], [row(2, A, 1, 2, 3)])
    assert [v.info.video for v in videos] == ["a"]
    assert codes(findings) == ["video-without-rows"]


def test_an_empty_archive_is_an_error_that_says_what_to_do():
    videos, findings = assemble(RECIPE, [], [])
    assert videos == ()
    assert [(f.severity, f.code) for f in findings] == [("fatal", "no-videos")]
    assert "--archive" in findings[0].action


ROWS = [row(2, A, 1, 2, 3), row(3, A, 5, 6, 0), row(4, C, 7, 9, 11), row(5, C, 7, 9, 11, "macro")]


@given(st.permutations(ROWS), st.permutations([clip(A), clip(B), clip(C)]))
def test_order_does_not_matter(rows, clips):
    assert assemble(RECIPE, clips, rows)[0] == assemble(RECIPE, [clip(A), clip(B), clip(C)], ROWS)[0]
