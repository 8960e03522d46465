"""The panel of one video: its score curve, predictions above it and the annotation below, hits and misses apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes

from mebench.data.interval import Expression, Interval

COLOURS = MappingProxyType({"negative": "#c0392b", "positive": "#27892f", "surprise": "#b7791f"})
OTHER = "#5d6d7e"
MACRO = "#9aa5b1"
HIT = "#dcefe0"
"""Ground of a hit, from the prediction down to what it found."""

LABEL = 0.034
"""Width of a label as a share of the panel; bars nearer than that stand in different lanes."""

LANE, MOST = 0.16, 0.7
"""Height of a lane with its labels as a share of the panel, and what all lanes together take at most."""


@dataclass(frozen=True)
class VideoCurve:
    """Curve, truth and predictions of one video's picture; frames are 0-based, intervals hold both ends.

    Attributes:
        video_id: title of the panel.
        fps: frames per second, for the time axis in seconds.
        scores: smoothed spotting score of each window, by its first frame.
        threshold: height that a peak must reach.
        peaks: frames of the peaks.
        predicted: predicted intervals with their emotions.
        true: annotated expressions, micro and macro.
        hits: pairs of a prediction and the micro-expression that it found, by their places; None: nobody knows.
    """

    video_id: str
    fps: float
    scores: Float[np.ndarray, " n"]
    threshold: float
    peaks: Int[np.ndarray, " p"]
    predicted: tuple[tuple[Interval, str], ...]
    true: tuple[Expression, ...]
    hits: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True)
class _Bar:
    """One interval as it is drawn: seconds, emotion, and whether it is a hit (None: nobody knows), or macro."""

    left: float
    width: float
    emotion: str
    hit: bool | None
    macro: bool = False

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


def draw_panel(axes: Axes, curve: VideoCurve) -> None:
    """Draw the curve of one video: predictions in lanes above the curve, the truth in lanes below.

    What was found is filled and stands on a green ground that joins both; a false alarm and a missed
    micro-expression are hollow, with a cross.
    """
    seconds = np.arange(len(curve.scores)) / curve.fps
    low, high = (float(curve.scores.min()), float(curve.scores.max())) if len(curve.scores) else (0.0, 1.0)
    span = (high - low) or 1.0
    duration = len(curve.scores) / curve.fps or 1.0
    above, below = _predicted(curve), _true(curve)
    up, down = lanes(_extents(above, duration)), lanes(_extents(below, duration))
    counts = 1 + max(up, default=0), 1 + max(down, default=0)
    share = min(LANE, MOST / sum(counts))
    lane_height, gap = 1.2 * span * share / (1 - share * sum(counts)), 0.1 * span
    axes.set_ylim(low - gap - counts[1] * lane_height, high + gap + counts[0] * lane_height)
    axes.set_xlim(-0.01 * duration, 1.01 * duration)
    _grounds(axes, curve)
    axes.plot(seconds, curve.scores, color="#34495e", linewidth=0.9)
    axes.axhline(curve.threshold, color="#7f8c8d", linewidth=0.7, linestyle="--")
    if len(curve.peaks):
        axes.plot(curve.peaks / curve.fps, curve.scores[curve.peaks], "v", color="#1f618d", markersize=4)
    for bar, lane in zip(above, up, strict=True):
        _draw(axes, bar, high + gap + lane_height * lane, lane_height)
    for bar, lane in zip(below, down, strict=True):
        _draw(axes, bar, low - gap - lane_height * (lane + 0.96), lane_height)
    axes.set_title(curve.video_id, fontsize=8, loc="left", pad=2)
    axes.tick_params(labelsize=6)


def lanes(extents: Sequence[tuple[float, float]]) -> list[int]:
    """Return for each extent the first lane in which it meets no earlier one; they are taken from left to right."""
    ends: list[float] = []
    found = [0] * len(extents)
    for place in sorted(range(len(extents)), key=lambda n: extents[n]):
        left, right = extents[place]
        lane = next((n for n, end in enumerate(ends) if end <= left), len(ends))
        ends[lane : lane + 1] = [right]
        found[place] = lane
    return found


def _predicted(curve: VideoCurve) -> list[_Bar]:
    found = None if curve.hits is None else {pred for pred, _ in curve.hits}
    return [
        _bar(interval, curve.fps, emotion, None if found is None else place in found)
        for place, (interval, emotion) in enumerate(curve.predicted)
    ]


def _true(curve: VideoCurve) -> list[_Bar]:
    found = None if curve.hits is None else {true for _, true in curve.hits}
    micro = [one for one in curve.true if one.kind == "micro"]
    bars = [
        _bar(one.interval, curve.fps, one.coarse, None if found is None else place in found)
        for place, one in enumerate(micro)
    ]
    return bars + [_bar(one.interval, curve.fps, "macro", None, True) for one in curve.true if one.kind == "macro"]


def _bar(interval: Interval, fps: float, emotion: str, hit: bool | None, macro: bool = False) -> _Bar:
    return _Bar(interval.onset / fps, len(interval) / fps, emotion, hit, macro)


def _extents(bars: Sequence[_Bar], duration: float) -> list[tuple[float, float]]:
    """Return what each bar takes of the time axis, its label included."""
    half = LABEL * duration / 2
    return [(min(one.left, one.middle - half), max(one.left + one.width, one.middle + half)) for one in bars]


def _grounds(axes: Axes, curve: VideoCurve) -> None:
    micro = [one.interval for one in curve.true if one.kind == "micro"]
    for pred, true in curve.hits or ():
        both = curve.predicted[pred][0], micro[true]
        left, right = min(one.onset for one in both), max(one.offset + 1 for one in both)
        axes.axvspan(left / curve.fps, right / curve.fps, color=HIT, linewidth=0, zorder=0)


def _draw(axes: Axes, bar: _Bar, bottom: float, lane: float) -> None:
    """Draw one bar in the colour of its emotion, its label above it."""
    colour = MACRO if bar.macro else COLOURS.get(bar.emotion, OTHER)
    height = lane * (0.16 if bar.macro else 0.4)
    axes.bar(
        bar.left,
        height,
        bar.width,
        bottom,
        align="edge",
        color=MACRO if bar.macro else colour if bar.hit is not False else "white",
        edgecolor=colour,
        linewidth=0.9,
    )
    if bar.hit is False:
        axes.plot(bar.middle, bottom + height / 2, "x", color=colour, markersize=3.2, markeredgewidth=0.9)
    text = "mac" if bar.macro else bar.emotion[:3]
    axes.text(
        bar.middle, bottom + height, text, fontsize=6, ha="center", va="bottom", color=OTHER if bar.macro else colour
    )
