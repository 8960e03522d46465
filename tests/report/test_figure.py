"""The picture of a run: PNG, PDF and SVG, a page for each twenty videos, the same bytes for the same run."""

import cv2
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from mebench.data.interval import Expression, Interval
from mebench.report.figure import draw_run
from mebench.report.panel import COLOURS, HIT, VideoCurve, draw_panel, lanes

MICRO = Expression(10, 13, 18, "micro", "fear", "negative", "fear")
MACRO = Expression(30, 40, 55, "macro", "joy", "positive", "happiness")
CLASSES = ("negative", "positive", "surprise")


PREDICTED = ((Interval(6, 16), "negative"),)


def curve(name: str, predicted=PREDICTED, true=(MICRO, MACRO), hits=((0, 0),)) -> VideoCurve:
    scores = np.sin(np.arange(80) / 7.0)
    return VideoCurve(name, 30.0, scores, 0.8, np.array([11]), tuple(predicted), tuple(true), hits)


KINDS = ("png", "pdf", "svg")


def test_twenty_videos_a_page_in_every_format(tmp_path, monkeypatch):
    monkeypatch.setattr("mebench.report.figure.VIDEOS_A_PAGE", 2)
    confusion = np.array([[3, 1, 0, 0], [0, 2, 0, 0], [0, 0, 1, 1]])
    paths = draw_run(tmp_path, "a/b", [curve(f"v{i}") for i in range(3)], CLASSES, confusion)
    assert [path.name for path in paths] == [f"picture{n}.{kind}" for n in ("", "_02") for kind in KINDS]
    png, pdf, svg = (path.read_bytes() for path in paths[:3])
    assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape[1] > 1000
    assert pdf.startswith(b"%PDF-")
    assert b"CreationDate" not in pdf
    assert b"<svg" in svg[:600]
    assert b"dc:date" not in svg
    assert b">v0<" in svg  # texts stay texts, so that a paper's editor finds them


def test_the_same_run_gives_the_same_bytes(tmp_path):
    first = [path.read_bytes() for path in draw_run(tmp_path, "a/b", [curve("v")], CLASSES, None)]
    assert [path.read_bytes() for path in draw_run(tmp_path, "a/b", [curve("v")], CLASSES, None)] == first


def test_video_without_scores_and_run_without_videos(tmp_path):
    empty = VideoCurve("v", 30.0, np.zeros(0), 0.0, np.zeros(0, int), (), ())
    assert len(draw_run(tmp_path, "t", [empty], ("negative",), np.zeros((1, 2), int))) == 3
    assert len(draw_run(tmp_path, "t", [], ("negative",), np.zeros((1, 2), int))) == 3


def panel(one: VideoCurve):
    """Draw a panel as large as on a page of twenty; return its axes and the renderer."""
    figure = Figure(figsize=(6.4, 1.75), dpi=80)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.05, 0.15, 0.94, 0.75))
    draw_panel(axes, one)
    canvas.draw()
    return axes, canvas.get_renderer()


def crowd(count: int) -> VideoCurve:
    """So many predictions, one every three frames, and as many micro-expressions."""
    spans = [Interval(10 + 3 * n, 15 + 3 * n) for n in range(count)]
    predicted = [(one, CLASSES[n % 3]) for n, one in enumerate(spans)]
    true = [
        Expression(one.onset, one.onset + 2, one.offset, "micro", "", CLASSES[n % 3], "") for n, one in enumerate(spans)
    ]
    return curve("v", predicted, [*true, MACRO], hits=())


@pytest.mark.parametrize("count", [2, 4, 5])
def test_labels_do_not_collide_and_stay_in_the_panel(count):
    axes, renderer = panel(crowd(count))
    boxes = [one.get_window_extent(renderer) for one in axes.texts]
    assert len(boxes) == 2 * count + 1
    inside = axes.get_window_extent(renderer)
    for place, box in enumerate(boxes):
        assert inside.y0 <= box.y0
        assert box.y1 <= inside.y1
        assert not any(box.overlaps(other) for other in boxes[:place])


def test_a_hit_and_a_miss_differ_in_filling_ground_and_mark():
    found, missed = Interval(6, 16), Interval(60, 70)
    axes, _ = panel(curve("v", [(found, "negative"), (missed, "positive")], (MICRO,), ((0, 0),)))
    bars = [one for one in axes.patches if one.get_height() and to_hex(one.get_facecolor()) != HIT]
    assert sorted(to_hex(one.get_facecolor()) for one in bars) == sorted([COLOURS["negative"]] * 2 + ["#ffffff"])
    grounds = [one for one in axes.patches if to_hex(one.get_facecolor()) == HIT]
    assert [(one.get_x(), one.get_width()) for one in grounds] == [(pytest.approx(6 / 30), pytest.approx(13 / 30))]
    crosses = [line for line in axes.lines if line.get_marker() == "x"]
    assert [tuple(line.get_xdata()) for line in crosses] == [(pytest.approx(65.5 / 30),)]


def test_without_a_truth_nothing_is_hit_or_missed():
    axes, _ = panel(curve("v", [(Interval(6, 16), "negative")], (), None))
    assert not [line for line in axes.lines if line.get_marker() == "x"]
    assert [to_hex(one.get_facecolor()) for one in axes.patches] == [COLOURS["negative"]]


def test_lanes_are_shared_where_nothing_meets():
    assert lanes([(0.0, 1.0), (0.5, 2.0), (1.0, 2.0), (3.0, 4.0), (0.6, 0.9)]) == [0, 1, 0, 0, 2]
    assert lanes([]) == []
