"""Published numbers of people, videos and expressions of a dataset, for tables whose rules froze no truth."""

from collections.abc import Mapping
from typing import Any

from mebench.data.builders import builder_classes
from mebench.data.card import Card
from mebench.errors import MebenchError
from mebench.leaderboard.rules import Rules, TableRule
from mebench.leaderboard.truth_counts import truth_counts


def refuse_other_dataset(rules: Rules, table: TableRule, document: Mapping[str, Any]) -> None:
    """Raise a MebenchError where statistics have more people, videos or expressions than the table's datasets have.

    Fewer videos are refused too, where every one counts: spotting and spot-then-recognise on all videos of a dataset
    whose numbers are known for sure. Nothing is asked where the truth is embedded or frozen, or where a number is not
    known.
    """
    if rules.truth == "embedded" or table.name in rules.frozen or rules.task in ("vqa", "lvqa"):
        return
    cards = [getattr(builder_classes().get(one.name), "CARD", None) for one in table.datasets]
    counts = truth_counts(document)
    names = list(counts)
    if not cards or None in cards or not names:
        return
    known: list[Card] = [card for card in cards if card is not None]
    people = {name.rpartition("/")[0] if rules.task != "recognition" else name for name in names}
    title = ", ".join(one.name for one in table.datasets)
    _refuse_more(title, "subjects", len(people), [card.subjects for card in known])
    main = not any(one.variant for one in table.datasets) and not any(card.experimental for card in known)
    true = [_true(card, rules.task == "spotting") if main else None for card in known]
    _refuse_more(title, "expressions", sum(map(sum, counts.values())), true)
    if rules.task == "recognition":
        return
    _refuse_more(title, "videos", len(names), [card.videos for card in known])
    whole = rules.task == "spotting" or rules.run.get("videos") == "all"
    videos = [card.videos for card in known]
    if whole and main and None not in videos and len(names) < sum(number or 0 for number in videos):
        raise MebenchError(
            f"{title} has {sum(number or 0 for number in videos)} videos, and every one counts, but the result is of "
            f"{len(names)}; give a manifest and a truth of all videos"
        )


def _true(card: Card, both: bool) -> int | None:
    """Return how many expressions a dataset has: micro-expressions, or both kinds; None where nobody says."""
    kinds = (card.micro, card.macro) if both else (card.micro,)
    known = [number for number in kinds if number is not None]
    return sum(known) if len(known) == len(kinds) else None


def _refuse_more(title: str, what: str, found: int, known: list[int | None]) -> None:
    if None in known:
        return
    most = sum(number or 0 for number in known)
    if found > most:
        raise MebenchError(f"{title} has {most} {what}, but the result is of {found}; score it on that dataset alone")
