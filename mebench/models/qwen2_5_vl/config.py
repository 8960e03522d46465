"""Sizes of a Qwen2.5-VL checkpoint, from its own config.json; nothing is filled in from a library's defaults."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.errors import MebenchError


@dataclass(frozen=True)
class VisionConfig:
    """Vision tower.

    Attributes:
        depth, hidden, mlp, heads: of the blocks.
        patch, temporal_patch, merge: pixels of a patch's side, frames in a patch, patches a side of a token.
        window: pixels of a window's side.
        output: width of a token that the tower gives.
        full_blocks: blocks that attend over a whole frame.
        channels: of a picture.
        tokens_per_second: positions in a second of video.
    """

    depth: int
    hidden: int
    mlp: int
    heads: int
    patch: int
    temporal_patch: int
    merge: int
    window: int
    output: int
    full_blocks: tuple[int, ...]
    channels: int
    tokens_per_second: int

    @property
    def head_size(self) -> int:
        """Width of a head."""
        return self.hidden // self.heads

    @property
    def window_tokens(self) -> int:
        """Tokens along a window's side."""
        return self.window // self.merge // self.patch


@dataclass(frozen=True)
class TextConfig:
    """Text stack.

    Attributes:
        vocabulary, hidden, mlp, layers, heads, kv_heads, head_size: as they say.
        theta: base of the rotary embedding; sections: pairs that turn with time, row and column.
        epsilon: of the norms.
        tied: whether the head is the embedding.
        qkv_bias: whether queries, keys and values have a bias.
    """

    vocabulary: int
    hidden: int
    mlp: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    theta: float
    sections: tuple[int, ...]
    epsilon: float
    tied: bool
    qkv_bias: bool = True


@dataclass(frozen=True)
class QwenConfig:
    """A whole model; `image_token` and `video_token` are the placeholders of pictures and videos."""

    vision: VisionConfig
    text: TextConfig
    image_token: int
    video_token: int


def read_config(folder: Path) -> QwenConfig:
    """Return the sizes of the checkpoint in a folder; flat and nested config.json are read.

    Raises:
        MebenchError: no config.json, no JSON, another kind of model, or a key that is missing; it is named.
    """
    path = folder / "config.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MebenchError(
            f"cannot read {path}: {(error.strerror or str(error)).lower()}; give the folder of a Qwen2.5-VL checkpoint "
            "(config.json, *.safetensors, tokenizer.json) with --weights"
        ) from error
    except ValueError as error:
        raise MebenchError(f"{path} is no JSON: {error}; get the file again") from error
    kind = values.get("model_type") if isinstance(values, dict) else None
    if kind != "qwen2_5_vl":
        raise MebenchError(f"{path} is of model_type {kind!r}; only qwen2_5_vl is supported")
    try:
        return config_of(values)
    except KeyError as error:
        raise MebenchError(f"{path} lacks the key {error}; get the checkpoint's own file") from error


def config_of(values: Mapping[str, Any]) -> QwenConfig:
    """Return the sizes that a parsed config.json states.

    Raises:
        KeyError: a key is missing.
    """
    text = values.get("text_config", values)
    return QwenConfig(
        vision=_vision(values["vision_config"]),
        text=_text(text, bool(values.get("tie_word_embeddings", text.get("tie_word_embeddings", False)))),
        image_token=int(values["image_token_id"]),
        video_token=int(values["video_token_id"]),
    )


def _vision(values: Mapping[str, Any]) -> VisionConfig:
    return VisionConfig(
        depth=int(values["depth"]),
        hidden=int(values["hidden_size"]),
        mlp=int(values["intermediate_size"]),
        heads=int(values["num_heads"]),
        patch=int(values["patch_size"] if "patch_size" in values else values["spatial_patch_size"]),
        temporal_patch=int(values.get("temporal_patch_size", 2)),
        merge=int(values["spatial_merge_size"]),
        window=int(values["window_size"]),
        output=int(values["out_hidden_size"]),
        full_blocks=tuple(int(block) for block in values["fullatt_block_indexes"]),
        channels=int(values.get("in_channels", values.get("in_chans", 3))),
        tokens_per_second=int(values.get("tokens_per_second", 2)),
    )


def _text(values: Mapping[str, Any], tied: bool) -> TextConfig:
    rope = values.get("rope_parameters") or values.get("rope_scaling") or {}
    hidden, heads = int(values["hidden_size"]), int(values["num_attention_heads"])
    return TextConfig(
        vocabulary=int(values["vocab_size"]),
        hidden=hidden,
        mlp=int(values["intermediate_size"]),
        layers=int(values["num_hidden_layers"]),
        heads=heads,
        kv_heads=int(values["num_key_value_heads"]),
        head_size=int(values.get("head_dim") or hidden // heads),
        theta=float(rope["rope_theta"] if "rope_theta" in rope else values["rope_theta"]),
        sections=tuple(int(one) for one in rope["mrope_section"]),
        epsilon=float(values["rms_norm_eps"]),
        tied=tied,
    )
