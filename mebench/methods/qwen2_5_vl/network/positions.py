"""mRoPE: three positions a token (time, row, column), in each of the ways that released code computes them.

A token of text has the same number three times, one more than the token before. A token of a picture or video has its
cell in the grid added to where the picture starts. Ways differ in a video's time and in where text goes on after it
(mebench/docs/qwen.md, mRoPE):

- `qwen`: time floor(i * seconds a grid step * tokens a second), text goes on after the largest of the three positions
  (Qwen's fine-tuning code, vLLM, transformers 4.49).
- `hf4`: seconds cut to whole ones before they are multiplied; text goes on as in `qwen` (transformers 4.57).
- `hf5_17`: time as `hf4`; text goes on max(rows, columns) after the start, whatever the time (transformers 5.3 to
  5.17).
- `hf5`: time as `qwen`, text as `hf5_17` (transformers 5.20 to 5.23).

An answer goes on from the prompt's last token. In `hf5_17` and `hf5` that may be far below the largest position of a
long video; transformers 5 generates so, although its `rope_deltas` count from the largest.
"""

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int, Int32

from mebench.errors import MebenchError, unknown_name

MropeMode = Literal["qwen", "hf4", "hf5_17", "hf5"]
MROPE_MODES: tuple[str, ...] = get_args(MropeMode)

IMAGE_TOKEN, VIDEO_TOKEN = 151655, 151656
"""Ids of the placeholders in the released vocabulary."""


def rope_positions(
    ids: Int[np.ndarray, " n"],
    image_grids: Int[np.ndarray, "i 3"],
    video_grids: Int[np.ndarray, "v 3"],
    seconds_per_grid: Float[np.ndarray, " v"],
    mode: str = "qwen",
    *,
    image_token: int = IMAGE_TOKEN,
    video_token: int = VIDEO_TOKEN,
    merge: int = 2,
    tokens_per_second: int = 2,
) -> tuple[Int32[np.ndarray, "3 n"], int]:
    """Return time, row and column of every token of one prompt, and the position of the first token after it.

    Args:
        ids: tokens, without padding; each picture is one run of placeholders, with other tokens between runs.
        image_grids: patches in time, down and across of each picture, in the order of their placeholders.
        video_grids: the same of each video.
        seconds_per_grid: seconds between two steps in time of each video (frames in a patch / frames a second).
        mode: one of `MROPE_MODES`.
        image_token: id of a picture's placeholder.
        video_token: id of a video's placeholder.
        merge: patches a side that make one token.
        tokens_per_second: positions in a second of video, from the model's vision_config.

    Raises:
        MebenchError: mode is unknown, placeholders and grids do not fit each other, or the prompt ends on a picture.
    """
    if mode not in MROPE_MODES:
        raise unknown_name("mRoPE mode", mode, MROPE_MODES)
    images = iter([(grid, 0.0) for grid in image_grids.tolist()])
    videos = iter(list(zip(video_grids.tolist(), seconds_per_grid.tolist(), strict=True)))
    parts, start = [], 0
    for token, length in _runs(ids, (image_token, video_token)):
        if token is None:
            parts.append(np.tile(np.arange(start, start + length), (3, 1)))
            start += length
            continue
        grid, seconds = _next(images if token == image_token else videos, token == image_token)
        cells = _cells(grid, seconds, mode, merge, tokens_per_second)
        if cells.shape[1] != length:
            raise MebenchError(
                f"{length} placeholders in a row where a grid of {grid} patches has {cells.shape[1]} tokens;"
                " pictures must stand one by one, each with the tokens of its own grid"
            )
        parts.append(cells + start)
        start += _extent(cells, mode)
    if left := sum(1 for _ in images) + sum(1 for _ in videos):
        raise MebenchError(f"{left} more pictures or videos than runs of placeholders in the prompt")
    positions = np.concatenate([np.zeros((3, 0), int), *parts], axis=1).astype(np.int32)
    last = positions[:, -1] if len(ids) else np.full(3, -1)
    if len(set(last.tolist())) > 1:
        raise MebenchError("the prompt ends on a picture or video, which no answer can follow; put text after it")
    return positions, int(last[0]) + 1


def _runs(ids: Int[np.ndarray, " n"], placeholders: tuple[int, int]) -> Iterator[tuple[int | None, int]]:
    """Yield each run of one placeholder (its id) or of other tokens (None) with its length."""
    kinds = np.where(np.isin(ids, placeholders), ids, -1)
    ends = np.append(np.flatnonzero(np.diff(kinds)) + 1, len(ids))
    begins = np.append(0, ends[:-1])
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if end > begin:
            yield (None if kinds[begin] == -1 else int(kinds[begin])), end - begin


def _next(grids: Iterator[tuple[list[int], float]], is_image: bool) -> tuple[list[int], float]:
    """Return the next grid of pictures or videos with its seconds."""
    found = next(grids, None)
    if found is None:
        raise MebenchError(f"more runs of placeholders than {'pictures' if is_image else 'videos'} in the prompt")
    return found


def _cells(
    grid: list[int], seconds: float, mode: str, merge: int, tokens_per_second: int
) -> Int[np.ndarray, "3 tokens"]:
    """Return time, row and column of a grid's tokens, from 0; time is computed in float32, as all of them do."""
    steps = np.arange(grid[0], dtype=np.float32)
    if mode == "qwen":
        time = (steps * np.float32(seconds)) * np.float32(tokens_per_second)
    elif mode == "hf5":
        time = steps * np.float32(np.float32(seconds) * tokens_per_second)
    else:
        time = steps * int(seconds) * tokens_per_second
    axes = time.astype(np.int64), np.arange(grid[1] // merge), np.arange(grid[2] // merge)
    return np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)


def _extent(cells: Int[np.ndarray, "3 tokens"], mode: str) -> int:
    """Return how far after the start of a picture or video the next token stands."""
    return int(cells.max() if mode in ("qwen", "hf4") else cells[1:].max()) + 1
