"""Prompts of Qwen2.5-VL: what is shown of each clip, and each question about it as tokens with their positions."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mebench.data.action_units import AU_NAMES
from mebench.data.labels import COARSE, FINE
from mebench.data.questions import Question
from mebench.features.clips.media import Media
from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.methods.qwen2_5_vl.network.chat import Prompt, prompt_of
from mebench.methods.qwen2_5_vl.network.config import NetworkConfig
from mebench.methods.qwen2_5_vl.network.instructions import instruction
from mebench.methods.qwen2_5_vl.network.pixels import Patches, PixelSettings, image_patches, video_patches
from mebench.methods.qwen2_5_vl.network.plan import Placed
from mebench.methods.qwen2_5_vl.network.positions import rope_positions
from mebench.methods.qwen2_5_vl.network.tokeniser import Tokeniser
from mebench.methods.qwen2_5_vl.settings import AskedWith
from mebench.sealed.canonical import canonical_json

ALLOWED = {
    "coarse": COARSE[:3],
    "fine": FINE[:-1],
    "au": tuple(AU_NAMES.values()),
    "yes_no": ("yes", "no"),
    "side": ("left", "right"),
    "kind": ("micro-expression", "macro-expression"),
}
"""Words that a prompt template may list."""


@dataclass(frozen=True)
class Asked:
    """One question as the model gets it.

    Attributes:
        question: as the dataset has it.
        clip: name of what is shown; the same for every question about it.
        placed: the prompt.
        key: stands for all that decides the answer.
    """

    question: Question
    clip: str
    placed: Placed
    key: str


def asked_of(
    clip: str,
    questions: Sequence[Question],
    media: Media,
    tokeniser: Tokeniser,
    config: NetworkConfig,
    chosen: AskedWith,
    weights: str,
) -> Iterator[Asked]:
    """Yield the questions about one clip as the model gets them.

    Args:
        clip: its name.
        questions: about it.
        media: what is shown: frames of kind `video` are a video, other media pictures one by one.
        tokeniser: of the checkpoint.
        config: of the checkpoint.
        chosen: prompt, pixels, positions.
        weights: hash of the checkpoint.

    Raises:
        MebenchError: a question or the prompt writes out a special token.
    """
    settings, pixels = chosen.settings, PixelSettings(chosen.min_pixels, chosen.max_pixels)
    as_video = media.kind == "video"
    images: list[Patches] = [] if as_video else [image_patches(picture, pixels) for picture in media.pictures]
    videos = [video_patches(media.pictures, pixels)] if as_video else []
    seconds = [pixels.temporal / settings.fps_for_rope] * len(videos)
    merge = config.vision.spatial_merge_size
    for question in questions:
        text = instruction(settings.prompt, question.question, question.form, ALLOWED)
        prompt = prompt_of(tokeniser, text, images, videos, seconds, settings.system, merge)
        yield Asked(question, clip, placed_of(prompt, config, settings), key_of(prompt, settings, weights))


def placed_of(prompt: Prompt, config: NetworkConfig, settings: QwenConfig) -> Placed:
    """Return a prompt with the positions of its tokens."""
    positions, following = rope_positions(
        prompt.ids,
        prompt.image_grids,
        prompt.video_grids,
        prompt.seconds_per_grid,
        settings.mrope,
        image_token=config.image_token_id,
        video_token=config.video_token_id,
        merge=config.vision.spatial_merge_size,
        tokens_per_second=config.vision.tokens_per_second,
    )
    return Placed(prompt, positions, following)


def key_of(prompt: Prompt, settings: QwenConfig, weights: str) -> str:
    """Return the hash of everything that decides an answer: tokens, pixels, settings, weights."""
    apart = {"prompt", "rows", "model_devices"}
    digest = hashlib.sha256(canonical_json(settings.model_dump(mode="json", exclude=apart)).encode())
    digest.update(weights.encode())
    for array in (prompt.ids, prompt.image_grids, prompt.video_grids, prompt.seconds_per_grid, prompt.pixels):
        digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
