"""Every index that the vision tower and the text stack need, made on the host: no shape depends on what is asked."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Int, Int32

from mebench.errors import MebenchError
from mebench.models.qwen2_5_vl.config import VisionConfig


class VisionPlan(NamedTuple):
    """How the patches of one prompt are put into windows, and its tokens back in order.

    Attributes:
        patches: patch at each place of a window; padding repeats patch 0.
        valid: which places are no padding.
        frame: number of the frame that a place is of; -1 in padding.
        places: row and column of each patch in its picture.
        tokens: where each token, in the order of the prompt, stands among the merged places.
    """

    patches: Int32[Array | np.ndarray, "*b w s"]
    valid: Bool[Array | np.ndarray, "*b w s"]
    frame: Int32[Array | np.ndarray, "*b w s"]
    places: Int32[Array | np.ndarray, "*b w s 2"]
    tokens: Int32[Array | np.ndarray, "*b n"]


def vision_plan(grids: Int[np.ndarray, "m 3"], config: VisionConfig, windows: int, tokens: int) -> VisionPlan:
    """Return the plan of the pictures and videos of one prompt.

    Args:
        grids: patches in time, down and across of each, pictures first.
        config: patch, merge and window.
        windows: how many there are room for.
        tokens: how many there are room for.

    Raises:
        MebenchError: more windows or tokens than there is room for.
    """
    cell = config.merge**2
    found, places, base = [], [], 0
    frames: list[int] = []
    for t, h, w in grids.tolist():
        places.append(np.tile(_places(h, w, config.merge), (t, 1, 1)))
        for _ in range(t):
            found += _windows(base, h // config.merge, w // config.merge, config.window_tokens)
            frames += [len(frames)]
            base += h * w // cell
    counts = [h * w // cell for t, h, w in grids.tolist() for _ in range(t)]
    if len(found) > windows or base > tokens:
        raise MebenchError(
            f"a prompt with {len(found)} windows and {base} picture tokens does not fit {windows} and {tokens}; show "
            "fewer or smaller pictures"
        )
    size = config.window_tokens**2
    gather, valid = np.zeros((windows, size), np.int32), np.zeros((windows, size), bool)
    for number, row in enumerate(found):
        gather[number, : len(row)], valid[number, : len(row)] = row, True
    of_frame = np.repeat(np.array(frames, np.int32), counts) if frames else np.zeros(1, np.int32)
    spots = np.concatenate(places) if places else np.zeros((1, cell, 2), np.int32)
    inverse = np.zeros(tokens, np.int32)
    inverse[gather[valid]] = np.flatnonzero(valid.reshape(-1))
    return VisionPlan(
        patches=(gather[..., None] * cell + np.arange(cell)).reshape(windows, size * cell).astype(np.int32),
        valid=np.repeat(valid, cell, axis=1),
        frame=np.repeat(np.where(valid, of_frame[gather], -1), cell, axis=1).astype(np.int32),
        places=spots[gather].reshape(windows, size * cell, 2).astype(np.int32),
        tokens=inverse,
    )


def windows_of(grids: Int[np.ndarray, "m 3"], config: VisionConfig) -> int:
    """Return how many windows pictures and videos take."""
    side = config.window_tokens * config.merge
    return sum(t * -(-h // side) * -(-w // side) for t, h, w in grids.tolist())


def tokens_of(grids: Int[np.ndarray, "m 3"], config: VisionConfig) -> int:
    """Return how many tokens pictures and videos give."""
    return sum(t * h * w // config.merge**2 for t, h, w in grids.tolist())


def slots_of(ids: Int[np.ndarray, " n"], image_token: int, video_token: int) -> Int32[np.ndarray, " n"]:
    """Return which vision token takes the place of each token of a prompt, -1 for text; pictures before videos."""
    image, video = ids == image_token, ids == video_token
    slots = np.full(len(ids), -1, np.int32)
    slots[image] = np.arange(image.sum())
    slots[video] = image.sum() + np.arange(video.sum())
    return slots


def bucket(count: int, sizes: Sequence[int], what: str) -> int:
    """Return the smallest size that holds `count`.

    Raises:
        MebenchError: none does.
    """
    found = next((size for size in sizes if size >= count), None)
    if found is None:
        raise MebenchError(
            f"{count} {what} are more than the largest size, {sizes[-1]}; show fewer or smaller pictures"
        )
    return found


def _places(height: int, width: int, merge: int) -> Int[np.ndarray, "cells patches 2"]:
    """Return row and column of each patch of a frame, in merged cells, row by row."""
    grid = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), axis=-1)
    cells = grid.reshape(height // merge, merge, width // merge, merge, 2).transpose(0, 2, 1, 3, 4)
    return cells.reshape(-1, merge**2, 2)  # (cells, merge * merge, 2)


def _windows(base: int, rows: int, columns: int, side: int) -> list[Int[np.ndarray, " _"]]:
    """Return the tokens of each window of a frame; at the right and lower edge a window is smaller."""
    index = base + np.arange(rows * columns).reshape(rows, columns)
    tops, lefts = range(0, rows, side), range(0, columns, side)
    return [index[top : top + side, left : left + side].reshape(-1) for top in tops for left in lefts]
