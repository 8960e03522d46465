"""Classes read from answers in words, by named parsers (the organisers' own parser is not public)."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from mebench.data.labels import COARSE, FINE

VOCABULARY = MappingProxyType({"coarse": COARSE, "fine": FINE})
"""Words that are understood as a class, by form of question."""

DECLARED = MappingProxyType(
    {"coarse": COARSE[:3], "fine": ("happiness", "surprise", "fear", "disgust", "anger", "sadness")}
)
"""Classes as the challenge declares them (ME-VQA)."""


def exact(answer: str, words: Sequence[str]) -> str | None:
    """Return the class that the whole answer is: lower case, stripped, a final full stop dropped; None for others."""
    text = answer.strip().lower().removesuffix(".").strip()
    return text if text in words else None


def search(answer: str, words: Sequence[str]) -> str | None:
    """Return the class whose word stands first in the answer, as a whole word in any case; None where none does."""
    found = re.search(rf"\b({'|'.join(map(re.escape, words))})\b", answer.lower())
    return found.group(1) if found else None


PARSERS: Mapping[str, Callable[[str, Sequence[str]], str | None]] = MappingProxyType({"exact": exact, "search": search})
"""By name, as `--parser` takes them."""
