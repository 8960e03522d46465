"""The picture of a run: score curves with predicted and true intervals, video by video, and the confusion matrix."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mebench.atomic import write_bytes
from mebench.report.panel import COLOURS, HIT, OTHER, VideoCurve, draw_panel

VIDEOS_A_PAGE = 20

FORMATS = ("png", "pdf", "svg")
"""Each page is written in all of them: one to look at, two for a paper."""

UNDATED = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
"""Metadata by format, so that equal runs give equal bytes."""


def draw_run(
    folder: Path,
    title: str,
    curves: Sequence[VideoCurve],
    classes: Sequence[str],
    confusion: Int[np.ndarray, "c d"] | None,
) -> list[Path]:
    """Write `picture.png`, `.pdf` and `.svg`, and `picture_02.png` and so on for more than 20 videos; return the paths.

    Args:
        folder: where the pictures go.
        title: first line of every page.
        curves: one panel each, in this order.
        classes: names of the confusion matrix' rows (true); one more column may stand for other answers.
        confusion: counts of matched pairs, true class by predicted class; None: nothing was scored.
    """
    pages = [curves[i : i + VIDEOS_A_PAGE] for i in range(0, len(curves), VIDEOS_A_PAGE)] or [[]]
    paths = []
    for number, page in enumerate(pages):
        stem = "picture" if number == 0 else f"picture_{number + 1:02d}"
        for kind, data in _page(title, page, classes, confusion if number == 0 else None).items():
            paths.append(folder / f"{stem}.{kind}")
            write_bytes(paths[-1], data)
    return paths


def _page(
    title: str, curves: Sequence[VideoCurve], classes: Sequence[str], confusion: Int[np.ndarray, "c d"] | None
) -> dict[str, bytes]:
    """Return one page in every format: two columns of panels, the legend and the confusion matrix below."""
    rows = (len(curves) + 1) // 2
    figure = Figure(figsize=(14, 1.7 * rows + 3.4 + 1.0), layout="constrained", dpi=80)
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=12)
    grid = figure.add_gridspec(rows + 1, 2, height_ratios=[1.0] * rows + [2.1])
    for index, curve in enumerate(curves):
        draw_panel(figure.add_subplot(grid[index // 2, index % 2]), curve)
    if confusion is not None:
        _confusion(figure.add_subplot(grid[rows, 0]), classes, confusion)
    _legend(figure.add_subplot(grid[rows, 1]), known=any(curve.hits is not None for curve in curves))
    return {kind: _saved(figure, kind) for kind in FORMATS}


def _saved(figure: Figure, kind: str) -> bytes:
    """Return a page in one format; the first one lays it out, and the others keep that layout."""
    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "mebench", "svg.fonttype": "none"}):
        figure.savefig(buffer, format=kind, metadata=UNDATED[kind])
    figure.set_layout_engine("none")
    return buffer.getvalue()


def _confusion(axes: Axes, classes: Sequence[str], counts: Int[np.ndarray, "c d"]) -> None:
    """Draw the confusion matrix of matched pairs, with the counts."""
    columns = [*classes, "other"][: counts.shape[1]]
    axes.imshow(counts, cmap="Blues", aspect="auto", vmin=0, vmax=max(1, int(counts.max(initial=0))))
    axes.set_xticks(range(len(columns)), columns, fontsize=8)
    axes.set_yticks(range(len(classes)), classes, fontsize=8)
    axes.set_xlabel("predicted emotion", fontsize=8)
    axes.set_ylabel("true emotion", fontsize=8)
    axes.set_title("Recognition on matched micro-expressions (strict)", fontsize=9)
    for (row, column), count in np.ndenumerate(counts):
        dark = count > 0.6 * max(1, counts.max(initial=0))
        axes.text(column, row, str(count), ha="center", va="center", color="white" if dark else "black", fontsize=10)


def _legend(axes: Axes, known: bool) -> None:
    """Explain the marks in words, colours and shapes; hits only where the truth is `known`."""
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    lines = [
        ("#34495e", "curve: smoothed spotting score over seconds; dashed: threshold; triangle: peak"),
        ("black", "above the curve: predicted micro-expressions; below: annotated ones"),
        *((colour, f"{name[:3]}: {name}") for name, colour in COLOURS.items()),
        (OTHER, "grey, mac: annotated macro-expression;  oth: others"),
    ]
    for index, (colour, text) in enumerate(lines):
        axes.text(0.02, 0.94 - 0.1 * index, text, color=colour, fontsize=9, va="center")
    for index, (filled, text) in enumerate(
        (
            (True, "hit: filled, on a green ground (IoU as in the score)"),
            (False, "false alarm, or missed: hollow, crossed"),
        )
        if known
        else ()
    ):
        _sample(axes, 0.94 - 0.1 * (len(lines) + index), filled, text)


def _sample(axes: Axes, middle: float, filled: bool, text: str) -> None:
    """Draw one mark of the legend beside its meaning."""
    if filled:
        axes.bar(0.02, 0.09, 0.05, middle - 0.045, align="edge", color=HIT)
    axes.bar(0.03, 0.05, 0.03, middle - 0.025, align="edge", color=OTHER if filled else "white", edgecolor=OTHER)
    if not filled:
        axes.plot(0.045, middle, "x", color=OTHER, markersize=4)
    axes.text(0.09, middle, text, fontsize=9, va="center")
