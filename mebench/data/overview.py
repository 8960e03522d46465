"""Every dataset at a glance: what its builder says of it, and what is built here."""

import dataclasses
import inspect
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.data.builders import builder_classes, is_built, list_datasets
from mebench.data.card import Card
from mebench.data.interval import VideoInfo
from mebench.data.source import read_infos
from mebench.errors import unknown_name


@dataclass(frozen=True)
class Overview:
    """One dataset and what of it is built.

    Attributes:
        name: of the dataset.
        card: None: its builder has none.
        variants: all of them.
        built: the variants of which all forms are built.
        partly: the others of which some forms are: variant and forms, as ("", ("videos",)).
    """

    name: str
    card: Card | None
    variants: tuple[str, ...]
    built: tuple[str, ...]
    partly: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def state(self) -> str:
        """Which variants are built, in a few words."""
        whole = [variant or "yes" for variant in self.built]
        parts = [" ".join([*([variant] if variant else []), *forms, "alone"]) for variant, forms in self.partly]
        return ", ".join([*whole, *parts]) or "no"


def overview(data_dir: Path | None) -> list[Overview]:
    """Return every dataset, sorted by name, with what is built in `data_dir` (None: the folder of TFDS)."""
    entries = list_datasets(data_dir)
    found = []
    for name, cls in sorted(builder_classes().items()):
        own = [entry for entry in entries if entry.name == name]
        built = tuple(entry.variant for entry in own if entry.built)
        partly = tuple((entry.variant, entry.forms) for entry in own if entry.forms and not entry.built)
        found.append(Overview(name, getattr(cls, "CARD", None), tuple(entry.variant for entry in own), built, partly))
    return found


def first_variant(name: str, data_dir: Path | None) -> str:
    """Return the variant that is shown where a user names none: the main one, else the first that is built.

    Raises:
        MebenchError: no dataset of that name.
    """
    classes = builder_classes()
    if name not in classes:
        raise unknown_name("dataset", name, classes, "mebench data list")
    variants = classes[name].VARIANTS
    built = [entry.variant for entry in list_datasets(data_dir) if entry.name == name and entry.built]
    return "" if "" in variants else (*built, *variants)[0]


def overview_document(rows: Sequence[Overview]) -> list[dict[str, Any]]:
    """Return the datasets as plain values, for JSON."""
    return [dataclasses.asdict(row) for row in rows]


def facts_text(name: str, variant: str, data_dir: Path | None) -> str:
    """Return what is known of a dataset before it is read: its card, its variants and what they mean, what is built.

    Args:
        name: of the dataset.
        variant: of it, for the command that builds it.
        data_dir: folder of built datasets; None: that of TFDS.

    Raises:
        MebenchError: no dataset of that name, or no such variant.
    """
    cls = builder_classes()[name]
    card, readme = getattr(cls, "CARD", None), Path(inspect.getfile(cls)).with_name("README.md")
    names = textwrap.wrap(", ".join(v or "(main)" for v in cls.VARIANTS), 80, break_on_hyphens=False)
    entries = [entry for entry in list_datasets(data_dir) if entry.name == name and entry.forms]
    built = [(e.variant or "(main)") + ("" if e.built else f": {', '.join(e.forms)} alone") for e in entries]
    forms = next((entry.forms for entry in entries if entry.variant == variant), ())
    rows = [
        *(card_rows(card) if card else []),
        ("variants", f"\n{'':<16}".join(names)),
        ("built here", "; ".join(built) or "none"),
        *([("it holds", contents(read_infos(name, variant, data_dir)))] if "videos" in forms else []),
        ("README", str(readme)),
        *([("cite", str(cited))] if (cited := readme.with_name("CITATIONS.bib")).is_file() else []),
    ]
    lines = [f"{name}: {card.holds}" if card else name, *(f"  {label:<14}{value}" for label, value in rows)]
    lines += ["", *section] if (section := _variants_section(readme)) else []
    if not is_built(name, variant, data_dir):
        title = f"{name}/{variant}" if variant else name
        archive = " --archive DIR" if cls.MANUAL_DOWNLOAD_INSTRUCTIONS else ""
        lacking = ", ".join(form for form in cls.FORMS if form not in forms)
        what = f"of {title} {lacking} is not built" if forms else f"{title} is not built"
        lines += ["", f"{what}; for its pictures and counts run: mebench data build {title}{archive}"]
    return "\n".join(lines)


def contents(infos: Sequence[VideoInfo]) -> str:
    """Return how many subjects, videos and expressions there are, in words."""
    counts = {
        "subjects": len({info.subject for info in infos}),
        "videos": len(infos),
        "micro-expressions": sum(e.kind == "micro" for info in infos for e in info.expressions),
        "macro-expressions": sum(e.kind == "macro" for info in infos for e in info.expressions),
    }
    return ", ".join(f"{number} {what}" for what, number in counts.items())


def _variants_section(readme: Path) -> list[str]:
    """Return the lines of a README's section on variants; none where it has no such section."""
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    found = re.search(r"^## (?:Variants|Configs)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip().splitlines() if found else []


def card_rows(card: Card) -> list[tuple[str, str]]:
    """Return the facts of a card as (name, text); what nobody says for sure is `-`."""
    names = ("kind", "subjects", "videos", "micro", "macro", "fps", "licence", "apply")
    rows = [(name, number_text(getattr(card, name))) for name in names]
    return [*rows, ("experimental", "yes: the archive's layout was never seen")] if card.experimental else rows


def number_text(value: object) -> str:
    """Return a fact as text; `-` for None."""
    return "-" if value is None else str(value)
