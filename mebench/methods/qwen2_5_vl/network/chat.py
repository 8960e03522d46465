"""A question with its pictures as the tokens that Qwen2.5-VL was trained on.

The text is what Qwen2.5-VL's chat template renders for one system and one user turn (pictures, videos, question) and
an opened assistant turn; each placeholder then stands once for every token of its picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int, Int32

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.pixels import Patches
from mebench.methods.qwen2_5_vl.network.tokeniser import SPECIAL_NAMES, Tokeniser

DEFAULT_SYSTEM = "You are a helpful assistant."
"""System prompt that the chat template puts where none is given."""

PATCH_VALUES = 1176
"""Numbers in a patch: 3 channels, 2 frames, 14x14 pixels."""


@dataclass(frozen=True)
class Prompt:
    """One prompt.

    Attributes:
        ids: tokens, up to and with the opening of the assistant's turn.
        pixels: patches of all pictures, then of all videos.
        image_grids: patches in time, down and across of each picture.
        video_grids: the same of each video.
        seconds_per_grid: seconds between two steps in time of each video.
    """

    ids: Int32[np.ndarray, " n"]
    pixels: Float32[np.ndarray, "p d"]
    image_grids: Int32[np.ndarray, "i 3"]
    video_grids: Int32[np.ndarray, "v 3"]
    seconds_per_grid: Float[np.ndarray, " v"]


def prompt_text(text: str, images: int = 0, videos: int = 0, system: str = DEFAULT_SYSTEM) -> str:
    """Return the text of a prompt, with one placeholder a picture and a video.

    Raises:
        MebenchError: text or system prompt writes out one of the special tokens, which would be taken for it.
    """
    for given in (text, system):
        if found := [name for name in SPECIAL_NAMES if f"<|{name}|>" in given]:
            raise MebenchError(f"the text {given[:80]!r} contains the special token <|{found[0]}|>; take it out")
    media = "".join(
        f"<|vision_start|><|{pad}|><|vision_end|>" for pad in ["image_pad"] * images + ["video_pad"] * videos
    )
    return f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{media}{text}<|im_end|>\n<|im_start|>assistant\n"


def prompt_of(
    tokeniser: Tokeniser,
    text: str,
    images: Sequence[Patches] = (),
    videos: Sequence[Patches] = (),
    seconds_per_grid: Sequence[float] = (),
    system: str = DEFAULT_SYSTEM,
    merge: int = 2,
) -> Prompt:
    """Return the prompt that asks `text` about pictures and videos.

    Args:
        tokeniser: see `load_tokeniser`.
        text: the question, or the instruction that holds it.
        images: pictures, in the order in which the model sees them.
        videos: videos, which come after the pictures.
        seconds_per_grid: seconds between two steps in time, one number a video.
        system: the system prompt; empty leaves the turn there with nothing in it.
        merge: patches a side that make one token.

    Raises:
        MebenchError: the text contains a special token, or seconds do not fit the videos.
    """
    if len(seconds_per_grid) != len(videos) or not all(np.isfinite(s) and s > 0 for s in seconds_per_grid):
        raise MebenchError(
            f"{len(videos)} videos with seconds_per_grid {list(seconds_per_grid)}; give one positive number a video"
        )
    short = tokeniser.encode(prompt_text(text, len(images), len(videos), system))
    pads = np.isin(short, (tokeniser.special.image_pad, tokeniser.special.video_pad))
    counts = np.ones(len(short), int)
    image_grids, video_grids = _grids(images), _grids(videos)
    counts[pads] = np.concatenate([image_grids, video_grids]).prod(1) // merge**2
    pixels = [patches.values for patches in (*images, *videos)] or [np.zeros((0, PATCH_VALUES), np.float32)]
    seconds = np.array(seconds_per_grid, np.float64)
    return Prompt(np.repeat(short, counts), np.concatenate(pixels), image_grids, video_grids, seconds)


def answer_ids(tokeniser: Tokeniser, answer: str) -> Int32[np.ndarray, " n"]:
    """Return the tokens of an answer with the one that ends the turn, as training wants them after a prompt.

    Raises:
        MebenchError: the answer writes out a special token.
    """
    prompt_text(answer)
    return np.append(tokeniser.encode(answer), np.int32(tokeniser.special.im_end))


def _grids(media: Sequence[Patches]) -> Int[np.ndarray, "m 3"]:
    """Return the grids of pictures or videos, one a row."""
    return np.array([patches.grid for patches in media], np.int32).reshape(-1, 3)
