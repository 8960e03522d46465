"""One question about a clip of the user's own."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import cast, get_args

import numpy as np

from mebench.config import QwenConfig
from mebench.data.questions import Question, form_of
from mebench.errors import MebenchError, unknown_name
from mebench.features.cache import FeatureCache
from mebench.features.clip_files import HeldFrames, read_clip
from mebench.features.media import MediaKind, MediaSettings, clip_media
from mebench.models.qwen2_5_vl.batch import Buckets, batch_of, shape_of
from mebench.models.qwen2_5_vl.generate import cut
from mebench.tasks.vqa_qwen import load, prompts_of


@dataclass(frozen=True)
class OwnAnswer:
    """What the model said, how long it took (seconds, without loading the weights), and the apex that it was shown."""

    answer: str
    seconds: float
    tokens: int
    apex_frame: int | None
    apex_estimated: bool


def answer_about(
    weights: Path,
    clip: Path,
    question: str,
    kind: str,
    where: tuple[int, int | None, int | None],
    new_tokens: int,
) -> OwnAnswer:
    """Return the answer to one question about a folder of pictures or a video file.

    Args:
        weights: folder of a checkpoint.
        clip: the user's own.
        question: in words of one's own or the challenge's.
        kind: `video`, `oao` or `of`.
        where: onset, apex (None: estimated) and offset (None: the last frame), 0-based.
        new_tokens: most that the answer has.

    Raises:
        MebenchError: an empty question, a clip that cannot be read, no face in it, or a checkpoint that is not whole.
    """
    if not question.strip():
        raise MebenchError("the question is empty; give one with --question")
    if kind not in get_args(MediaKind):
        raise unknown_name("input mode", kind, get_args(MediaKind))
    pictures, fps = read_clip(clip)
    frames = HeldFrames(pictures)
    onset, apex, offset = where
    last = len(frames) - 1 if offset is None else offset
    settings = MediaSettings(kind=cast(MediaKind, kind))
    with tempfile.TemporaryDirectory() as folder:
        cache = FeatureCache(Path(folder))
        shown = clip_media(frames, onset, apex, last, fps, settings, str(clip), frames.content_key, cache)
    loaded = load(weights, QwenConfig(new_tokens=new_tokens, rows=1))
    asked = Question("own", form_of(question), question, "", False, 1, "{}")
    ((_, prompt),) = prompts_of((asked,), shown, loaded, QwenConfig())
    start = monotonic()
    batch = batch_of([prompt], loaded.sizes, shape_of(prompt, loaded.sizes, Buckets()), 1)
    tokens, counts = loaded.generator(batch, np.zeros(1, np.uint32))
    special = loaded.tokeniser.special
    said = loaded.tokeniser.decode(cut(tokens[0], int(counts[0]), (special.im_end, special.endoftext))).strip()
    return OwnAnswer(said, monotonic() - start, int(counts[0]), shown.apex_frame, shown.apex_estimated)
