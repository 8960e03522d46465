"""Rows for the scorer."""

import pytest
from fixtures.made_videos import video, with_info

from mebench.tables.manifest import TruthRow, VideoRow, manifest_rows, truth_rows

INFOS = [video("s2", 0).info, video("s1", 1).info]


@pytest.mark.smoke
def test_manifest_lists_every_video_sorted():
    without = with_info(video("s1", 0), expressions=()).info
    assert manifest_rows([*INFOS, without]) == [
        VideoRow("made_videos", "s1", "take 0", 150, 29.97),
        VideoRow("made_videos", "s1", "take 1", 150, 29.97),
        VideoRow("made_videos", "s2", "take 0", 150, 29.97),
    ]


@pytest.mark.parametrize(
    ("label", "emotion"), [("coarse", "positive"), ("fine", "happiness"), ("emotion", "Happiness")]
)
def test_truth_holds_micro_expressions_sorted(label, emotion):
    assert truth_rows(INFOS, label) == [
        TruthRow("s1", "take 1", 11, 15, 21, emotion),
        TruthRow("s2", "take 0", 12, 16, 22, emotion),
    ]


def test_truth_of_macro_expressions():
    assert truth_rows(INFOS[:1], "fine", "macro") == [TruthRow("s2", "take 0", 90, -1, 149, "others")]
