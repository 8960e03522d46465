"""Device inputs of prompts: padded to fixed shapes, patches sorted into windows, every index made on the host.

Windows are squares of `window_size` pixels within one frame, smaller at its right and lower edge. Patches keep their
order within a window, four by four as tokens need them. Everything here is numpy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float, Int, Int32

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.chat import Prompt
from mebench.methods.qwen2_5_vl.network.config import NetworkConfig, VisionConfig


@dataclass(frozen=True)
class Buckets:
    """Shapes that one compiled program serves. Keep them for a whole experiment: answers then do not depend on batches.

    Attributes:
        prompts: rows of a batch.
        tokens: tokens of a prompt.
        frames: frames (steps in time) of all pictures and videos of one prompt.
        windows: windows of one frame.
        dense: every window of every frame is full, as with 224 x 224 or 448 x 448 pixels.
    """

    prompts: int
    tokens: int
    frames: int
    windows: int
    dense: bool


@dataclass(frozen=True)
class VisionInputs:
    """Pictures and videos of a batch: numpy on the host, jax on the device.

    Attributes:
        pixels: patches by frame, window and slot; zero where there is none.
        places: row and column of each patch in its frame.
        valid: slots that hold a patch; None where all of them do.
    """

    pixels: Float[Any, "... f windows slots p"]
    places: Int[Any, "... f windows slots 2"]
    valid: Bool[Any, "... f windows slots"] | None


@dataclass(frozen=True)
class PromptInputs:
    """A batch of prompts: numpy on the host, jax on the device.

    Attributes:
        ids: tokens, right-padded with 0.
        positions: time, row and column of each token.
        lengths: tokens of each prompt.
        following: position of the first token after each prompt.
        slots: row of the features that takes the token's place; -1 for text.
        vision: pictures and videos; None where there are none, or where features are given.
        features: rows of the vision tower that were computed before (`Qwen25VL.features`).
    """

    ids: Int[Any, "... b t"]
    positions: Int[Any, "... 3 b t"]
    lengths: Int[Any, "... b"]
    following: Int[Any, "... b"]
    slots: Int[Any, "... b t"]
    vision: VisionInputs | None = None
    features: Float[Any, "... tokens d"] | None = None


for _kind in (VisionInputs, PromptInputs):
    jax.tree_util.register_dataclass(_kind)


@dataclass(frozen=True)
class Placed:
    """A prompt with its positions.

    Attributes:
        prompt: see `mebench.methods.qwen2_5_vl.network.chat`.
        positions: of `rope_positions`.
        following: position of the first token after the prompt.
    """

    prompt: Prompt
    positions: Int32[np.ndarray, "3 n"]
    following: int


@dataclass(frozen=True)
class FramePlan:
    """Places of the patches of one size of frame.

    Attributes:
        patches: number of the frame's patch in each slot; -1 for none.
        places: row and column of that patch.
        slot_of_token: place of each token, in reading order, among the frame's slots for tokens.
    """

    patches: Int32[np.ndarray, "windows slots"]
    places: Int32[np.ndarray, "windows slots 2"]
    slot_of_token: Int32[np.ndarray, " tokens"]


def frame_plan(height: int, width: int, config: VisionConfig) -> FramePlan:
    """Return the windows of a frame of height x width patches.

    Raises:
        MebenchError: sides are no multiples of the merging.
    """
    merge, side, cell = config.spatial_merge_size, config.window_cells, config.cell_patches
    if height % merge or width % merge or min(height, width) < merge:
        raise MebenchError(f"a grid of {height} x {width} patches; both must be multiples of {merge}, above 0")
    down, across = -(-height // merge // side), -(-width // merge // side)
    cells = np.full((down * side, across * side), -1, np.int64)
    cells[: height // merge, : width // merge] = np.arange(height * width // cell).reshape(height // merge, -1)
    cells = cells.reshape(down, side, across, side).transpose(0, 2, 1, 3).reshape(down * across, side * side)
    cells = np.take_along_axis(cells, np.argsort(cells < 0, axis=1, kind="stable"), axis=1)  # the full slots first
    patches = np.where(cells[..., None] < 0, -1, cells[..., None] * cell + np.arange(cell))
    patches = patches.reshape(len(cells), -1)  # (windows, slots)
    slot_of_token = np.empty(height * width // cell, np.int32)
    slot_of_token[cells[cells >= 0]] = np.flatnonzero(cells.reshape(-1) >= 0)
    places = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), axis=-1)
    places = places.reshape(height // merge, merge, width // merge, merge, 2).transpose(0, 2, 1, 3, 4).reshape(-1, 2)
    return FramePlan(patches.astype(np.int32), places[np.maximum(patches, 0)].astype(np.int32), slot_of_token)


def frame_sizes(prompt: Prompt) -> list[tuple[int, int]]:
    """Return height and width in patches of every frame of a prompt, in the order of its pixels."""
    grids = np.concatenate([prompt.image_grids, prompt.video_grids]).tolist()
    return [(height, width) for frames, height, width in grids for _ in range(frames)]


def buckets_for(
    prompts: Sequence[Prompt], config: VisionConfig, batch: int, token_step: int = 64, frame_step: int = 1
) -> Buckets:
    """Return the smallest shapes that hold all these prompts; give it all prompts of an experiment.

    Args:
        prompts: every prompt that will be asked.
        config: of the vision tower.
        batch: rows of a batch.
        token_step: tokens are rounded up to a multiple of this, frames to one of `frame_step`.
        frame_step: see `token_step`.
    """
    sizes = [frame_sizes(prompt) for prompt in prompts]
    plans = [frame_plan(*size, config) for size in {one for some in sizes for one in some}]
    return Buckets(
        prompts=batch,
        tokens=_rounded(max((len(prompt.ids) for prompt in prompts), default=1), token_step),
        frames=_rounded(max(map(len, sizes), default=0), frame_step),
        windows=max((len(plan.patches) for plan in plans), default=0),
        dense=bool(
            len({len(plan.patches) for plan in plans}) <= 1 and all((plan.patches >= 0).all() for plan in plans)
        ),
    )


def make_inputs(placed: Sequence[Placed], config: NetworkConfig, buckets: Buckets) -> PromptInputs:
    """Return the batch of some prompts, padded to the buckets' shapes; rows behind the last prompt are empty ones.

    Raises:
        MebenchError: prompts do not fit the buckets, or placeholders and grids do not fit each other.
    """
    if len(placed) > buckets.prompts:
        raise MebenchError(f"{len(placed)} prompts for a batch of {buckets.prompts}; give at most that many")
    b, t = buckets.prompts, buckets.tokens
    ids, slots = np.zeros((b, t), np.int32), np.full((b, t), -1, np.int32)
    positions, lengths, following = np.zeros((3, b, t), np.int32), np.ones(b, np.int32), np.ones(b, np.int32)
    vision = VisionArrays(buckets, config.vision) if buckets.frames else None
    for row, one in enumerate(placed):
        n = len(one.prompt.ids)
        if not 0 < n <= t or one.positions.shape != (3, n):
            raise MebenchError(
                f"a prompt of {n} tokens with positions of shape {one.positions.shape}; allowed: 1 to {t} tokens, each"
                " with three positions"
            )
        ids[row, :n], positions[:, row, :n] = one.prompt.ids, one.positions
        lengths[row], following[row] = n, one.following
        slots[row, :n] = _slots(one.prompt, config, vision, row)
    return PromptInputs(ids, positions, lengths, following, slots, None if vision is None else vision.done())


class VisionArrays:
    """The frames of a batch while they are put into place; every prompt has room for the same number of them."""

    def __init__(self, buckets: Buckets, config: VisionConfig) -> None:
        self.buckets, self.config = buckets, config
        self.slots = config.window_cells**2 * config.cell_patches
        shape = (buckets.prompts * buckets.frames, buckets.windows, self.slots)
        self.pixels = np.zeros((*shape, config.patch_values), np.float32)
        self.places = np.zeros((*shape, 2), np.int32)
        self.valid = np.zeros(shape, bool)

    def put(self, prompt: Prompt, row: int) -> Int[np.ndarray, " tokens"]:
        """Put the frames of a prompt into its room; return the feature rows of its tokens, in order of the pixels."""
        sizes, found, start = frame_sizes(prompt), [np.zeros(0, np.int64)], 0
        if len(sizes) > self.buckets.frames:
            raise MebenchError(f"a prompt with {len(sizes)} frames; allowed: {self.buckets.frames}")
        patches = sum(height * width for height, width in sizes)
        if prompt.pixels.shape != (patches, self.config.patch_values):
            raise MebenchError(f"pixels of shape {prompt.pixels.shape} where grids have {patches} patches")
        for number, size in enumerate(sizes):
            plan, frame = frame_plan(*size, self.config), row * self.buckets.frames + number
            windows = len(plan.patches)
            if windows > self.buckets.windows:
                raise MebenchError(f"a frame of {windows} windows; allowed: {self.buckets.windows}")
            held = plan.patches >= 0
            if self.buckets.dense and not (held.all() and windows == self.buckets.windows):
                raise MebenchError(f"a frame of {size} patches does not fill its windows; the buckets say all do")
            own = prompt.pixels[start : start + size[0] * size[1]]
            self.pixels[frame, :windows][held] = own[plan.patches[held]]
            self.places[frame, :windows], self.valid[frame, :windows] = plan.places, held
            found.append(frame * self.buckets.windows * (self.slots // self.config.cell_patches) + plan.slot_of_token)
            start += len(own)
        return np.concatenate(found)

    def done(self) -> VisionInputs:
        """Return the arrays."""
        return VisionInputs(self.pixels, self.places, None if self.buckets.dense else self.valid)


def _slots(prompt: Prompt, config: NetworkConfig, vision: VisionArrays | None, row: int) -> Int[np.ndarray, " n"]:
    """Return the feature row of each token of a prompt, -1 for text; its pixels are put into place on the way."""
    image, video = prompt.ids == config.image_token_id, prompt.ids == config.video_token_id
    cell = config.vision.cell_patches
    wanted = [int(grids.prod(1).sum()) // cell for grids in (prompt.image_grids, prompt.video_grids)]
    if [int(image.sum()), int(video.sum())] != wanted:
        raise MebenchError(
            f"a prompt with {image.sum()} placeholders of pictures and {video.sum()} of videos;"
            f" its grids have {wanted[0]} and {wanted[1]} tokens"
        )
    slots = np.full(len(prompt.ids), -1, np.int64)
    if sum(wanted):
        if vision is None:
            raise MebenchError("a prompt with pictures in a batch whose buckets have no frames")
        rows = vision.put(prompt, row)
        slots[image], slots[video] = rows[: wanted[0]], rows[wanted[0] :]
    return slots


def _rounded(number: int, step: int) -> int:
    return -(-number // step) * step
