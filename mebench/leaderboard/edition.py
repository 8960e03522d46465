"""A new edition of a leaderboard: the rules of another one, without its truth, its literature and its results."""

import re
from pathlib import Path
from typing import Any

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.leaderboard.layout import Version, version_of, versions
from mebench.leaderboard.rules import RULES, Rules, TableRule, read_rules
from mebench.leaderboard.rules_text import rules_text

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

SUMMARY = "Write here what is found on which videos, and who may take part."

MADE_OF_THE_SET = ("videos", "samples")
"""Settings of the scorer that name one set of videos; a new edition has its own."""


def begin_edition(root: Path, name: str, like: str) -> Version:
    """Write the rules of a new edition, as a draft to be edited; return it.

    The columns, classes, protocol and scorer are those of the newest version of `like`. A name that is there already
    gets its next version, which has title and summary too, where it is begun from itself.

    Args:
        root: the leaderboards' folder.
        name: of the edition, small letters, digits and hyphens.
        like: the leaderboard that it is begun from.

    Raises:
        MebenchError: a name that is none, or no such leaderboard.
    """
    if not NAME.fullmatch(name):
        raise MebenchError(
            f"{name!r} is no name of a leaderboard; use small letters, digits and hyphens, as megc2027-str"
        )
    model = version_of(root, like).rules
    numbers = [one.rules.version for one in versions(root) if one.rules.benchmark == name]
    number = max(numbers, default=0) + 1
    folder = root / name / f"v{number}"
    if folder.exists() and any(folder.iterdir()):
        raise MebenchError(f"{folder} is there and holds something, but no {RULES}; empty it first")
    write_text(folder / RULES, rules_text(_begun(model, name, number)))
    return Version(folder, read_rules(folder))


def _begun(model: Rules, name: str, number: int) -> Rules:
    """Return rules like another one's: no fingerprint, truth, literature, or name of its set of videos."""
    tables = tuple(_begun_table(table, same=name == model.benchmark) for table in model.tables)
    scorer = {key: _without_set(value) for key, value in model.scorer.items()}
    changes: dict[str, Any] = {
        "benchmark": name,
        "version": number,
        **({} if name == model.benchmark else {"title": name, "summary": SUMMARY}),
        "tables": tables,
        "scorer": {key: value for key, value in scorer.items() if value != {}},
        "frozen": {},
        "keep_predictions": model.truth == "embedded",
    }
    return model.model_copy(update=changes)


def _begun_table(table: TableRule, same: bool) -> TableRule:
    """Return a table without fingerprint and literature; what shape its truth has stays with the same benchmark."""
    changes: dict[str, Any] = {
        "datasets": tuple(one.model_copy(update={"fingerprint": ""}) for one in table.datasets),
        "published": (),
        **({} if same else {"shape": ()}),
    }
    return table.model_copy(update=changes)


def _without_set(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if key not in MADE_OF_THE_SET}
