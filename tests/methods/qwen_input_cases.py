"""What goes into Qwen2.5-VL in tests: pictures from whole numbers, prompts of ids; shared with the golden files' maker.

Imports numpy only, since the maker runs where transformers is.
"""

import itertools

import numpy as np

IMAGE, VIDEO, START, END = 151655, 151656, 151652, 151653
NO_LIMIT = (56 * 56, 16384 * 28 * 28)

PIXELS = [
    # frames (0: a picture), height, width, min_pixels, max_pixels
    (0, 56, 84, *NO_LIMIT),
    (0, 28, 28, *NO_LIMIT),
    (0, 224, 224, *NO_LIMIT),
    (0, 133, 98, *NO_LIMIT),
    (0, 126, 182, *NO_LIMIT),
    (0, 5, 500, *NO_LIMIT),
    (0, 240, 333, 56 * 56, 64 * 28 * 28),
    (0, 40, 30, 64 * 28 * 28, 256 * 28 * 28),
    (0, 400, 71, 4 * 28 * 28, 9 * 28 * 28),
    (1, 56, 56, *NO_LIMIT),
    (4, 70, 90, *NO_LIMIT),
    (5, 61, 47, 16 * 28 * 28, 64 * 28 * 28),
    (3, 200, 120, 4 * 28 * 28, 16 * 28 * 28),
]

FRACTIONS = (1 / 15, 2 / 24, 2 / 29.97, 0.01, 0.1, 1 / 3, 0.5, 0.7, 1.0, 1.7, 2.0, 2.5, 7.3)
"""Seconds between two steps in time: frame rates of cameras, and numbers on either side of whole positions."""

POSITIONS = [
    # a number: so many tokens of text; ("i", grid); ("v", grid, seconds)
    [5, ("i", (1, 8, 8)), 4],
    [("i", (1, 10, 6)), 3],
    [2, ("i", (1, 4, 4)), 1, ("i", (1, 4, 14)), ("i", (1, 2, 2)), 3],
    [5, ("v", (3, 4, 6), 1.0), 4],
    [5, ("v", (2, 12, 2), 0.5), 4],
    [3, ("v", (4, 4, 4), 3.9), 2],
    [3, ("v", (6, 4, 4), 0.4), 2],
    [1, ("i", (1, 6, 8)), 3, ("v", (2, 4, 6), 2.0), 2, ("v", (3, 2, 4), 0.2), ("i", (1, 2, 4)), 6],
    *([2, ("v", (33, 2, 2), seconds), 2] for seconds in FRACTIONS),
]

CHATS = [
    # text, pictures, videos, system prompt (None: the template's own)
    ("What is the coarse expression class?", 1, 0, None),
    ("Is the action unit lip corner puller shown on the face?", 0, 1, None),
    ("What are the action units?", 3, 0, "You know faces.\nAnswer briefly."),
    ("a\nb  c", 2, 2, None),
    ("no picture", 0, 0, "x"),
    ("nothing said", 1, 0, ""),
]


def made_frames(frames, height, width):
    """RGB frames without randomness or rounding: smooth parts, hard edges and fine texture."""
    f, y, x = np.ogrid[: max(1, frames), :height, :width]
    channels = [
        (3 * y * y + 7 * x + 31 * f) // 4,
        (x * y) // 5 + 11 * f,
        (x // 9 + y // 7) % 2 * 200 + (x ^ y) % 50 + 0 * f,
    ]
    return np.stack([np.broadcast_to(c % 256, (max(1, frames), height, width)) for c in channels], -1).astype(np.uint8)


def made_ids(parts, merge=2):
    """Ids of a prompt: text counts up from 100, each picture is wrapped as in the chat template."""
    text = itertools.count(100)
    ids = []
    for part in parts:
        if isinstance(part, int):
            ids += [next(text) for _ in range(part)]
        else:
            pad = IMAGE if part[0] == "i" else VIDEO
            ids += [START, *[pad] * (int(np.prod(part[1])) // merge**2), END]
    return np.array(ids, np.int32)


def made_grids(parts):
    """Grids of pictures, grids of videos, and the videos' seconds."""
    media = [part for part in parts if not isinstance(part, int)]
    images, videos = ([part[1] for part in media if part[0] == kind] for kind in "iv")
    seconds = np.array([part[2] for part in media if part[0] == "v"], float)
    return np.array(images, np.int32).reshape(-1, 3), np.array(videos, np.int32).reshape(-1, 3), seconds
