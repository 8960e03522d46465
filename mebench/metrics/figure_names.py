"""Meanings of figures' names: whether less is better, and whether it is a number of things."""

import re

_LESS = frozenset({"fp", "fn", "error", "mae", "rmse", "unparsable"})
"""Words in the names of figures that count errors: `fp_per_minute`, `onset_error_ms`, `count_mae`."""

_COUNT = re.compile(r"(tp|fp|fn)_[sa]|(macro|micro|overall)_(tp|fp|fn)|parse_failures|n_classes")


def less_is_better(figure: str) -> bool:
    """Return whether a figure, with its sample's name or without, counts errors."""
    return not _LESS.isdisjoint(figure.rpartition(".")[2].split("_"))


def is_count(figure: str) -> bool:
    """Return whether a figure, with its sample's name or without, is a whole number."""
    return _COUNT.fullmatch(figure.rpartition(".")[2]) is not None
