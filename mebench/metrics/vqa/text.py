"""BLEU-4 and ROUGE-1 of short answers, as sums that any resample can be computed from."""

import functools
import re
from collections import Counter
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float64

ORDER = 4

BLEUS = ("corpus4", "corpus4-ws", "sentence4-smooth1")
"""`corpus4`: corpus level, order 4, no smoothing, 13a tokens; `corpus4-ws`: the same on words between spaces;
`sentence4-smooth1`: nltk's sentence level with smoothing method 1 on 13a tokens, mean over rows."""

ROUGES = MappingProxyType({"f": "fmeasure", "recall": "recall"})
"""Which part of ROUGE-1 (rouge-score, lower-cased words, no stemming), mean over rows."""

_TOKENS = (
    (re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "),
    (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),
    (re.compile(r"([\.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))


def tokens_13a(text: str) -> list[str]:
    """Return the tokens of mteval-v13a's language-independent rules (the tokeniser of WMT, "13a")."""
    text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    text = f" {text} "
    for pattern, replacement in _TOKENS:
        text = pattern.sub(replacement, text)
    return text.split()


def bleu_sums(answer: str, truth: str, bleu: str) -> Float64[np.ndarray, " s"]:
    """Return what one row adds to BLEU: matched and possible n-grams of orders 1 to 4, lengths of answer and truth.

    For `sentence4-smooth1`: the row's own score, once. Case counts, as in the tools.
    """
    if bleu == "sentence4-smooth1":
        return np.array([_sentence(tokens_13a(answer), tokens_13a(truth))])
    split = str.split if bleu == "corpus4-ws" else tokens_13a
    guess, real = split(answer), split(truth)
    matched, possible = [], []
    for n in range(1, ORDER + 1):
        mine, theirs = _ngrams(guess, n), _ngrams(real, n)
        matched.append((mine & theirs).total())
        possible.append(mine.total())
    return np.array([*matched, *possible, len(guess), len(real)], np.float64)


def bleu_of(sums: Float64[np.ndarray, "b s"], rows: Float64[np.ndarray, " b"], bleu: str) -> Float64[np.ndarray, " b"]:
    """Return BLEU in [0, 1] from summed `bleu_sums`, for each row of sums; NaN where there is no row.

    Corpus level (Papineni et al. 2002): brevity penalty times the geometric mean of the four precisions; 0 where one of
    them is 0 or has no n-gram. This is sacrebleu's corpus_bleu with smoothing `none`. nltk's corpus_bleu is not used:
    it counts a row too short for an n-gram as one that misses it, so answers of one word that are all right score
    below 1.
    """
    if bleu == "sentence4-smooth1":
        return np.divide(sums[:, 0], rows, out=np.full(len(rows), np.nan), where=rows > 0)
    matched, possible, guess, real = sums[:, :ORDER], sums[:, ORDER : 2 * ORDER], sums[:, -2], sums[:, -1]
    precision = np.divide(matched, possible, out=np.zeros_like(matched), where=possible > 0)
    whole = (precision > 0).all(1)
    logs = np.log(precision, out=np.zeros_like(precision), where=precision > 0).mean(1)
    short = np.divide(real, guess, out=np.ones_like(real), where=guess > 0)
    penalty = np.exp(np.minimum(0.0, 1 - short))
    return np.where(rows > 0, np.where(whole, penalty * np.exp(logs), 0.0), np.nan)


def rouge_1(answer: str, truth: str, part: str) -> float:
    """Return ROUGE-1 of one row: its `f` or its `recall` (Lin 2004; rouge-score)."""
    return float(getattr(_rouge_of(answer, truth)["rouge1"], ROUGES[part]))


def official_like(pairs: list[tuple[str, str]], part: str, seed: int = 0) -> dict[str, float]:
    """Return low, mid and high of rouge-score's own bootstrap over (answer, truth) rows, 1,000 resamples.

    It draws from numpy's global state, which is seeded here and put back as it was.
    """
    from rouge_score.scoring import BootstrapAggregator

    aggregator = BootstrapAggregator()
    for answer, truth in pairs:
        aggregator.add_scores(_rouge_of(answer, truth))
    state = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(seed)  # noqa: NPY002
        found = aggregator.aggregate()["rouge1"]
    finally:
        np.random.set_state(state)  # noqa: NPY002
    return {name: float(getattr(getattr(found, name), ROUGES[part])) for name in ("low", "mid", "high")}


def _ngrams(tokens: list[str], n: int) -> Counter[tuple[str, ...]]:
    from nltk.util import ngrams

    return Counter(ngrams(tokens, n)) if len(tokens) >= n else Counter()


def _sentence(guess: list[str], real: list[str]) -> float:
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    if not guess or not real:
        return 0.0
    return float(sentence_bleu([real], guess, smoothing_function=SmoothingFunction().method1))


@functools.lru_cache(maxsize=2**14)
def _rouge_of(answer: str, truth: str) -> Any:
    return _rouge().score(truth, answer)


@functools.cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rouge1"])
