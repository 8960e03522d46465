"""Each repair rule on rows where it applies, and on rows where it must not."""

import pytest

from tfds_builders.archives import rules
from tfds_builders.archives.annotation import Annotation, Frames

ROW = Annotation("table.xlsx", 7, ("s1", "s1_1"), "s1_1_1", 10, 15, 20, "micro")
THERE = rules.Situation(ROW, first=1, last=100)


@pytest.mark.parametrize(
    ("rule", "frames", "after"),
    [
        (rules.offset_to_apex, (10, 15, 0), (10, 15, 15)),
        (rules.offset_to_apex, (10, 15, None), (10, 15, 15)),
        (rules.offset_to_apex, (10, None, 0), "untouched"),
        (rules.offset_to_apex, (10, 15, 20), "untouched"),
        (rules.offset_symmetric, (10, 15, 0), (10, 15, 20)),
        (rules.offset_symmetric, (10, 80, 0), (10, 80, 100)),
        (rules.offset_symmetric, (10, 5, 0), "untouched"),
        (rules.offset_symmetric, (10, 15, 16), "untouched"),
        (rules.offset_clamped, (10, 15, 101), (10, 15, 100)),
        (rules.offset_clamped, (10, 15, 100), "untouched"),
        (rules.offset_clamped, (101, 105, 110), "untouched"),
        (rules.onset_clamped, (0, 15, 20), (1, 15, 20)),
        (rules.onset_clamped, (1, 15, 20), "untouched"),
        (rules.onset_clamped, (-9, -5, 0), "untouched"),
        (rules.onset_before_start_left_out, (0, 15, 20), None),
        (rules.onset_before_start_left_out, (1, 15, 20), "untouched"),
        (rules.apex_to_middle, (10, 0, 20), (10, 15, 20)),
        (rules.apex_to_middle, (10, None, 21), (10, 15, 21)),
        (rules.apex_to_middle, (10, 12, 20), "untouched"),
        (rules.apex_outside_unknown, (10, 25, 20), (10, None, 20)),
        (rules.apex_outside_unknown, (10, 20, 20), "untouched"),
    ],
)
def test_a_rule(rule, frames, after):
    change = rule(Frames(*frames), THERE)
    if after == "untouched":
        assert change is None
    else:
        assert change.frames == (None if after is None else Frames(*after))
        assert change.what
        assert change.action


def test_known_errors_are_put_right_in_their_own_video_only():
    rule = rules.known_errors({(("s1", "s1_1"), Frames(10, 5, 20)): Frames(10, 15, 20)}, "somebody")
    assert rule(Frames(10, 5, 20), THERE).frames == Frames(10, 15, 20)
    assert "somebody" in rule(Frames(10, 5, 20), THERE).action
    assert rule(Frames(10, 6, 20), THERE) is None
    other = rules.Situation(Annotation("t", 1, ("s2", "s2_1"), "x", 1, 2, 3, "micro"), 1, 100)
    assert rule(Frames(10, 5, 20), other) is None


def test_rules_follow_one_another_and_stop_where_a_row_is_left_out():
    order = (rules.offset_symmetric, rules.onset_before_start_left_out, rules.apex_outside_unknown)
    frames, changes = rules.apply_rules(order, Frames(10, 15, 0), THERE)
    assert (frames, [c.code for c in changes]) == (Frames(10, 15, 20), ["offset-missing"])
    frames, changes = rules.apply_rules(order, Frames(0, 90, 0), THERE)
    assert frames is None
    assert [c.code for c in changes] == ["offset-missing", "onset-before-start"]
