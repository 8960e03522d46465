"""One question about a clip of the user's own."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import cast, get_args

from mebench.data.questions import Question, form_of
from mebench.errors import MebenchError, unknown_name
from mebench.features.cache import FeatureCache
from mebench.features.clips.files import HeldFrames, read_clip
from mebench.features.clips.media import MediaKind, MediaSettings, clip_media
from mebench.methods.protocols import ExternalWeights
from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.methods.qwen2_5_vl.answering import answerer_for
from mebench.methods.qwen2_5_vl.checkpoint import load
from mebench.methods.qwen2_5_vl.prompts import asked_of


@dataclass(frozen=True)
class OwnAnswer:
    """Answer about a user's clip, seconds without loading the weights, and the apex that the model was shown."""

    answer: str
    licence: str
    seconds: float
    tokens: int
    apex_frame: int | None
    apex_estimated: bool


def answer_about(
    external: ExternalWeights,
    clip: Path,
    question: str,
    kind: str,
    where: tuple[int, int | None, int | None],
    new_tokens: int,
) -> OwnAnswer:
    """Return the answer to one question about a folder of pictures or a video file.

    Args:
        external: a checkpoint.
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
    if kind == "video" and where[1] is not None:
        raise MebenchError("--apex plays no part in --kind video, which shows onset to offset alike; leave it out")
    pictures, fps = read_clip(clip)
    frames = HeldFrames(pictures)
    onset, apex, offset = where
    last = len(frames) - 1 if offset is None else offset
    settings = MediaSettings(kind=cast(MediaKind, kind))
    with tempfile.TemporaryDirectory() as folder:
        cache = FeatureCache(Path(folder))
        shown = clip_media(frames, onset, apex, last, fps, settings, str(clip), frames.content_key, cache)
    asking = QwenConfig(new_tokens=new_tokens, rows=1)
    loaded = load(external, asking, kind == "video")
    own = Question("own", form_of(question), question, "", False, 1, "{}")
    config, tokeniser = loaded.model.config, loaded.tokeniser
    asked = list(asked_of(str(clip), (own,), shown, tokeniser, config, loaded.asked, loaded.identity))
    answerer = answerer_for(asked, loaded, seed=0)
    start = monotonic()
    (tokens,) = answerer.tokens(asked)
    seconds, said = monotonic() - start, loaded.text_of(tokens)
    return OwnAnswer(said, config.licence, seconds, len(tokens), shown.apex_frame, shown.apex_estimated)
