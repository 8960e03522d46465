"""The page of a dataset's card, in Markdown: facts, counts as published and as built, classes per subject."""

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote

import numpy as np

from mebench.data.builders import title
from mebench.data.card import Card
from mebench.data.source import Dataset
from mebench.report.card.contact_sheet import Face, sheet_title
from mebench.report.card.facts import class_counts, has_labels, number, of_kind

TABLE_SUBJECTS = 60
"""Rows of the page's table, at most."""


def card_markdown(dataset: Dataset, faces: Sequence[Face], card: Card | None, picture: str) -> str:
    """Return the page of a dataset: facts, counts, classes per subject (at most 60), the picture.

    Args:
        dataset: as built.
        faces: of the picture.
        card: what its authors publish; a field that is None is shown as `not published`; None: nothing is recorded.
        picture: path of the picture, as the page links it.
    """
    alt = f"{sheet_title(dataset, faces)}; durations; classes per subject"
    blocks = [
        f"# {_cell(title(dataset.name, dataset.variant))}",
        *([_cell(card.holds)] if card else []),
        f"![{_cell(alt)}]({quote(picture)})",
        *_unreadable(faces),
        "## Facts",
        _table([["fact", "value"], *_facts(dataset, faces, card)]),
        "## Counts",
        _table([["count", "published of the dataset", "built here"], *_counts(dataset, card)], numbers=2),
        "## Classes per subject",
        *_class_table(dataset),
    ]
    return "\n\n".join(blocks) + "\n"


def _cell(text: str) -> str:
    """Return text that means itself in Markdown, on one line."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", " ".join(text.split()))


def _table(rows: Sequence[Sequence[str]], numbers: int = 0) -> str:
    """Return a Markdown table, header first; the last `numbers` columns are aligned to the right."""
    marks = ["---"] * (len(rows[0]) - numbers) + ["---:"] * numbers
    lines = [[_cell(text) for text in rows[0]], marks, *([_cell(text) for text in row] for row in rows[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _unreadable(faces: Sequence[Face]) -> list[str]:
    lost = [f"{_cell(face.video.info.video_id)} frame {face.frame}" for face in faces if face.image is None]
    return [f"Frames of the picture that cannot be decoded (grey tiles): {', '.join(lost)}."] if lost else []


def _facts(dataset: Dataset, faces: Sequence[Face], card: Card | None) -> list[list[str]]:
    rates = sorted({video.info.fps for video in dataset.videos})
    sizes = sorted({face.size for face in faces if face.image is not None})
    more = f" and {len(sizes) - 4} more sizes" if len(sizes) > 4 else ""
    return [
        *_published_facts(card),
        ["variant", dataset.variant or "the only or main one"],
        ["version of the builder", dataset.version],
        ["frames per second, as built", ", ".join(f"{fps:g}" for fps in rates) or "-"],
        ["size of the pictured frames", (", ".join(f"{w} x {h}" for w, h in sizes[:4]) or "-") + more],
        ["fingerprint", dataset.fingerprint],
    ]


def _published_facts(card: Card | None) -> list[list[str]]:
    if card is None:
        return [["as published", "nothing is recorded for this dataset"]]
    return [
        ["kind", card.kind],
        ["frames per second, as published", card.fps],
        ["licence", card.licence],
        ["where to apply", card.apply],
        ["experimental", "yes: the archive's layout was never seen" if card.experimental else "no"],
    ]


def _counts(dataset: Dataset, card: Card | None) -> list[list[str]]:
    infos = [video.info for video in dataset.videos]
    micro, macro = of_kind(dataset, "micro"), of_kind(dataset, "macro")
    every = [*micro, *macro]

    def of_labels(count: int) -> str:
        return str(count) if has_labels(dataset) or not infos else "no labels"

    published = {name: _published(card, name) for name in ("subjects", "videos", "micro", "macro")}
    minutes = sum(info.num_frames / info.fps for info in infos if info.fps > 0) / 60
    return [
        ["subjects", published["subjects"], str(len(dataset.subjects))],
        ["videos", published["videos"], str(len(infos))],
        ["micro-expressions", published["micro"], of_labels(len(micro))],
        ["macro-expressions", published["macro"], of_labels(len(macro))],
        ["videos without labels", "", str(sum(not info.has_labels for info in infos))],
        ["frames", "", str(sum(info.num_frames for info in infos))],
        ["minutes", "", f"{minutes:.1f}"],
        ["expressions with an unknown apex", "", of_labels(sum(e.apex < 0 for _, e in every))],
        ["expressions with an unknown emotion", "", of_labels(sum(not (e.emotion or e.coarse) for _, e in every))],
        ["expressions that were repaired", "", of_labels(sum(bool(e.repairs) for _, e in every))],
        ["videos with missing frames", "", str(sum(bool(info.missing_numbers) for info in infos))],
    ]


def _published(card: Card | None, name: str) -> str:
    if card is None:
        return ""
    count = getattr(card, name)
    return "not published" if count is None else str(count)


def _class_table(dataset: Dataset) -> list[str]:
    """Return what the classes are counted in, the table with a total, and a line on the subjects it leaves out."""
    classes = class_counts(dataset)
    if classes is None:
        return ["The videos hold no expressions." if has_labels(dataset) else "The videos have no labels."]
    names, counts, subjects = list(classes.names), classes.counts, dataset.subjects
    if classes.kind == "micro" and (macro := of_kind(dataset, "macro")):
        shown = Counter(video.info.subject for video, _ in macro)
        names, counts = [*names, "macro-expressions"], np.column_stack([counts, [shown[s] for s in subjects]])
    rows = [[s, *map(str, row)] for s, row in zip(subjects, counts.tolist(), strict=True)][:TABLE_SUBJECTS]
    total = ["all subjects", *map(str, counts.sum(axis=0).tolist())]
    blocks = [f"Counted are {classes.kind}-expressions.", _table([["subject", *names], *rows, total], len(names))]
    left = len(subjects) - len(rows)
    return [*blocks, f"{number(left, 'more subject')} not listed; the last row counts all."] if left else blocks
