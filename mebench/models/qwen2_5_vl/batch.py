"""Prompts put into one of a few shapes, so that what is compiled once serves every question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float32, Int32

from mebench.models.qwen2_5_vl.chat import Prompt
from mebench.models.qwen2_5_vl.config import QwenConfig
from mebench.models.qwen2_5_vl.plan import VisionPlan, bucket, slots_of, tokens_of, vision_plan, windows_of
from mebench.models.qwen2_5_vl.positions import rope_positions


@dataclass(frozen=True)
class Buckets:
    """The shapes that are compiled: tokens of a prompt, patches and windows of its pictures, rows of a batch."""

    tokens: tuple[int, ...] = (128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096)
    patches: tuple[int, ...] = (64, 256, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384)
    windows: tuple[int, ...] = (1, 4, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512)
    rows: int = 1


class Batch(NamedTuple):
    """Prompts in one shape; what stands behind a prompt's length, and behind the last prompt, is padding.

    Attributes:
        ids, positions, slots: of the tokens.
        lengths: tokens of each prompt.
        follow: mRoPE position of the first token after each prompt.
        pixels, plans: of its pictures.
    """

    ids: Int32[Array | np.ndarray, "b t"]
    positions: Int32[Array | np.ndarray, "3 b t"]
    slots: Int32[Array | np.ndarray, "b t"]
    lengths: Int32[Array | np.ndarray, " b"]
    follow: Int32[Array | np.ndarray, " b"]
    pixels: Float32[Array | np.ndarray, "b p c"]
    plans: VisionPlan


Shape = tuple[int, int, int]
"""Tokens, patches and windows that a batch has room for."""


def shape_of(prompt: Prompt, config: QwenConfig, buckets: Buckets) -> Shape:
    """Return the shape that a prompt is computed in; prompts of one shape may share a batch.

    Raises:
        MebenchError: the prompt is longer than the longest.
    """
    grids = np.concatenate([prompt.image_grids, prompt.video_grids])
    return (
        bucket(len(prompt.ids), buckets.tokens, "tokens"),
        bucket(max(len(prompt.pixels), 1), buckets.patches, "patches"),
        bucket(max(windows_of(grids, config.vision), 1), buckets.windows, "windows"),
    )


def batch_of(prompts: Sequence[Prompt], config: QwenConfig, shape: Shape, rows: int, mrope: str = "qwen") -> Batch:
    """Return prompts as one batch of `rows`; rows without a prompt repeat the first.

    Args:
        prompts: at most `rows`, each of this shape or a smaller one.
        config: of the model.
        shape: see `shape_of`.
        rows: of the batch.
        mrope: how positions are computed (`mebench.models.qwen2_5_vl.positions`).
    """
    filled = [*prompts, *[prompts[0]] * (rows - len(prompts))]
    one = [_row(prompt, config, shape, mrope) for prompt in filled]
    first = [np.stack([row[n] for row in one]) for n in range(6)]
    plans = VisionPlan(*(np.stack(parts) for parts in zip(*(row[6] for row in one), strict=True)))
    ids, positions, slots, lengths, follow, pixels = first
    return Batch(ids, positions.transpose(1, 0, 2), slots, lengths, follow, pixels, plans)


def _row(
    prompt: Prompt, config: QwenConfig, shape: Shape, mrope: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, VisionPlan]:
    tokens, patches, windows = shape
    grids = np.concatenate([prompt.image_grids, prompt.video_grids])
    vision = config.vision
    positions, follow = rope_positions(
        prompt.ids,
        prompt.image_grids,
        prompt.video_grids,
        prompt.seconds_per_grid,
        mrope,
        image_token=config.image_token,
        video_token=config.video_token,
        merge=vision.merge,
        tokens_per_second=vision.tokens_per_second,
    )
    plan = vision_plan(grids, vision, windows, max(patches // vision.merge**2, tokens_of(grids, vision)))
    slots = slots_of(prompt.ids, config.image_token, config.video_token)
    pixels = np.zeros((patches, prompt.pixels.shape[1]), np.float32)
    pixels[: len(prompt.pixels)] = prompt.pixels
    return (
        _padded(prompt.ids, tokens, 0),
        _padded(positions, tokens, 0),
        _padded(slots, tokens, -1),
        np.array(len(prompt.ids), np.int32),
        np.array(follow, np.int32),
        pixels,
        plan,
    )


def _padded(values: np.ndarray, length: int, value: int) -> np.ndarray:
    missing = [(0, 0)] * (values.ndim - 1) + [(0, length - values.shape[-1])]
    return np.pad(values, missing, constant_values=value).astype(np.int32)
