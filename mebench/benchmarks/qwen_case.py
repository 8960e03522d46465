"""Input of the benchmark of Qwen2.5-VL: a random checkpoint, one prompt with one picture, and an answer."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jax
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Int32

from mebench.atomic import write_text
from mebench.methods.qwen2_5_vl.network.chat import Prompt
from mebench.methods.qwen2_5_vl.network.config import NetworkConfig, parse_config
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL
from mebench.methods.qwen2_5_vl.network.plan import Placed
from mebench.methods.qwen2_5_vl.network.positions import rope_positions
from mebench.methods.qwen2_5_vl.network.released import RELEASED, SHARED, VISION
from mebench.methods.qwen2_5_vl.network.tensor_file import write_tensors
from mebench.methods.qwen2_5_vl.network.weights import SINGLE, file_tensors, random_model

GRID = (1, 16, 16)
"""One picture of 224 x 224 pixels: 64 tokens."""

ANSWER = 16
"""Tokens of the answer that is learnt."""

CONFIGS: MappingProxyType[str, dict[str, Any]] = MappingProxyType(
    {
        "100m": {
            **SHARED,
            "hidden_size": 768,
            "intermediate_size": 2048,
            "num_attention_heads": 12,
            "num_hidden_layers": 12,
            "num_key_value_heads": 2,
            "rope_scaling": {"type": "mrope", "mrope_section": [8, 12, 12]},
            "vocab_size": 32000,
            "image_token_id": 31996,
            "video_token_id": 31997,
            "vision_start_token_id": 31998,
            "vision_end_token_id": 31999,
            "vision_config": {
                **VISION,
                "depth": 4,
                "hidden_size": 320,
                "intermediate_size": 856,
                "num_heads": 4,
                "out_hidden_size": 768,
                "fullatt_block_indexes": [1, 3],
            },
        },
        "3b": RELEASED["3B"],
    }
)
"""By size: about 100 M parameters in the proportions of the released models, and the released 3B."""


@dataclass(frozen=True)
class QwenCase:
    """One size with its weights.

    Attributes:
        size: a key of `CONFIGS`.
        config: of the model.
        model: with random weights.
        placed: the prompt.
        answer: tokens that fine-tuning learns.
    """

    size: str
    config: NetworkConfig
    model: Qwen25VL
    placed: Placed
    answer: Int32[np.ndarray, " n"]

    @property
    def decode_bytes(self) -> int:
        """Bytes of weights that one step of decoding reads: the text stack with its head, once."""
        leaves = jax.tree_util.tree_leaves_with_path(jax.tree.map(lambda leaf: leaf.nbytes, _state(self.model)))
        return sum(size for path, size in leaves if "visual" not in jax.tree_util.keystr(path))

    @property
    def prefill_flops(self) -> float:
        """Floating-point operations of matrices in one prompt: 2 a weight and token; attention's own are left out."""
        cell, tokens = self.config.vision.cell_patches, len(self.placed.prompt.ids)
        patches = len(self.placed.prompt.pixels)
        total = 0.0
        for path, leaf in jax.tree_util.tree_leaves_with_path(_state(self.model)):
            name = jax.tree_util.keystr(path)
            times = patches // cell if "merger" in name else patches if "visual" in name else tokens
            total += 0 if "embed_tokens" in name or leaf.ndim < 2 else 2.0 * leaf.size * times
        return total


def qwen_case(size: str, tokens: int, dtype: DTypeLike, folder: Path | None) -> QwenCase:
    """Return a case; where there is a folder, it gets all that a peer needs: checkpoint and prompt."""
    config = parse_config(CONFIGS[size], "benchmark")
    model = random_model(config, dtype, seed=0, spread=0.05 if size == "100m" else 0.02)
    placed = random_prompt(size, config, tokens)
    answer = np.random.default_rng(1).integers(0, config.text.vocab_size // 2, ANSWER).astype(np.int32)
    if folder is not None:
        write_tensors(folder / SINGLE, file_tensors(model))
        write_text(folder / "config.json", json.dumps(CONFIGS[size]))
        prompt = placed.prompt
        np.savez(folder / "prompt.npz", ids=prompt.ids, pixels=prompt.pixels, grids=prompt.image_grids, answer=answer)
    return QwenCase(size, config, model, placed, answer)


def random_prompt(size: str, config: NetworkConfig, tokens: int) -> Placed:
    """Return a prompt of so many tokens, 64 of them a picture's behind the first nine."""
    generator = np.random.default_rng(0)
    text = generator.integers(0, config.text.vocab_size // 2, tokens - 66).astype(np.int32)
    start, end = (CONFIGS[size][f"vision_{name}_token_id"] for name in ("start", "end"))
    picture = np.full(64, config.image_token_id, np.int32)
    ids = np.concatenate([text[:9], [start], picture, [end], text[9:]]).astype(np.int32)
    grids, none = np.array([GRID], np.int32), np.zeros((0, 3), np.int32)
    pixels = generator.standard_normal((256, config.vision.patch_values), np.float32)
    places = {"image_token": config.image_token_id, "video_token": config.video_token_id}
    positions, following = rope_positions(ids, grids, none, np.zeros(0), "qwen", **places)
    return Placed(Prompt(ids, pixels, grids, none, np.zeros(0)), positions, following)


def _state(model: Qwen25VL) -> Any:
    from flax import nnx

    return nnx.state(model)
