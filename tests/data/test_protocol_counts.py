"""Clips that are not as many as a protocol has are told, class by class."""

import pytest

from mebench.data.interval import Expression, VideoInfo
from mebench.data.label_maps import LABEL_MAPS
from mebench.data.protocol_counts import count_note

CLASSES = ("negative", "positive", "surprise")


def infos(negative, positive, surprise, unknown=0):
    """Clips of made-up names with their class."""
    words = ["negative"] * negative + ["positive"] * positive + ["surprise"] * surprise + [""] * unknown
    rows = [(Expression(0, -1, 9, "micro", "x", word, ""),) for word in words]
    return [VideoInfo("casme2", f"c{i}", "01", f"c{i}", 200.0, 20, row) for i, row in enumerate(rows)]


def test_the_published_clips_are_nothing_to_talk_of():
    assert count_note(LABEL_MAPS["casme2_3"], CLASSES, infos(88, 32, 25, 110)) == ""


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((88, 32, 28), "casme2: 148 clips have a class of casme2_3, published are 145 (surprise 28, not 25)"),
        ((89, 32, 24), "published are 145 (negative 89, not 88; surprise 24, not 25)"),  # as many, of other classes
        ((0, 0, 0), "0 clips"),
    ],
)
def test_other_clips_are_told_by_class(found, said):
    assert said in count_note(LABEL_MAPS["casme2_3"], CLASSES, infos(*found))


def test_classes_that_are_not_recognised_do_not_count_and_a_map_without_numbers_says_nothing():
    assert count_note(LABEL_MAPS["casme2_3"], CLASSES[:2], infos(88, 32, 3)) == ""
    assert count_note(LABEL_MAPS["four_dme_5"], CLASSES, infos(1, 1, 1)) == ""
    macro = [VideoInfo("casme_sq", "a", "1", "a", 30.0, 20, (Expression(0, -1, 9, "macro", "x", "negative", ""),))]
    assert "0 clips have a class of casme_sq_3" in count_note(LABEL_MAPS["casme_sq_3"], CLASSES, macro)
