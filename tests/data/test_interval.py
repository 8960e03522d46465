"""Intervals hold both ends."""

from hypothesis import given
from hypothesis import strategies as st

from mebench.data.interval import Expression, Interval, VideoInfo

intervals = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda p: Interval(min(p), max(p)))


def test_both_ends_count():
    assert len(Interval(3, 3)) == 1
    assert Interval(0, 9).iou(Interval(5, 14)) == 5 / 15
    assert Interval(0, 4).iou(Interval(5, 9)) == 0


@given(intervals, intervals)
def test_iou_equals_that_of_frame_sets(a, b):
    frames_a, frames_b = set(range(a.onset, a.offset + 1)), set(range(b.onset, b.offset + 1))
    assert a.iou(b) == len(frames_a & frames_b) / len(frames_a | frames_b) == b.iou(a)


def test_micro_leaves_out_macro():
    micro = Expression(1, 2, 3, "micro", "fear", "negative", "fear")
    macro = Expression(5, 8, 30, "macro", "fear", "negative", "fear")
    assert VideoInfo("d", "v", "s", "v", 30.0, 60, (micro, macro)).micro == (micro,)
