"""The picture of a dataset's card: faces, durations of expressions, classes per subject."""

import io
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mebench.atomic import write_bytes
from mebench.data.builders import title
from mebench.data.interval import Kind
from mebench.data.labels import COARSE, UNKNOWN
from mebench.data.source import Dataset
from mebench.report.card.contact_sheet import Face, sheet_title
from mebench.report.card.facts import ClassCounts, class_counts, has_labels, number, of_kind, seconds

BAR_SUBJECTS = 40
"""Subjects that get a bar of their own; more are the columns of a heat table."""

_COLUMNS, _WIDTH, _MARGIN, _GAP, _DPI = 8, 12.0, 0.35, 0.12, 110  # of the picture, in tiles, inches and dots per inch
_COARSE_COLOURS = {"negative": "#c0392b", "positive": "#27892f", "surprise": "#b7791f", "others": "#5d6d7e"}
_COLOURS = (
    *("#1f618d", "#d35400", "#148f77", "#884ea0", "#c2185b"),
    *("#7d6608", "#5d4037", "#2e86c1", "#943126", "#5d6d7e"),
)
_UNKNOWN_COLOUR, _GREY = "#b3bcc4", "#5d6d7e"
_KINDS: tuple[tuple[Kind, str], ...] = (("micro", "#1f618d"), ("macro", "#9fb6c6"))


def draw_card(dataset: Dataset, faces: Sequence[Face], path: Path) -> None:
    """Write the picture of a dataset as PNG: contact sheet, durations, classes per subject; equal data, equal bytes.

    A frame that cannot be decoded is a grey tile. Without expressions there are faces alone.

    Raises:
        MebenchError: the picture cannot be written.
    """
    write_bytes(path, _picture(dataset, faces, class_counts(dataset)))


