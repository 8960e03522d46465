"""The tiny Qwen2.5-VL of the golden files: its prompts, its pixels (integers only, so the same everywhere), its ids."""

from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parents[1] / "golden" / "qwen"

IMAGE, VIDEO, START, END, EOS = 150, 151, 152, 153, 154
MERGE = 2
NEW_TOKENS = 12

CASES = {
    "text": [5, 6, 7, 8, 9],
    "image": [5, 6, ("i", (1, 8, 8)), 7, 8],
    "ragged": [5, 6, ("i", (1, 10, 6)), 7, 8, 9],
    "images": [5, ("i", (1, 4, 4)), 9, ("i", (1, 10, 14)), 7],
    "video": [5, ("v", (5, 8, 6), 1.0), 9, 10],
    "half": [11, 5, ("v", (3, 6, 6), 0.5), 9, 10],
    "mixed": [5, ("v", (2, 4, 6), 2.0), 9, 10, 3, ("i", (1, 6, 8)), 4],
}
"""Prompts: tokens, and pictures or videos with their grids of patches and seconds between two steps in time."""


def made_prompt(parts):
    """Return ids, pixels of pictures and of videos (one row a patch), their grids and the seconds."""
    ids, pixels, grids, seconds = [], {"i": [], "v": []}, {"i": [], "v": []}, []
    for place, part in enumerate(parts):
        if isinstance(part, int):
            ids.append(part)
            continue
        kind, grid = part[:2]
        patches = grid[0] * grid[1] * grid[2]
        ids += [START, *[IMAGE if kind == "i" else VIDEO] * (patches // MERGE**2), END]
        pixels[kind].append(made_pixels(patches, place))
        grids[kind].append(grid)
        seconds += part[2:]
    rows = {kind: np.concatenate([np.zeros((0, 1176), np.float32), *some]) for kind, some in pixels.items()}
    sizes = {kind: np.array(some, np.int32).reshape(-1, 3) for kind, some in grids.items()}
    return np.array(ids, np.int32), rows["i"], rows["v"], sizes["i"], sizes["v"], np.array(seconds, np.float64)


def made_pixels(patches, number):
    """Return patches that look like noise and differ from one another, in steps of 1/64."""
    i, j = np.arange(patches)[:, None] + 1, np.arange(1176)[None] + 1
    mixed = (i * 7919 + j * 104729 + i * i * 31 * j + (number + 3) * j * j * 17) % 251
    return ((mixed - 125) / 64).astype(np.float32)
