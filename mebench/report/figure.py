"""The picture of a run: score curves with predicted and true intervals, video by video, and the confusion matrix."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mebench.atomic import write_bytes
from mebench.data.interval import Expression, Interval

VIDEOS_A_PAGE = 20
_COLOURS = {"negative": "#c0392b", "positive": "#27892f", "surprise": "#b7791f"}
_OTHER = "#5d6d7e"


@dataclass(frozen=True)
class VideoCurve:
    """What is drawn for one video; frames are 0-based, intervals hold both ends.

    Attributes:
        video_id: title of the panel.
        fps: frames per second, for the time axis in seconds.
        scores: smoothed spotting score of each window, by its first frame.
        threshold: height that a peak must reach.
        peaks: frames of the peaks.
        predicted: predicted intervals with their emotions.
        true: annotated expressions, micro and macro.
    """

    video_id: str
    fps: float
    scores: Float[np.ndarray, " n"]
    threshold: float
    peaks: Int[np.ndarray, " p"]
    predicted: tuple[tuple[Interval, str], ...]
    true: tuple[Expression, ...]


def draw_run(
    folder: Path,
    title: str,
    curves: Sequence[VideoCurve],
    classes: Sequence[str],
    confusion: Int[np.ndarray, "c d"] | None,
) -> list[Path]:
    """Write `picture.png`, and `picture_02.png` and so on for more than 20 videos; return their paths.

    Args:
        folder: where the pictures go.
        title: first line of every page.
        curves: one panel each, in this order.
        classes: names of the confusion matrix' rows (true); one more column may stand for other answers.
        confusion: counts of matched pairs, true class by predicted class; None: nothing was scored.
    """
    pages = [curves[i : i + VIDEOS_A_PAGE] for i in range(0, len(curves), VIDEOS_A_PAGE)] or [[]]
    paths = [folder / ("picture.png" if i == 0 else f"picture_{i + 1:02d}.png") for i in range(len(pages))]
    for number, (path, page) in enumerate(zip(paths, pages, strict=True)):
        write_bytes(path, _page(title, page, classes, confusion if number == 0 else None))
    return paths


def _page(
    title: str, curves: Sequence[VideoCurve], classes: Sequence[str], confusion: Int[np.ndarray, "c d"] | None
) -> bytes:
    """Return one page as PNG: two columns of panels, the confusion matrix below."""
    rows = (len(curves) + 1) // 2
    bottom = 0 if confusion is None else 1
    figure = Figure(figsize=(14, 1.5 * rows + 3.4 * bottom + 1.0), layout="constrained", dpi=80)
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=12)
    grid = figure.add_gridspec(rows + bottom, 2, height_ratios=[1.0] * rows + [2.4] * bottom)
    for index, curve in enumerate(curves):
        _panel(figure.add_subplot(grid[index // 2, index % 2]), curve)
    if confusion is not None:
        _confusion(figure.add_subplot(grid[rows, 0]), classes, confusion)
        _legend(figure.add_subplot(grid[rows, 1]))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _panel(axes: Axes, curve: VideoCurve) -> None:
    """Draw the curve of one video: predictions in a band above the curve, the truth in a band below."""
    seconds = np.arange(len(curve.scores)) / curve.fps
    low, high = (float(curve.scores.min()), float(curve.scores.max())) if len(curve.scores) else (0.0, 1.0)
    span = (high - low) or 1.0
    axes.plot(seconds, curve.scores, color="#34495e", linewidth=0.9)
    axes.axhline(curve.threshold, color="#7f8c8d", linewidth=0.7, linestyle="--")
    if len(curve.peaks):
        axes.plot(curve.peaks / curve.fps, curve.scores[curve.peaks], "v", color="#1f618d", markersize=4)
    for interval, emotion in curve.predicted:
        _bar(axes, interval, curve.fps, high + 0.14 * span, 0.16 * span, emotion, filled=True)
    for expression in curve.true:
        macro = expression.kind == "macro"
        emotion = "macro" if macro else expression.coarse
        _bar(axes, expression.interval, curve.fps, low - 0.34 * span, 0.16 * span, emotion, filled=not macro)
    axes.set_ylim(low - 0.46 * span, high + 0.58 * span)
    axes.set_title(curve.video_id, fontsize=8, loc="left", pad=2)
    axes.tick_params(labelsize=6)


def _bar(
    axes: Axes,
    interval: Interval,
    fps: float,
    bottom: float,
    height: float,
    emotion: str,
    filled: bool,
) -> None:
    """Draw one interval as a bar in the colour of its emotion; macro-expressions are outlines."""
    colour = _COLOURS.get(emotion, _OTHER)
    face = colour if filled else "none"
    left, width = interval.onset / fps, len(interval) / fps
    axes.bar(left, height, width, bottom, align="edge", color=face, edgecolor=colour, linewidth=0.8)
    axes.text(left + width / 2, bottom + height, emotion[:3], fontsize=6, ha="center", va="bottom", color=colour)


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


def _legend(axes: Axes) -> None:
    """Explain the marks in words and colours."""
    axes.axis("off")
    lines = [
        ("#34495e", "curve: smoothed spotting score; horizontal axis in seconds"),
        ("#7f8c8d", "dashed: threshold"),
        ("#1f618d", "triangle: peak"),
        ("black", "bar above the curve: predicted micro-expression; bar below: annotated one"),
        *((colour, f"{name[:3]}: {name}") for name, colour in _COLOURS.items()),
        (_OTHER, "outline, mac: annotated macro-expression;  oth: others"),
    ]
    for index, (colour, text) in enumerate(lines):
        axes.text(0.02, 0.92 - 0.11 * index, text, color=colour, fontsize=9, transform=axes.transAxes)
