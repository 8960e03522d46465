"""Which emotions recognition is scored on, why, and which true rows are left out for it."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mebench.data.labels import COARSE, FINE, UNKNOWN
from mebench.errors import MebenchError

CHALLENGE_CLASSES = COARSE[:3]
"""Emotions that the MEGC challenges score in recognition: negative, positive, surprise."""

UNSCORED = (COARSE[3], UNKNOWN)
"""Words of a truth that is meant for the challenge's three classes, and is no class."""

_WORDS = frozenset({*COARSE, *FINE, UNKNOWN, "other"})

_NEAR = 0.85


@dataclass(frozen=True)
class ScoredClasses:
    """The emotions that count.

    Attributes:
        names: of the classes.
        because: why these.
        left_out: true rows of other emotions, by emotion; they do not count in recognition.
        rows: true rows in all.
    """

    names: tuple[str, ...]
    because: str
    left_out: Mapping[str, int]
    rows: int

    def to_json(self) -> dict[str, Any]:
        """Return what a score document says of its classes."""
        return {
            "classes": list(self.names),
            "classes_because": self.because,
            "left_out": {"rows": sum(self.left_out.values()), "of": self.rows, "emotions": dict(self.left_out)},
        }


def classes_text(document: Mapping[str, Any]) -> list[str]:
    """Return the lines that stand above a score document's table: the classes, and the rows that are left out."""
    if "left_out" not in document:
        return []
    left = document["left_out"]
    each = ", ".join(f"{name} {rows}" for name, rows in left["emotions"].items())
    spelt = [name for name in left["emotions"] if _near(name, document["classes"])]
    why = f", of emotions that are no class: {each}" if each else ""
    lines = [
        f"{'classes':<12} {', '.join(document['classes'])}: {document['classes_because']}",
        f"{'left out':<12} {left['rows']} of {left['of']} true rows, for recognition{why}",
    ]
    if spelt:
        lines.append(f"{'look at':<12} {', '.join(spelt)}: left out, though a class is almost spelt so")
    return lines


def scored_classes(asked: str | None, emotions: Sequence[str], where: Callable[[int], str]) -> ScoredClasses:
    """Return the emotions that count.

    Args:
        asked: names with commas between; `all` for every emotion of the truth; None: the challenge's three where every
            true emotion is one of them or is `others` or `unknown`, else every emotion of the truth.
        emotions: of the true rows.
        where: how an error names a true row.

    Raises:
        MebenchError: a class without a name or there twice; where nothing was asked, a true emotion that is a number or
            another spelling of one that is known.
    """
    return _classes(*_chosen(asked, emotions, where), emotions)


def declared_classes(names: Sequence[str], emotions: Sequence[str]) -> ScoredClasses:
    """Return the classes that an experiment declares."""
    return _classes(tuple(names), "declared by the experiment", emotions)


def _classes(names: tuple[str, ...], because: str, emotions: Sequence[str]) -> ScoredClasses:
    counts = Counter(emotions)
    left_out = {name: counts[name] for name in sorted(counts) if name not in names}
    return ScoredClasses(names, because, left_out, len(emotions))


def _chosen(asked: str | None, emotions: Sequence[str], where: Callable[[int], str]) -> tuple[tuple[str, ...], str]:
    every = tuple(sorted(set(emotions)))
    if asked is not None and asked.strip() != "all":
        names = tuple(name.strip() for name in asked.split(","))
        if "" in names or len(set(names)) != len(names):
            raise MebenchError(f"classes {asked!r} are empty or hold one twice; name each class once")
        return names, "as asked"
    if asked is not None:
        return every, "every true emotion, as asked"
    if set(every) <= {*CHALLENGE_CLASSES, *UNSCORED}:
        return CHALLENGE_CLASSES, "the challenge's three, since every true emotion is one of them or others"
    _refuse_spellings(every, emotions, where)
    strange = [name for name in every if name not in (*CHALLENGE_CLASSES, *UNSCORED)]
    return tuple(name for name in every if name != UNKNOWN), (
        f"every true emotion, since {', '.join(strange[:3])}{', ...' * (len(strange) > 3)} "
        f"{'is' if len(strange) == 1 else 'are'} none of the challenge's {', '.join(CHALLENGE_CLASSES)}"
    )


def _refuse_spellings(every: Sequence[str], emotions: Sequence[str], where: Callable[[int], str]) -> None:
    for name in every:
        if what := _fault(name, every):
            raise MebenchError(
                f"{where(emotions.index(name))}: the true emotion {name!r} is {what}, so nobody knows which emotions "
                "count; write all of them alike in both tables, or name those that count with --classes A,B,C (all: "
                "each, as it is written)"
            )


def _fault(name: str, every: Sequence[str]) -> str:
    """Return what is wrong with the spelling of a true emotion; empty: nothing.

    Known words may be capitalised where no other word of the table is written as it is known, and where the words are
    not all the challenge's.
    """
    if _is_number(name):
        return "a number"
    coarse = all(_near(one, COARSE) for one in every if one != UNKNOWN)
    words = {*COARSE, UNKNOWN} if coarse else _WORDS
    if name in words:
        return ""
    others = [one for one in every if one != name]
    twin, word = _alike(name, others), _near(name, words)
    usual = coarse or word != name.casefold() or any(one in _WORDS for one in others)
    found = twin or (word if usual else "")
    return f"another spelling of {found!r}" if found else ""


def _alike(name: str, words: Iterable[str]) -> str:
    """Return the word that a name is but for upper and lower case; empty where it is none, or is one exactly."""
    known = list(words)
    return "" if name in known else next((one for one in known if one.casefold() == name.casefold()), "")


def _near(name: str, words: Iterable[str]) -> str:
    """Return the word that a name is, or almost is; empty where it is none."""
    return next(iter(difflib.get_close_matches(name.casefold(), sorted(words), 1, _NEAR)), "")


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True
