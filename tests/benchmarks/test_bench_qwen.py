"""`mebench bench qwen` on a model that compiles in seconds: its rows, its counts, and its peer where there is one."""

import json
import sys

import jax
import numpy as np
import pytest
from flax import nnx
from typer.testing import CliRunner

from mebench.benchmarks import qwen, qwen_case
from mebench.benchmarks.qwen import QwenBenchmark, benchmark_qwen
from mebench.cli.main import app
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.weights import read_model

TINY = {
    **qwen_case.CONFIGS["100m"],
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
    "vision_config": {
        **qwen_case.CONFIGS["100m"]["vision_config"],
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "out_hidden_size": 64,
        "fullatt_block_indexes": [1],
    },
}


@pytest.fixture(autouse=True)
def sizes(monkeypatch):
    for module in (qwen, qwen_case):
        monkeypatch.setattr(module, "CONFIGS", {**qwen_case.CONFIGS, "tiny": TINY})


def rows_of(peer):
    return benchmark_qwen(QwenBenchmark("tiny", (1, 2), train_batch=2, tokens=96, new=3, repeats=1), peer)


@pytest.mark.slow
def test_the_command(tmp_path):
    given = ["--size", "tiny", "--batch", "2", "--train-batch", "1", "--tokens", "96", "--new", "2"]
    out = tmp_path / "rows.json"
    done = CliRunner().invoke(app, ["bench", "qwen", *given, "--repeats", "1", "--json", str(out)])
    assert done.exit_code == 0, done.output
    rows = json.loads(out.read_text())
    assert [row["unit"] for row in rows] == ["tokens/s", "s", "tokens/s", "samples/s", "samples/s"]
    assert all(row["peer"] is None and row["ratio"] is None for row in rows)
    assert [row["limit_share"] is None for row in rows] == [False, True, False, True, True]


def test_counts_by_hand(tmp_path):
    case = qwen_case.qwen_case("tiny", 96, "float32", tmp_path)
    assert len(case.placed.prompt.ids) == 96
    text = [
        leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(nnx.state(case.model.language_model))
        if leaf.ndim == 2 and "embed" not in jax.tree_util.keystr(path)
    ]
    head = case.model.language_model.embed_tokens.weight.size
    layers = 2 * (64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 96)
    assert sum(leaf.size for leaf in text) == layers
    biases_and_norms = 2 * (64 + 32 + 32 + 64 + 64) + 64
    assert case.decode_bytes == 4 * (layers + head + biases_and_norms)
    patch = 3 * 2 * 14 * 14
    blocks = 32 * patch + 2 * (32 * 96 + 32 * 32 + 3 * 32 * 48)
    merger = 128 * 128 + 128 * 64
    assert case.prefill_flops == 2 * (layers * 96 + blocks * 256 + merger * 64)


def test_the_peers_files_hold_the_same_model(tmp_path):
    case = qwen_case.qwen_case("tiny", 96, "float32", tmp_path)
    read = nnx.state(read_model(tmp_path, "float32"))
    for one, other in zip(jax.tree.leaves(nnx.state(case.model)), jax.tree.leaves(read), strict=True):
        np.testing.assert_array_equal(one, other)
    with np.load(tmp_path / "prompt.npz") as stored:
        np.testing.assert_array_equal(stored["ids"], case.placed.prompt.ids)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"size": "2b"}, "2b"), ({"tokens": 60}, "tokens from 80"), ({"new": 1}, "new from 2")],
)
def test_wrong_sizes(wrong, said):
    with pytest.raises(MebenchError, match=said):
        QwenBenchmark(**wrong)


@pytest.mark.parity
def test_beside_transformers():
    """Both make the same tokens and find the same loss, or the benchmark stops."""
    rows = rows_of(sys.executable)
    assert len(rows) == 8
    assert all(row.peer is not None for row in rows)
