"""Qwen2.5-VL on a task: prompts from media and questions, answers in batches of one shape, each logged as it comes."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import jax.numpy as jnp
import numpy as np

from mebench import runtime
from mebench.config import AnswersConfig, Experiment, MediaConfig, QwenConfig, canonical_json
from mebench.data.action_unit_names import AU_NAMES
from mebench.data.labels import COARSE, FINE
from mebench.data.questions import Question
from mebench.data.source import Video
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.media import Media, MediaSettings, clip_media
from mebench.metrics.answers import PARSERS, VOCABULARY
from mebench.models.qwen2_5_vl.batch import Buckets, batch_of, shape_of
from mebench.models.qwen2_5_vl.chat import Prompt, prompt_of
from mebench.models.qwen2_5_vl.config import QwenConfig as Sizes
from mebench.models.qwen2_5_vl.config import read_config
from mebench.models.qwen2_5_vl.generate import Generator, Sampling, cut
from mebench.models.qwen2_5_vl.instructions import instruction
from mebench.models.qwen2_5_vl.pixels import Patches, PixelSettings, image_patches, video_patches
from mebench.models.qwen2_5_vl.tokeniser import Tokeniser, load_tokeniser
from mebench.models.qwen2_5_vl.weights import load_weights
from mebench.progress import Progress
from mebench.run_folder import RunFolder, timed
from mebench.tasks.answer_log import AnswerLog, LoggedAnswer
from mebench.tasks.each_video import ColourFrames, for_each_video, label_of_video
from mebench.tasks.vqa_controls import Answers
from mebench.tasks.vqa_inputs import AskedClip

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
class Loaded:
    """A checkpoint, ready to be asked: sizes, tokeniser, and the hash of its weights."""

    sizes: Sizes
    tokeniser: Tokeniser
    generator: Generator
    sha256: str


@dataclass(frozen=True)
class Asked:
    """One question as the model gets it; `key` stands for all that decides the answer."""

    question: Question
    prompt: Prompt
    key: str


def qwen_answers(
    experiment: Experiment,
    clips: Sequence[AskedClip],
    cache: FeatureCache,
    folder: RunFolder,
    weights: Path | None,
    progress: Progress,
) -> tuple[Answers, dict[str, str]]:
    """Return the answer to every question, parsed where the parser finds a class in it, and the hash of the weights.

    What was answered before the run was stopped is not asked again.

    Raises:
        MebenchError: no weights, a checkpoint that is not whole, or clips without a face.
    """
    settings = experiment.qwen or QwenConfig()
    with timed(folder, "weights"):
        loaded = load(weights, settings)
    with timed(folder, "features"):
        media = media_of(clips, experiment.media or MediaConfig(), cache, progress)
    log = AnswerLog(folder.answer_log)
    parser = (experiment.answers or AnswersConfig()).parser
    asked = [
        one for clip, shown in zip(clips, media, strict=True) for one in questions_of(clip, shown, loaded, settings)
    ]
    with timed(folder, "answers"), progress.stage("Answering", len(asked), "questions") as advance:
        advance(len(asked) - len(waiting := [one for one in asked if log.get(one.key) is None]))
        for some in same_shapes(waiting, loaded.sizes, settings.rows):
            for answer in answered(some, loaded, settings, parser, experiment.seed):
                log.append(answer)
            advance(len(some))
    found = {one.question.question_id: log.get(one.key) for one in asked}
    answers = {name: answer.parsed or answer.raw for name, answer in found.items() if answer is not None}
    return answers, {"weights_sha256": loaded.sha256}


def load(weights: Path | None, settings: QwenConfig) -> Loaded:
    """Return a checkpoint from its folder.

    Raises:
        MebenchError: no folder given, or something in it is missing or not whole.
    """
    if weights is None:
        raise MebenchError(
            "Qwen2.5-VL needs its weights, which mebench does not fetch: put config.json, tokenizer.json and the "
            "*.safetensors of Qwen2.5-VL-3B-Instruct (research licence, not for commerce) or 7B (Apache-2.0) into one "
            "folder, and give it with --weights DIR"
        )
    sizes, tokeniser = read_config(weights), load_tokeniser(weights)
    model = load_weights(weights, sizes, jnp.dtype(settings.dtype))
    special = tokeniser.special
    sampling = Sampling(settings.new_tokens, (special.im_end, special.endoftext), settings.temperature, settings.top_p)
    return Loaded(sizes, tokeniser, Generator(model, sampling), weights_hash(weights))


def weights_hash(folder: Path) -> str:
    """Return the sha256 over the names and bytes of a checkpoint's safetensors, in order of their names."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def media_of(clips: Sequence[AskedClip], media: MediaConfig, cache: FeatureCache, progress: Progress) -> list[Media]:
    """Return what the model is shown of each clip, computed where the cache has none."""
    settings = MediaSettings(kind=media.kind, num_frames=media.num_frames, size=media.size, flow=media.flow)
    intervals = {clip.info.video_id: clip.interval for clip in clips}
    with progress.stage(f"Media: {media.kind}", len(clips), "clips") as advance:

        def one(video: Video) -> Media:
            label, where = label_of_video(video.info), intervals[video.info.video_id]
            frames = ColourFrames(video.frames, label)
            found = clip_media(frames, *where, video.info.fps, settings, label, video.content_key, cache)
            advance(1)
            return found

        return for_each_video(one, [clip.video for clip in clips], max(1, runtime.cores()))


