"""Every dataset at a glance: what its builder says of it, and what is built here."""

import dataclasses
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.data.builders import builder_classes, is_built, list_datasets
from mebench.data.card import Card


@dataclass(frozen=True)
class Overview:
    """One dataset: its card (None: its builder has none), its variants, and which of them are built."""

    name: str
    card: Card | None
    variants: tuple[str, ...]
    built: tuple[str, ...]

    @property
    def state(self) -> str:
        """Which variants are built, in a few words."""
        if not self.built:
            return "no"
        return ", ".join(variant or "yes" for variant in self.built)


def overview(data_dir: Path | None) -> list[Overview]:
    """Return every dataset, sorted by name, with what is built in `data_dir` (None: the folder of TFDS)."""
    entries = list_datasets(data_dir)
    found = []
    for name, cls in sorted(builder_classes().items()):
        own = [entry for entry in entries if entry.name == name]
        built = tuple(entry.variant for entry in own if entry.built)
        found.append(Overview(name, getattr(cls, "CARD", None), tuple(entry.variant for entry in own), built))
    return found


def overview_document(rows: Sequence[Overview]) -> list[dict[str, Any]]:
    """Return the datasets as plain values, for JSON."""
    return [dataclasses.asdict(row) for row in rows]


def facts_text(name: str, variant: str, data_dir: Path | None) -> str:
    """Return what is known of a dataset before it is read: its card, its variants, where its README is."""
    cls = builder_classes()[name]
    card = getattr(cls, "CARD", None)
    lines = [f"{name}: {card.holds}" if card else name]
    for label, value in card_rows(card) if card else []:
        lines.append(f"  {label:<14}{value}")
    lines.append(f"  {'variants':<14}{', '.join(v or '(main)' for v in cls.VARIANTS)}")
    lines.append(f"  {'README':<14}{Path(inspect.getfile(cls)).with_name('README.md')}")
    title = f"{name}/{variant}" if variant else name
    if not is_built(name, variant, data_dir):
        archive = " --archive DIR" if cls.MANUAL_DOWNLOAD_INSTRUCTIONS else ""
        lines.append(f"  {'built':<14}no; for pictures and counts run: mebench data build {title}{archive}")
    return "\n".join(lines)


def card_rows(card: Card) -> list[tuple[str, str]]:
    """Return the facts of a card as (name, text); what nobody says for sure is `-`."""
    names = ("kind", "subjects", "videos", "micro", "macro", "fps", "licence", "apply")
    rows = [(name, number_text(getattr(card, name))) for name in names]
    return [*rows, ("experimental", "yes: the archive's layout was never seen")] if card.experimental else rows


def number_text(value: object) -> str:
    """Return a fact as text; `-` for None."""
    return "-" if value is None else str(value)
