"""Resolved settings of Qwen2.5-VL: the experiment's own keys, else the checkpoint's files, else ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.methods.qwen2_5_vl.network.config import NetworkConfig
from mebench.methods.qwen2_5_vl.network.generation_config import FILE, read_generation
from mebench.methods.qwen2_5_vl.network.preprocessor_config import read_limits
from mebench.methods.qwen2_5_vl.network.tokeniser import SpecialIds

DEFAULTS: Mapping[str, float | int] = MappingProxyType(
    {
        "temperature": 0.0,
        "top_p": 1.0,
        "top_k": 0,
        "repetition_penalty": 1.0,
        "new_tokens": 96,
        "min_pixels": 3136,
        "max_pixels": 200704,
    }
)
"""By key of [model]: what holds where neither experiment nor checkpoint says anything."""


@dataclass(frozen=True)
class AskedWith:
    """Resolved settings of a run.

    Attributes:
        settings: of the experiment, with every key set.
        temperature, top_p, top_k, repetition_penalty, new_tokens: as in `Sampling`.
        min_pixels, max_pixels: as in `PixelSettings`.
        stop: tokens that end an answer.
        sources: which file or whose key each of these is from, in words.
    """

    settings: QwenConfig
    temperature: float
    top_p: float
    top_k: int
    repetition_penalty: float
    new_tokens: int
    min_pixels: int
    max_pixels: int
    stop: tuple[int, ...]
    sources: str


def asked_with(
    settings: QwenConfig, folder: Path, config: NetworkConfig, special: SpecialIds, video: bool
) -> AskedWith:
    """Return the settings of an experiment on a checkpoint.

    Args:
        settings: of the experiment; keys that are not set are looked up.
        folder: of the checkpoint, with generation_config.json, preprocessor_config.json and
            video_preprocessor_config.json where it has them.
        config: of the checkpoint.
        special: tokens of its tokeniser.
        video: clips are shown as videos.

    Raises:
        MebenchError: one of the files is none, asks for what mebench has not, or names a token that is not there.
    """
    generation, limits = read_generation(folder), read_limits(folder, video, config.vision)
    found: dict[str, float | int] = {}
    said = []
    for key, default in DEFAULTS.items():
        own = getattr(settings, key)
        for value, source in (
            (own, "experiment"),
            (generation.values.get(key), FILE),
            (limits.values.get(key), limits.source),
            (default, "default"),
        ):
            if value is not None:
                found[key] = value
                said.append(f"{key} {value} ({source})")
                break
    own_end, source = (special.im_end, special.endoftext), "tokeniser" if generation.end_tokens is None else FILE
    stop = generation.end_tokens or own_end
    if strange := [token for token in stop if token >= config.text.vocab_size]:
        raise MebenchError(
            f"{folder / FILE}: eos_token_id {strange[0]} is none of the model's {config.text.vocab_size} tokens; take "
            "the file from the model's own release, or move it away"
        )
    said.append(f"end tokens {' '.join(map(str, stop))} ({source})")
    return AskedWith(
        settings=settings.model_copy(update=found),
        temperature=float(found["temperature"]),
        top_p=float(found["top_p"]),
        top_k=int(found["top_k"]),
        repetition_penalty=float(found["repetition_penalty"]),
        new_tokens=int(found["new_tokens"]),
        min_pixels=int(found["min_pixels"]),
        max_pixels=int(found["max_pixels"]),
        stop=stop,
        sources=", ".join(said),
    )
