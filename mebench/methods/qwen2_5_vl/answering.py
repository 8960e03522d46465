"""Questions to Qwen2.5-VL in batches of one shape; each answer is logged before the next batch is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from jaxtyping import Int32

from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.methods.qwen2_5_vl.answer_log import AnswerLog, LoggedAnswer
from mebench.methods.qwen2_5_vl.checkpoint import Loaded
from mebench.methods.qwen2_5_vl.network.clip_rows import ClipRows
from mebench.methods.qwen2_5_vl.network.generate import Generator, Sampling
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL
from mebench.methods.qwen2_5_vl.network.plan import Buckets, buckets_for, make_inputs
from mebench.methods.qwen2_5_vl.network.sharding import shard_inputs
from mebench.methods.qwen2_5_vl.prompts import Asked
from mebench.metrics.vqa.parsers import PARSERS, VOCABULARY
from mebench.progress import Progress

TOKEN_STEP = 64
"""Prompts are padded to a multiple of this."""


@dataclass(frozen=True)
class QwenAnswerer:
    """A model that answers batches of one shape.

    Attributes:
        loaded: the checkpoint.
        rows: of the vision tower, of the clips that were asked about last.
        generator: the compiled program.
        settings: of the experiment.
        seed: of what is drawn.
    """

    loaded: Loaded
    rows: ClipRows
    generator: Generator
    settings: QwenConfig
    seed: int

    def with_model(self, model: Qwen25VL) -> "QwenAnswerer":
        """Return one with other numbers in the same model; nothing is compiled anew."""
        return replace(self, rows=self.rows.with_model(model), generator=self.generator.with_model(model))

    def tokens(self, asked: Sequence[Asked]) -> list[Int32[np.ndarray, " _"]]:
        """Return the tokens of each answer; what is drawn depends on the seed and the question's key."""
        placed, buckets = [one.placed for one in asked], self.generator.buckets
        inputs = make_inputs(placed, self.generator.config, buckets)
        if inputs.vision is not None:
            shown = self.rows([one.clip for one in asked], placed, buckets.prompts)
            inputs = replace(inputs, vision=None, features=shown)
        if self.loaded.mesh is not None:
            inputs = shard_inputs(inputs, self.loaded.mesh)
        return self.generator.answers(inputs, len(asked), [int(one.key[:8], 16) for one in asked])


def answerer_for(asked: Sequence[Asked], loaded: Loaded, seed: int) -> QwenAnswerer:
    """Return the answerer whose shape holds all questions of an experiment."""
    chosen = loaded.asked
    buckets = buckets_of(asked, loaded, chosen.settings.rows)
    sampling = Sampling(
        max_new_tokens=chosen.new_tokens,
        temperature=chosen.temperature,
        top_p=chosen.top_p,
        top_k=chosen.top_k,
        repetition_penalty=chosen.repetition_penalty,
        seed=seed,
        end_tokens=chosen.stop,
    )
    rows = ClipRows(loaded.model, buckets, kept=2 * chosen.settings.rows)
    return QwenAnswerer(loaded, rows, Generator(loaded.model, buckets, sampling), chosen.settings, seed)


def buckets_of(asked: Sequence[Asked], loaded: Loaded, rows: int, longer: int = 0) -> Buckets:
    """Return the shape that holds all questions, and `longer` more tokens."""
    found = buckets_for([one.placed.prompt for one in asked], loaded.model.config.vision, rows, 1)
    return replace(found, tokens=-(-(found.tokens + longer) // TOKEN_STEP) * TOKEN_STEP)


def answer_all(
    asked: Sequence[Asked], answerer: QwenAnswerer, parser: str, log: AnswerLog, progress: Progress, what: str
) -> None:
    """Bring every answer into the log; what it has is not asked again."""
    waiting = list({one.key: one for one in asked if log.get(one.key) is None}.values())
    with progress.stage(what, len(asked), "questions") as advance:
        advance(len(asked) - len(waiting))
        for some in _groups(waiting, answerer.settings.rows):
            for answer in answered(some, answerer, parser):
                log.append(answer)
            advance(len(some))


def answered(asked: Sequence[Asked], answerer: QwenAnswerer, parser: str) -> list[LoggedAnswer]:
    """Return the answers to one batch of questions."""
    start = monotonic()
    tokens = answerer.tokens(asked)
    seconds = round((monotonic() - start) / len(asked), 4)
    return [_logged(one, found, answerer, parser, seconds) for one, found in zip(asked, tokens, strict=True)]


def _logged(
    one: Asked, tokens: Int32[np.ndarray, " _"], answerer: QwenAnswerer, parser: str, seconds: float
) -> LoggedAnswer:
    raw, form = answerer.loaded.text_of(tokens), one.question.form
    parsed = PARSERS[parser](raw, VOCABULARY[form]) if form in VOCABULARY else raw
    status = "ok" if parsed is not None else "unparsed"
    return LoggedAnswer(one.key, one.question.question_id, raw, parsed, status, seconds, len(tokens))


def _groups(asked: Sequence[Asked], rows: int) -> Iterator[Sequence[Asked]]:
    for start in range(0, len(asked), rows):
        yield asked[start : start + rows]
