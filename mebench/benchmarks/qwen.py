"""Qwen2.5-VL's prefill, decoding and LoRA steps, beside transformers and PEFT in a process of its own.

Both read one random checkpoint, get the same prompts and, in float32, must give the same tokens and the same loss. The
peer waits while we compute and the other way round; each has the same number of threads, or the same device.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import jax
import numpy as np

from mebench.benchmarks.ceilings import bytes_per_second, flops_per_second
from mebench.benchmarks.peer import Peer, started
from mebench.benchmarks.qwen_case import ANSWER, CONFIGS, QwenCase, qwen_case
from mebench.benchmarks.rows import BenchmarkRow
from mebench.errors import MebenchError, unknown_name
from mebench.methods.qwen2_5_vl.network.clip_rows import ClipRows
from mebench.methods.qwen2_5_vl.network.finetune import FinetuneConfig, Finetuner, make_train_batch, stack_batches
from mebench.methods.qwen2_5_vl.network.generate import Generator, Sampling
from mebench.methods.qwen2_5_vl.network.lora import LoraConfig, add_lora
from mebench.methods.qwen2_5_vl.network.plan import buckets_for
from mebench.runtime.environment import cores


@dataclass(frozen=True)
class QwenBenchmark:
    """Sizes of the benchmark of Qwen2.5-VL.

    Attributes:
        size: `100m` or `3b`.
        batches: prompts that are answered at once, each in turn.
        train_batch: questions in a LoRA step.
        tokens: of the prompt.
        new: tokens that are made, 2 or more; decoding counts all but the first.
        repeats: runs of each, in turn with the peer; the median counts.
    """

    size: str = "100m"
    batches: tuple[int, ...] = (1, 8)
    train_batch: int = 4
    tokens: int = 256
    new: int = 65
    repeats: int = 5

    def __post_init__(self) -> None:
        if self.size not in CONFIGS:
            raise unknown_name("size", self.size, tuple(CONFIGS))
        if self.new < 2 or self.tokens < 80:
            raise MebenchError(f"{self.tokens} tokens and {self.new} new; allowed: tokens from 80, new from 2")


def benchmark_qwen(chosen: QwenBenchmark, peer_python: str | None) -> list[BenchmarkRow]:
    """Return tokens a second of prefill (vision tower included) and decoding, and samples a second of LoRA steps.

    Weights and activations are float32 on CPU, bfloat16 on GPU.

    Args:
        chosen: sizes.
        peer_python: an interpreter that has torch, transformers and peft; None: no peer.

    Raises:
        MebenchError: the peer does not run, or computes something else than we do.
    """
    dtype = "float32" if jax.default_backend() == "cpu" else "bfloat16"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        case = qwen_case(chosen.size, chosen.tokens, dtype, folder if peer_python else None)
        script = Path(__file__).with_name("qwen_peer.py")
        with started(peer_python, script, [name, str(cores()), dtype]) as peer:
            what = f"{chosen.size}, {dtype}"
            rows = [row for batch in chosen.batches for row in _answering(case, chosen, batch, what, peer)]
            return rows + _tuning(case, chosen, what, peer)


def _answering(case: QwenCase, chosen: QwenBenchmark, batch: int, what: str, peer: Peer | None) -> list[BenchmarkRow]:
    """Return prefill (one new token) and decoding (the others) of one batch."""
    buckets = buckets_for([case.placed.prompt], case.config.vision, batch)
    first, whole = (Generator(case.model, buckets, Sampling(new, end_tokens=())) for new in (1, chosen.new))
    placed, checked = [case.placed] * batch, peer is not None and what.endswith("float32")

    def ours(generator: Generator) -> tuple[float, list[int]]:
        start = perf_counter()
        tokens = generator(placed)
        return perf_counter() - start, tokens[0].tolist()

    def theirs(new: int) -> tuple[float, list[int]]:
        if peer is None:
            return float("nan"), []
        found = peer({"do": "generate", "batch": batch, "new": new})
        return found["seconds"], found["tokens"]

    calls = (lambda: ours(first), lambda: ours(whole), lambda: theirs(1), lambda: theirs(chosen.new))
    times = _in_turn(calls, chosen.repeats)
    if checked and times.last[1] != times.last[3]:
        raise MebenchError("the peer makes other tokens than we do; please open an issue")
    one, all_, peer_one, peer_all = times.seconds
    count, later = batch * chosen.tokens, batch * (chosen.new - 1)
    limit = {
        "prefill": case.prefill_flops * batch / one / flops_per_second(case_dtype(what)),
        "decode": case.decode_bytes * (chosen.new - 1) / (all_ - one) / bytes_per_second(),
    }
    where = f"{what}, batch {batch}"
    name = f"prefill with vision, {chosen.tokens} tokens, {where}"
    after = f"decoding, {chosen.new - 1} tokens, {where}"
    return [
        _row(name, count / one, count / peer_one, "tokens/s", limit["prefill"]),
        _row(f"time to first token, {where}", one, peer_one, "s", None),
        _row(after, later / (all_ - one), later / (peer_all - peer_one), "tokens/s", limit["decode"]),
    ]


def _tuning(case: QwenCase, chosen: QwenBenchmark, what: str, peer: Peer | None) -> list[BenchmarkRow]:
    """Return LoRA steps with the vision tower in the step, as the peer has it, and with its rows computed before."""
    batch = chosen.train_batch
    buckets = buckets_for([case.placed.prompt], case.config.vision, batch)
    placed, answers = [case.placed] * batch, [case.answer] * batch
    longer = buckets_for([case.placed.prompt], case.config.vision, batch, chosen.tokens + ANSWER)
    rows = ClipRows(case.model, buckets)(["clip"] * batch, placed, batch)
    add_lora(case.model, LoraConfig(8, 16.0), seed=0)
    tuner = Finetuner(case.model, FinetuneConfig(remat=False))
    given = [
        stack_batches([make_train_batch(placed, answers, case.config, longer, ANSWER, some)]) for some in (None, rows)
    ]
    states = [tuner.start(), tuner.start()]

    def ours(number: int) -> tuple[float, float]:
        start = perf_counter()
        states[number], loss = tuner.step(states[number], given[number], 1000)
        return float(loss), perf_counter() - start

    def step(number: int) -> tuple[float, list[int]]:
        return ours(number)[1], []

    def theirs() -> tuple[float, list[int]]:
        return (float("nan") if peer is None else peer({"do": "train", "batch": batch})["seconds"]), []

    if peer is not None and what.endswith("float32"):
        mine, other = ours(0)[0], peer({"do": "train", "batch": batch})["loss"]
        if abs(mine - other) > 1e-3 * abs(other):
            raise MebenchError(f"the peer's loss is {other} and ours {mine}; please open an issue")
    computed, cached, other = _in_turn((lambda: step(0), lambda: step(1), theirs), chosen.repeats).seconds
    name = f"LoRA step, {chosen.tokens} + {ANSWER} tokens, {what}, batch {batch}"
    return [
        _row(f"{name}, vision in the step", batch / computed, batch / other, "samples/s", None),
        _row(f"{name}, vision cached", batch / cached, batch / other, "samples/s", None),
    ]


@dataclass(frozen=True)
class _Times:
    """Median seconds of each call, and what each gave last."""

    seconds: tuple[float, ...]
    last: tuple[list[int], ...]


def _in_turn(calls: Sequence[Callable[[], tuple[float, list[int]]]], repeats: int) -> _Times:
    """Return the times of calls made one after another, after one round that does not count."""
    rounds = [[call() for call in calls] for _ in range(repeats + 1)]
    seconds = tuple(median(one[n][0] for one in rounds[1:]) for n in range(len(calls)))
    return _Times(seconds, tuple(found for _, found in rounds[-1]))


def case_dtype(what: str) -> str:
    """Return the type of numbers that a row's name ends with."""
    return what.rsplit(", ", 1)[-1]


def _row(name: str, ours: float, peer: float, unit: str, limit: float | None) -> BenchmarkRow:
    known = not np.isnan(peer)
    ratio = (peer / ours if unit == "s" else ours / peer) if known else None
    device = jax.devices()[0].device_kind
    return BenchmarkRow(name, ours, peer if known else None, ratio, unit, limit, cores(), device)
