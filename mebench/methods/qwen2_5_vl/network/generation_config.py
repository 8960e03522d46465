"""generation_config.json of a checkpoint: how its makers have tokens chosen, as transformers reads it.

Where it asks to draw, keys that it leaves out are transformers' own defaults (temperature 1, the 50 likeliest tokens).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.documents import read_json
from mebench.errors import MebenchError

FILE = "generation_config.json"

_LONGEST = 1 << 20

_NEUTRAL: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "num_beams": (1,),
        "num_beam_groups": (1,),
        "num_return_sequences": (1,),
        "penalty_alpha": (),
        "min_p": (0,),
        "typical_p": (1,),
        "epsilon_cutoff": (0,),
        "eta_cutoff": (0,),
        "no_repeat_ngram_size": (0,),
        "encoder_repetition_penalty": (1,),
        "encoder_no_repeat_ngram_size": (0,),
        "min_length": (0,),
        "min_new_tokens": (0,),
        "length_penalty": (1,),
        "diversity_penalty": (0,),
        "bad_words_ids": ([],),
        "force_words_ids": ([],),
        "suppress_tokens": ([],),
        "begin_suppress_tokens": ([],),
        "forced_bos_token_id": (),
        "forced_eos_token_id": (),
        "sequence_bias": ({},),
        "exponential_decay_length_penalty": (),
        "guidance_scale": (1,),
        "dola_layers": (),
        "stop_strings": ([],),
        "watermarking_config": (),
    }
)
"""Other keys that decide tokens, with the values at which they do nothing; null is always one."""


@dataclass(frozen=True)
class Generation:
    """Settings of generation of a checkpoint's own file.

    Attributes:
        values: by key of an experiment's [model]: temperature (0: the likeliest token), top_p, top_k (0: all),
            repetition_penalty, new_tokens; those alone that follow from the file.
        end_tokens: each ends an answer; None: the file names none.
    """

    values: Mapping[str, float | int]
    end_tokens: tuple[int, ...] | None


def read_generation(folder: Path) -> Generation:
    """Return what a checkpoint's generation_config.json says; nothing where there is none.

    Raises:
        MebenchError: the file is no JSON object, a value is none, or it asks for a way to choose that is not here.
    """
    path = folder / FILE
    if not path.exists():
        return Generation(MappingProxyType({}), None)
    try:
        tree = read_json(path, _LONGEST, finite=True)
    except (OSError, ValueError) as error:
        raise _wrong(path, f"it is no JSON ({error})") from error
    if not isinstance(tree, dict):
        raise _wrong(path, "it holds no JSON object")
    for key, neutral in _NEUTRAL.items():
        if tree.get(key) is not None and tree[key] not in neutral:
            raise _wrong(path, f"{key} is {str(tree[key])[:40]!r}, a way to choose tokens that mebench has not")
    return Generation(MappingProxyType(_values(path, tree)), _end_tokens(path, tree.get("eos_token_id")))


def _values(path: Path, tree: Mapping[str, Any]) -> dict[str, float | int]:
    found: dict[str, float | int] = {}
    drawn = tree.get("do_sample")
    if drawn not in (None, True, False):
        raise _wrong(path, f"do_sample is {str(drawn)[:40]!r}")
    temperature, top_p = _number(path, tree, "temperature", 1.0), _number(path, tree, "top_p", 1.0)
    top_k, longest = _whole(path, tree, "top_k", 50), _whole(path, tree, "max_new_tokens", 0)
    penalty = _number(path, tree, "repetition_penalty", 1.0)
    if not temperature >= 0 or not 0 < top_p <= 1 or not penalty > 0:
        raise _wrong(path, f"temperature {temperature}, top_p {top_p}, repetition_penalty {penalty} do not go together")
    if drawn:
        found |= {"temperature": temperature, "top_p": top_p, "top_k": top_k}
    else:
        found["temperature"] = 0.0
    if tree.get("repetition_penalty") is not None:
        found["repetition_penalty"] = penalty
    return found | ({"new_tokens": longest} if longest else {})


def _number(path: Path, tree: Mapping[str, Any], key: str, default: float) -> float:
    value = default if tree.get(key) is None else tree[key]
    if type(value) not in (int, float):
        raise _wrong(path, f"{key} is {str(value)[:40]!r}, no number")
    return float(value)


def _whole(path: Path, tree: Mapping[str, Any], key: str, default: int) -> int:
    value = default if tree.get(key) is None else tree[key]
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise _wrong(path, f"{key} is {str(value)[:40]!r}, no whole number from 0")
    return value


def _end_tokens(path: Path, value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    tokens = value if isinstance(value, list) else [value]
    if not tokens or not all(type(one) is int and 0 <= one < 1 << 31 for one in tokens):
        raise _wrong(path, f"eos_token_id is {str(value)[:40]!r}, no id or list of ids")
    return tuple(tokens)


def _wrong(path: Path, reason: str) -> MebenchError:
    return MebenchError(f"{path}: {reason}; take the file from the model's own release, or move it away")
