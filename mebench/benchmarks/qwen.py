"""Qwen2.5-VL's prefill and decoding on CPU, beside transformers in a process of its own.

Both read one random checkpoint of about 100 M parameters in float32, get the same prompt and must give the same tokens.
The peer waits while we compute and the other way round; each has the same number of threads.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int32

from mebench.atomic import write_text
from mebench.benchmarks.rows import BenchmarkRow
from mebench.errors import MebenchError
from mebench.models.qwen2_5_vl.chat import Prompt
from mebench.models.qwen2_5_vl.config import ModelConfig, parse_config
from mebench.models.qwen2_5_vl.generate import Generator, Sampling
from mebench.models.qwen2_5_vl.plan import Placed, buckets_for
from mebench.models.qwen2_5_vl.positions import rope_positions
from mebench.models.qwen2_5_vl.tensor_file import write_tensors
from mebench.models.qwen2_5_vl.weights import SINGLE, file_tensors, random_model
from mebench.runtime import cores

IMAGE, VIDEO, START, END = 31996, 31997, 31998, 31999
GRID = (1, 16, 16)
"""One picture of 224 x 224 pixels."""

CONFIG = {
    "model_type": "qwen2_5_vl",
    "architectures": ["Qwen2_5_VLForConditionalGeneration"],
    "hidden_act": "silu",
    "hidden_size": 768,
    "intermediate_size": 2048,
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "rms_norm_eps": 1e-6,
    "rope_theta": 1e6,
    "rope_scaling": {"type": "mrope", "mrope_section": [8, 12, 12]},
    "tie_word_embeddings": True,
    "vocab_size": 32000,
    "image_token_id": IMAGE,
    "video_token_id": VIDEO,
    "vision_start_token_id": START,
    "vision_end_token_id": END,
    "vision_config": {
        "depth": 4,
        "hidden_act": "silu",
        "hidden_size": 320,
        "intermediate_size": 856,
        "num_heads": 4,
        "in_channels": 3,
        "out_hidden_size": 768,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "spatial_patch_size": 14,
        "window_size": 112,
        "fullatt_block_indexes": [1, 3],
        "tokens_per_second": 2,
        "temporal_patch_size": 2,
    },
}
"""About 100 M parameters in the proportions of the released models."""


def benchmark_qwen(peer_python: str | None, tokens: int = 256, new: int = 65, repeats: int = 5) -> list[BenchmarkRow]:
    """Return tokens a second of prefill (vision tower included) and of decoding, and seconds to load.

    Args:
        peer_python: an interpreter that has torch and transformers; None: no peer.
        tokens: of the prompt.
        new: tokens that are made, 2 or more; decoding counts all but the first.
        repeats: runs of each, taken in turn; the median counts.

    Raises:
        MebenchError: the peer does not run, or gives other tokens than we do.
    """
    if new < 2 or tokens < 80:
        raise MebenchError(f"{tokens} tokens and {new} new ones; allowed: tokens from 80, new ones from 2")
    config = parse_config(CONFIG, "benchmark")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        placed, generators = _prepared(config, folder, tokens, (1, new))
        times: dict[str, list[list[float]]] = {"ours": [], "peer": []}
        with _peer(peer_python, folder) as ask:
            for number in range(repeats + 1):
                found, seconds = zip(*(_timed(one, placed) for one in generators), strict=True)
                answers = [ask(count) for count in (1, new)] if ask is not None else []
                if answers and answers[1][0] != found[1].tolist():
                    raise MebenchError("the peer makes other tokens than we do; please open an issue")
                if number:
                    times["ours"].append(list(seconds))
                    times["peer"].append([own for _, own in answers])
    return _rows(times, tokens, new, peer_python is not None)


def _prepared(config: ModelConfig, folder: Path, tokens: int, counts: Sequence[int]) -> tuple[Placed, list[Generator]]:
    """Return the prompt and a generator for each number of new tokens; folder has all that the peer needs."""
    model = random_model(config, jnp.float32, seed=0, spread=0.05)
    write_tensors(folder / SINGLE, file_tensors(model))
    write_text(folder / "config.json", json.dumps(CONFIG))
    generator = np.random.default_rng(0)
    text = generator.integers(0, START - 2, tokens - 66).astype(np.int32)
    picture = np.full(64, IMAGE, np.int32)
    ids = np.concatenate([text[:9], [START], picture, [END], text[9:]]).astype(np.int32)
    grids = np.array([GRID], np.int32)
    pixels = generator.standard_normal((256, config.vision.patch_values), np.float32)
    np.savez(folder / "prompt.npz", ids=ids, pixels=pixels, grids=grids)
    none = np.zeros((0, 3), np.int32)
    prompt = Prompt(ids, pixels, grids, none, np.zeros(0))
    positions, following = rope_positions(ids, grids, none, np.zeros(0), "qwen", image_token=IMAGE, video_token=VIDEO)
    buckets = buckets_for([prompt], config.vision, 1)
    generators = [Generator(model, buckets, Sampling(count, end_tokens=())) for count in counts]
    return Placed(prompt, positions, following), generators


def _timed(generator: Generator, placed: Placed) -> tuple[Int32[np.ndarray, " n"], float]:
    start = perf_counter()
    (tokens,) = generator([placed])
    return tokens, perf_counter() - start


class _Ask:
    """The peer's process, which makes tokens when it is told how many."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __call__(self, count: int) -> tuple[list[int], float]:
        """Return the peer's tokens and seconds."""
        if self.process.stdin is None or self.process.stdout is None:
            raise MebenchError("the peer has no pipes")
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise MebenchError("the peer stopped; give an interpreter that has torch and transformers")
        tokens, seconds = json.loads(line)
        return tokens, seconds


@contextmanager
def _peer(python: str | None, folder: Path) -> Iterator[_Ask | None]:
    """Start the peer; it ends with the block."""
    if python is None:
        yield None
        return
    script = Path(__file__).with_name("qwen_peer.py")
    command = [python, str(script), str(folder), str(cores())]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise MebenchError(f"{python}: cannot be started; give an interpreter that has torch") from error
    with process:
        try:
            yield _Ask(process)
        finally:
            process.terminate()


def _rows(times: dict[str, list[list[float]]], tokens: int, new: int, beside: bool) -> list[BenchmarkRow]:
    """Return both rows from seconds of one and of `new` tokens."""
    rates = {}
    for who, runs in times.items():
        if who == "ours" or beside:
            rates[who] = (
                tokens / median(first for first, _ in runs),
                (new - 1) / median(whole - first for first, whole in runs),
            )
    kind = f"100 M parameters, float32, {tokens} tokens"
    rows = []
    for place, what in enumerate((f"prefill with vision, {kind}", f"decoding {new - 1} tokens, {kind}")):
        peer = rates["peer"][place] if beside else None
        ratio = None if peer is None else rates["ours"][place] / peer
        rows.append(
            BenchmarkRow(
                what, rates["ours"][place], peer, ratio, "tokens/s", None, cores(), jax.devices()[0].device_kind
            )
        )
    return rows
