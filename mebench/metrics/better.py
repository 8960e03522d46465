"""Figures of which less is better."""

_LESS = frozenset({"fp", "fn", "error", "mae", "rmse", "unparsable"})
"""Words in the names of such figures: `fp_per_minute`, `onset_error_ms`, `count_mae`."""


def less_is_better(figure: str) -> bool:
    """Return whether a figure, with its sample's name or without, counts errors."""
    return not _LESS.isdisjoint(figure.rpartition(".")[2].split("_"))