def _picture(dataset: Dataset, faces: Sequence[Face], classes: ClassCounts | None) -> bytes:
    """Return the picture as PNG; all is placed in inches from the top, so nothing can overlap."""
    tile = (_WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) / _COLUMNS
    shapes = [face.image.shape for face in faces if face.image is not None]
    high = tile * float(np.clip(max((h / w for h, w, _ in shapes), default=1.0), 0.5, 1.25))
    top, step = 0.95, high + 0.45
    bottom = top + -(-len(faces) // _COLUMNS) * step
    figure = Figure(figsize=(_WIDTH, bottom + (3.6 if classes else 0.1)), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    name = f"{_plain(title(dataset.name, dataset.variant), 60)} {_plain(dataset.version, 12)}"
    _write(figure, 0.38, f"{name}: {_summary(dataset)}", 12)
    _write(figure, 0.72, sheet_title(dataset, faces), 9)
    for index, face in enumerate(faces):
        left = _MARGIN + index % _COLUMNS * (tile + _GAP)
        _tile(_axes(figure, left, top + index // _COLUMNS * step, tile, high), face)
    if classes:
        _durations(_axes(figure, 0.75, bottom + 0.5, 4.4, 2.2), dataset)
        if len(dataset.subjects) <= BAR_SUBJECTS:
            _bars(_axes(figure, 5.85, bottom + 0.5, 4.55, 2.2), dataset, classes)
        else:
            _heat(_axes(figure, 6.95, bottom + 0.5, 4.35, 2.2), classes)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _summary(dataset: Dataset) -> str:
    parts = [number(len(dataset.subjects), "subject"), number(len(dataset.videos), "video")]
    if has_labels(dataset):
        parts += [number(len(of_kind(dataset, kind)), f"{kind}-expression") for kind, _ in _KINDS]
    return ", ".join(parts)


def _plain(text: str, most: int) -> str:
    """Return text that the font can write: other letters as `?`, the middle of a long one left out."""
    text = "".join(c if c.isprintable() else "?" for c in text.encode("latin-1", "replace").decode("latin-1"))
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-((most - 1) // 2) :]}"


def _axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Return axes at a place in inches from the left and the top."""
    total = float(figure.get_figheight())
    return figure.add_axes((left / _WIDTH, 1 - (top + height) / total, width / _WIDTH, height / total))


def _write(figure: Figure, top: float, text: str, size: int) -> None:
    figure.text(_MARGIN / _WIDTH, 1 - top / float(figure.get_figheight()), text, fontsize=size, parse_math=False)


def _tile(axes: Axes, face: Face) -> None:
    """Draw one face with its subject and its label below."""
    axes.axis("off")
    if face.image is None:
        axes.imshow(np.full((1, 1, 3), 190, np.uint8), aspect="auto")
        axes.text(0.5, 0.5, "cannot be\ndecoded", fontsize=7, ha="center", va="center", transform=axes.transAxes)
    else:
        axes.imshow(face.image)
        axes.set_anchor("S")
    for offset, text, colour in ((-3, face.video.info.subject, "black"), (-13, face.label, _GREY)):
        axes.annotate(
            _plain(text, 22),
            (0.5, 0),
            (0, offset),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=7,
            ha="center",
            va="top",
            color=colour,
            parse_math=False,
        )


def _chart(axes: Axes, heading: str, across: str, up: str) -> None:
    axes.set_title(heading, fontsize=9, loc="left")
    axes.set_xlabel(across, fontsize=8)
    axes.set_ylabel(up, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.spines[["top", "right"]].set_visible(False)


def _durations(axes: Axes, dataset: Dataset) -> None:
    """Draw how many expressions last how long, in seconds; bins of a half or a quarter octave, kinds stacked."""
    found = [(kind, colour, seconds(dataset, kind)) for kind, colour in _KINDS]
    found = [one for one in found if one[2]]
    _chart(axes, "Durations of expressions", "seconds", "expressions")
    if not found:
        return
    edges = _edges([value for _, _, values in found for value in values])
    bottom = np.zeros(len(edges) - 1, np.int64)
    for kind, colour, values in found:
        counts = np.histogram(values, edges)[0]
        name = f"{kind} ({len(values)})"
        axes.bar(edges[:-1], counts, np.diff(edges), bottom, align="edge", color=colour, label=name, edgecolor="white")
        bottom = bottom + counts
    axes.set_ylim(0, 1.05 * int(bottom.max()))
    axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    ticks = [m * 10.0**e for e in range(-4, 6) for m in (1, 2, 5) if edges[0] <= m * 10.0**e <= edges[-1]]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.legend(fontsize=7, frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.2)


def _edges(values: Sequence[float]) -> np.ndarray:
    """Return the borders of bins that hold the values, equally wide on a logarithmic axis."""
    low, high = int(np.floor(np.log2(min(values)))), int(np.ceil(np.log2(max(values))))
    high = max(high, low + 1)
    fine = 4 if high - low <= 3 else 2
    return 2.0 ** (np.arange(low * fine, high * fine + 1) / fine)


def _bars(axes: Axes, dataset: Dataset, classes: ClassCounts) -> None:
    """Draw one stacked bar a subject."""
    subjects, bottom = dataset.subjects, np.zeros(len(dataset.subjects), np.int64)
    for name, colour, counts in zip(_totals(classes), _colours(classes.names), classes.counts.T, strict=True):
        axes.bar(range(len(subjects)), counts, 0.8, bottom, color=colour, label=name)
        bottom = bottom + counts
    _chart(axes, f"Classes of {classes.kind}-expressions per subject", "", "expressions")
    axes.set_ylim(0, 1.05 * int(bottom.max()))
    ids = _short_ids(subjects)
    axes.set_xticks(range(len(subjects)), ids, fontsize=6.5, rotation=90, parse_math=False)
    axes.set_xlim(-0.6, max(len(subjects), 4) - 0.4)
    legend = axes.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)
    for text in legend.get_texts():
        text.set_parse_math(False)


def _short_ids(ids: Sequence[str], most: int = 12) -> list[str]:
    """Return ids that fit below bars; the letters that long ones begin and end with are left out, so they differ."""
    if len(ids) < 2 or all(len(one) <= most for one in ids):
        return [_plain(one, most) for one in ids]
    start = _shared(ids)
    end = _shared([one[start:][::-1] for one in ids])
    return [_plain(one[start : len(one) - end], most) or "-" for one in ids]


def _shared(ids: Sequence[str]) -> int:
    """Return how many characters all ids begin with, without digits at the end: a number is not torn apart."""
    same = [column[0] for column in takewhile(lambda column: len(set(column)) == 1, zip(*ids, strict=False))]
    return len("".join(same).rstrip("0123456789"))


def _colours(names: Sequence[str]) -> list[str]:
    """Return one colour a class."""
    free = iter(_COLOURS)
    fixed = _COARSE_COLOURS | {UNKNOWN: _UNKNOWN_COLOUR} if set(names) <= {*COARSE, UNKNOWN} else {}
    return [fixed[name] if name in fixed else next(free) for name in names]


def _totals(classes: ClassCounts) -> list[str]:
    """Return `name (count)` of each class; matplotlib leaves out what begins with an underscore."""
    pairs = zip(classes.names, classes.counts.sum(axis=0).tolist(), strict=True)
    return [f"{_plain(name, 16).replace('_', ' ')} ({count})" for name, count in pairs]


def _heat(axes: Axes, classes: ClassCounts) -> None:
    """Draw a table of classes by subjects, the darker the more; for more subjects than bars fit."""
    counts = classes.counts.T  # (c, s)
    most = max(1, int(counts.max()))
    image = axes.imshow(counts, cmap="Blues", vmin=0, vmax=most, aspect="auto", interpolation="nearest")
    heading = f"Classes of {classes.kind}-expressions per subject"
    _chart(axes, heading, f"{counts.shape[1]} subjects, in order of their ids", "")
    axes.set_yticks(range(len(counts)), _totals(classes), fontsize=7, parse_math=False)
    axes.set_xticks([])
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.02, 0.0, 0.025, 1.0)))
    bar.ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    bar.ax.tick_params(labelsize=6)
    bar.outline.set_visible(False)
