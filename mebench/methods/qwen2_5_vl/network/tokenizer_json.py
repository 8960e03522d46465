"""tokenizer.json of a Qwen2.5-VL: only what cuts text as the model was trained is read.

A file of another shape would cut text otherwise, in silence, or hold a regular expression that never ends: so pattern,
normaliser and decoder must be Qwen2.5's own (mebench/docs/qwen.md, Tokeniser).
"""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from mebench.documents import read_json
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.tiktoken_file import PATTERN, byte_letters

LONGEST = 1 << 26
"""Bytes of a tokenizer.json; those of the released models have 7 to 11 million."""

_NOTHING = (None, "", False, 0)

_SPLIT = {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}
_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}


def read_tokenizer(path: Path) -> Tokenizer:
    """Return the tokeniser of a tokenizer.json.

    Raises:
        MebenchError: the file cannot be read or is too long, is no JSON object, is damaged, or cuts text otherwise than
            Qwen2.5.
    """
    content = json_object(path, LONGEST)
    fault = _model_fault(content.get("model")) or _parts_fault(content) or _added_fault(content.get("added_tokens"))
    if fault:
        raise MebenchError(f"{path}: {fault}; give the tokenizer.json of Qwen2.5-VL")
    try:
        made = Tokenizer.from_str(json.dumps(content))
    except Exception as error:  # tokenizers raises no other kind
        raise MebenchError(f"{path} is damaged ({str(error)[:200]}); copy it again from the model's files") from error
    made.no_truncation()
    made.no_padding()
    return made


def json_object(path: Path, most: int = LONGEST) -> dict[str, Any]:
    """Return the JSON object of a file of a model.

    Raises:
        MebenchError: the file cannot be read, is longer than `most` bytes, or holds something else.
    """
    try:
        content = read_json(path, most)
    except (OSError, ValueError) as error:
        raise MebenchError(f"{path} is no JSON ({error}); copy it again from the model's files") from error
    if not isinstance(content, dict):
        raise MebenchError(f"{path} holds no JSON object; copy it again from the model's files")
    return content


def _model_fault(model: Any) -> str:
    """Return what is wrong with vocabulary and merges."""
    if not isinstance(model, dict) or model.get("type") != "BPE":
        return "it holds no BPE vocabulary with merges"
    vocabulary, merges = model.get("vocab"), model.get("merges")
    if not isinstance(vocabulary, dict) or not isinstance(merges, list):
        return "it holds no BPE vocabulary with merges"
    if len(set(map(str, vocabulary.values()))) != len(vocabulary) or not all(map(_is_id, vocabulary.values())):
        return "its vocabulary has an id that is none, or one twice"
    if missing := [letter for letter in byte_letters() if letter not in vocabulary]:
        return f"its vocabulary is none of bytes ({len(missing)} of 256 are missing)"
    others = ("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback")
    used = [name for name in (*others, "ignore_merges") if model.get(name) not in _NOTHING]
    return f"its model has {used[0]} {str(model[used[0]])[:40]!r}, which Qwen2.5's has not" if used else ""


def _parts_fault(content: dict[str, Any]) -> str:
    """Return what is wrong with how text is normalised, cut and put together again."""
    before = content.get("pre_tokenizer")
    parts = before.get("pretokenizers") if isinstance(before, dict) and before.get("type") == "Sequence" else None
    if not isinstance(parts, list) or [_without_offsets(part) for part in parts] != [_SPLIT, _BYTES]:
        return "its pre_tokenizer does not cut text as Qwen2.5's"
    if content.get("normalizer") not in (None, {"type": "NFC"}):
        return "its normalizer is another than NFC"
    decoder = content.get("decoder")
    return "" if isinstance(decoder, dict) and decoder.get("type") == "ByteLevel" else "its decoder is none of bytes"


def _added_fault(added: Any) -> str:
    """Return what is wrong with the added tokens."""
    if not isinstance(added, list):
        return "its added_tokens are no list"
    for token in added:
        if not isinstance(token, dict) or not _is_id(token.get("id")) or not isinstance(token.get("content"), str):
            return f"its added token {str(token)[:40]!r} has no id and content"
    return ""


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 31


def _without_offsets(part: Any) -> Any:
    """Return a part without what decides only which letters a token is said to stand for."""
    return {key: value for key, value in part.items() if key != "trim_offsets"} if isinstance(part, dict) else part
