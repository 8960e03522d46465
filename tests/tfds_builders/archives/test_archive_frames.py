"""From cells to positions: by hand, the degenerate rows, and any row whatever."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfds_builders.archives import rules
from tfds_builders.archives.annotation import Annotation, Clip, Span
from tfds_builders.archives.frames import repair

CELLS = st.one_of(st.none(), st.integers(-5, 130), st.floats(), st.text(max_size=4), st.booleans(), st.just("-1"))


def row(onset, apex, offset):
    return Annotation("table.xlsx", 7, ("s1", "s1_1"), "s1_1_1", onset, apex, offset, "micro")


def clip(*numbers):
    return Clip(("s1", "s1_1"), "s1/s1_1", {n: f"{n}.jpg" for n in numbers})


WHOLE = clip(*range(1, 101))


@pytest.mark.parametrize(
    ("cells", "policy", "frames", "codes"),
    [
        ((10, 15, 20), "as_published", (9, 14, 19), []),
        (("10", " 15 ", "20"), "as_published", (9, 14, 19), []),
        ((10.5, 15.4, 19.6), "as_published", (10, 14, 19), ["fraction"]),
        ((10.5, 15.4, 19.6), "mean", (9, 14, 18), ["fraction"]),
        ((10, "/", 20), "as_published", (9, None, 19), ["apex-missing"]),
        ((10, "\\", 20), "as_published", (9, None, 19), ["apex-missing"]),
        ((10, -1069, 20), "as_published", (9, None, 19), ["apex-missing"]),
        ((10, 0, 20), "as_published", (9, None, 19), ["apex-outside"]),
        ((10, 25, 20), "as_published", (9, 24, 19), []),
        ((20, 15, 10), "as_published", None, ["offset-before-onset"]),
        ((10, 15, 0), "as_published", None, ["offset-before-onset"]),
        ((0, 15, 20), "as_published", None, ["outside-video"]),
        ((10, 15, 101), "as_published", None, ["outside-video"]),
        (("x", 15, 20), "as_published", None, ["not-a-number"]),
        ((10, 15, None), "as_published", None, ["not-a-number"]),
    ],
)
def test_a_row_without_rules(cells, policy, frames, codes):
    done = repair(row(*cells), WHOLE, policy, ())
    assert done.span == (None if frames is None else Span(*frames))
    assert [finding.code for finding in done.findings] == codes
    assert len(done.repairs) == len(codes)


def test_missing_files_are_stood_in_for_by_the_nearest_inside():
    holes = clip(1, 2, 5, 6, 7, 20, 21)
    done = repair(row(3, 10, 19), holes, "recommended", ())
    assert done.span == Span(2, None, 4)
    assert [finding.code for finding in done.findings] == ["frame-missing"] * 3
    assert [finding.severity for finding in done.findings] == ["repair"] * 3
    assert "onset 3 is not there, 5 stands for it" in done.repairs[0]
    assert repair(row(8, 9, 19), holes, "recommended", ()).span is None


@pytest.mark.parametrize(
    ("cells", "numbers", "apex"),
    [
        ((101, 110, 160), [*range(1, 101), *range(150, 201)], None),  # the nearest file is 100, before the onset
        ((90, 102, 160), [*range(1, 101), *range(150, 201)], 100),  # two frames away
        ((90, 103, 160), [*range(1, 101), *range(150, 201)], None),  # three
        ((90, 149, 160), [*range(1, 101), *range(150, 201)], 150),
        ((90, 100, 160), [*range(1, 101), *range(150, 201)], 100),  # there
        ((10, 12, 20), [*range(1, 12), *range(13, 31)], 13),  # as near on both sides: the later one
        ((10, 12, 12), [*range(1, 12), *range(13, 31)], 11),  # the later one would lie behind the offset
        ((12, 12, 20), [*range(1, 12), *range(13, 31)], 13),  # the earlier one would lie before the onset
    ],
)
def test_an_apex_without_a_file_is_one_near_it_in_the_expression_or_unknown(cells, numbers, apex):
    done = repair(row(*cells), clip(*numbers), "recommended", EVERY)
    assert (None if done.span.apex is None else numbers[done.span.apex]) == apex
    assert ("apex unknown" in [finding.action for finding in done.findings]) == (apex is None)


EVERY = (rules.offset_symmetric, rules.offset_clamped, rules.onset_clamped, rules.apex_outside_unknown)


@given(CELLS, CELLS, CELLS, st.sets(st.integers(-3, 120), min_size=1), st.sampled_from(["recommended", "mean"]))
def test_any_row_is_sound_or_left_out(onset, apex, offset, numbers, policy):
    done = repair(row(onset, apex, offset), clip(*sorted(numbers)), policy, EVERY)
    if done.span is None:
        assert done.repairs
    else:
        found = done.span
        assert 0 <= found.onset <= found.offset < len(numbers)
        assert found.apex is None or found.onset <= found.apex <= found.offset


@given(*[st.integers(1, 60)] * 3, st.sets(st.integers(1, 60), min_size=1))
def test_an_apex_is_never_farther_than_two_frames_from_what_the_table_says(onset, apex, offset, numbers):
    files = sorted(numbers)
    done = repair(row(onset, apex, offset), clip(*files), "as_published", ())
    if done.span is not None and done.span.apex is not None:
        assert abs(files[done.span.apex] - apex) <= 2
        assert apex in numbers or done.span.onset <= done.span.apex <= done.span.offset


@pytest.mark.parametrize(
    ("policy", "severity"), [("recommended", "error"), ("mean", "repair"), ("as_published", "repair")]
)
def test_an_expression_that_no_rule_saves_is_lost(policy, severity):
    done = repair(row(10, 15, 101), WHOLE, policy, ())
    assert [(finding.severity, finding.code) for finding in done.findings] == [(severity, "outside-video")]


def test_no_apex_is_missing_where_the_table_has_no_column_of_it():
    done = repair(dataclasses.replace(row(10, None, 20), has_apex=False), WHOLE, "recommended", ())
    assert (done.span, done.findings) == (Span(9, None, 19), ())