def questions_of(clip: AskedClip, media: Media, loaded: Loaded, settings: QwenConfig) -> Iterator[Asked]:
    """Yield the questions about a clip as the model gets them."""
    for question, prompt in prompts_of(clip.questions, media, loaded, settings):
        yield Asked(question, prompt, key_of(prompt, settings, loaded.sha256))


def prompts_of(
    questions: Sequence[Question], media: Media, loaded: Loaded, settings: QwenConfig
) -> Iterator[tuple[Question, Prompt]]:
    """Yield each question with its prompt: a clip's frames are a video, other media pictures one by one."""
    pixels = PixelSettings(settings.min_pixels, settings.max_pixels)
    as_video = media.kind == "video"
    images: list[Patches] = [] if as_video else [image_patches(picture, pixels) for picture in media.pictures]
    videos = [video_patches(media.pictures, pixels)] if as_video else []
    seconds = [pixels.temporal / settings.fps_for_rope] * len(videos)
    merge = loaded.sizes.vision.merge
    for question in questions:
        text = instruction(settings.prompt, question.question, question.form, ALLOWED)
        yield question, prompt_of(loaded.tokeniser, text, images, videos, seconds, settings.system, merge)


def key_of(prompt: Prompt, settings: QwenConfig, weights: str) -> str:
    """Return the hash of everything that decides an answer: tokens, pixels, settings, weights."""
    digest = hashlib.sha256(canonical_json(settings.model_dump(mode="json", exclude={"prompt", "rows"})).encode())
    digest.update(weights.encode())
    for array in (prompt.ids, prompt.image_grids, prompt.video_grids, prompt.seconds_per_grid, prompt.pixels):
        digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def same_shapes(asked: Sequence[Asked], sizes: Sizes, rows: int) -> Iterator[tuple[Asked, ...]]:
    """Yield groups of at most `rows` questions that share one compiled shape, and no answer twice."""
    groups: dict[tuple[int, int, int], dict[str, Asked]] = {}
    for one in asked:
        groups.setdefault(shape_of(one.prompt, sizes, Buckets()), {}).setdefault(one.key, one)
    for group in groups.values():
        every = tuple(group.values())
        yield from (every[start : start + rows] for start in range(0, len(every), rows))


def answered(
    asked: Sequence[Asked], loaded: Loaded, settings: QwenConfig, parser: str, seed: int
) -> list[LoggedAnswer]:
    """Return the answers to questions of one shape; a row's draws come from the seed and its own key."""
    start = monotonic()
    shape = shape_of(asked[0].prompt, loaded.sizes, Buckets())
    batch = batch_of([one.prompt for one in asked], loaded.sizes, shape, settings.rows, settings.mrope)
    own = [int(one.key[:8], 16) ^ seed for one in asked]
    seeds = np.array(own + [0] * (settings.rows - len(own)), np.uint32)
    tokens, counts = loaded.generator(batch, seeds)
    seconds = (monotonic() - start) / len(asked)
    special = loaded.tokeniser.special
    stop = (special.im_end, special.endoftext)
    found = []
    for row, one in enumerate(asked):
        raw = loaded.tokeniser.decode(cut(tokens[row], int(counts[row]), stop)).strip()
        parsed = PARSERS[parser](raw, VOCABULARY[one.question.form]) if one.question.form in VOCABULARY else raw
        status = "ok" if parsed is not None else "unparsed"
        question = one.question.question_id
        found.append(LoggedAnswer(one.key, question, raw, parsed, status, round(seconds, 4), int(counts[row])))
    return found
