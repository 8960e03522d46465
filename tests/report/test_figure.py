"""The picture of a run is a PNG, a page for each twenty videos, the same bytes for the same run."""

import cv2
import numpy as np

from mebench.data.interval import Expression, Interval
from mebench.report.figure import VideoCurve, draw_run

MICRO = Expression(10, 13, 18, "micro", "fear", "negative", "fear")
MACRO = Expression(30, 40, 55, "macro", "joy", "positive", "happiness")


def curve(name: str) -> VideoCurve:
    scores = np.sin(np.arange(80) / 7.0)
    return VideoCurve(name, 30.0, scores, 0.8, np.array([11]), ((Interval(6, 16), "negative"),), (MICRO, MACRO))


def test_pages_are_pictures_and_reproducible(tmp_path):
    curves = [curve(f"v{i}") for i in range(21)]
    confusion = np.array([[3, 1, 0, 0], [0, 2, 0, 0], [0, 0, 1, 1]])
    classes = ("negative", "positive", "surprise")
    paths = draw_run(tmp_path, "a/b", curves, classes, confusion)
    assert [path.name for path in paths] == ["picture.png", "picture_02.png"]
    first = paths[0].read_bytes()
    assert cv2.imdecode(np.frombuffer(first, np.uint8), cv2.IMREAD_COLOR).shape[1] > 1000
    draw_run(tmp_path, "a/b", curves, classes, confusion)
    assert paths[0].read_bytes() == first


def test_video_without_scores_and_run_without_videos(tmp_path):
    empty = VideoCurve("v", 30.0, np.zeros(0), 0.0, np.zeros(0, int), (), ())
    assert len(draw_run(tmp_path, "t", [empty], ("negative",), np.zeros((1, 2), int))) == 1
    assert len(draw_run(tmp_path, "t", [], ("negative",), np.zeros((1, 2), int))) == 1
