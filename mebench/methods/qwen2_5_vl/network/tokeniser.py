"""Text to tokens and back, from the files of a model's folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Int, Int32
from tokenizers import Tokenizer

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.tiktoken_file import read_ranks, tokenizer_from_ranks
from mebench.methods.qwen2_5_vl.network.tokenizer_json import json_object, read_tokenizer

_CONFIG_KEYS = {
    "image_pad": "image_token_id",
    "video_pad": "video_token_id",
    "vision_start": "vision_start_token_id",
    "vision_end": "vision_end_token_id",
}
"""Special token -> where the model's config.json has its id."""


@dataclass(frozen=True)
class SpecialIds:
    """Ids of the tokens that prompts need; a field `x` stands for the token `<|x|>`."""

    endoftext: int
    im_start: int
    im_end: int
    vision_start: int
    vision_end: int
    image_pad: int
    video_pad: int


SPECIAL_NAMES = tuple(field.name for field in fields(SpecialIds))

QWEN_IDS = SpecialIds(151643, 151644, 151645, 151652, 151653, 151655, 151656)
"""Of the released Qwen2.5-VL models."""


@dataclass(frozen=True)
class Tokeniser:
    """A byte-level BPE with the special tokens of Qwen2.5-VL.

    Attributes:
        tokenizer: the `tokenizers` object that does the work.
        special: ids of the special tokens.
        source: name of the file that it comes from, for the record.
    """

    tokenizer: Tokenizer
    special: SpecialIds
    source: str

    @property
    def size(self) -> int:
        """Largest id and 1, added tokens included; the network's table may have more rows, never fewer."""
        return max(self.tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    def encode(self, text: str) -> Int32[np.ndarray, " n"]:
        """Return the tokens of a text; special tokens that are written out in it become their ids."""
        return np.array(self.tokenizer.encode(text, add_special_tokens=False).ids, np.int32)

    def decode(self, ids: Int[np.ndarray, " n"] | Sequence[int], keep_special: bool = False) -> str:
        """Return the text of tokens, without the special ones unless `keep_special`."""
        return self.tokenizer.decode([int(i) for i in ids], skip_special_tokens=not keep_special)


def load_tokeniser(folder: Path | str) -> Tokeniser:
    """Return the tokeniser of a model's folder: tokenizer.json, else the one `*.tiktoken` vocabulary that lies there.

    Where the folder has the model's config.json, its ids of special tokens and its vocabulary size are compared.

    Raises:
        MebenchError: no such folder or file, a damaged file, special tokens missing, or config.json disagrees.
    """
    folder = Path(folder)
    path = _file_in(folder)
    tokenizer = read_tokenizer(path) if path.suffix == ".json" else tokenizer_from_ranks(read_ranks(path))
    tokeniser = Tokeniser(tokenizer, _special_ids(tokenizer, path), path.name)
    config = folder / "config.json"
    if config.is_file():
        check_config(tokeniser, json_object(config), str(config))
    return tokeniser


def check_config(tokeniser: Tokeniser, config: Mapping[str, object], where: str) -> None:
    """Make sure that a model's config.json means the same special tokens and has a row for every token.

    Raises:
        MebenchError: an id differs, or the model's vocabulary is smaller than the tokeniser's.
    """
    for name, key in _CONFIG_KEYS.items():
        ours = getattr(tokeniser.special, name)
        if config.get(key, ours) != ours:
            raise MebenchError(
                f"{where}: {key} is {config[key]}, but {tokeniser.source} has <|{name}|> as {ours};"
                " take both files from the same model"
            )
    nested = config.get("text_config")
    text: Mapping[str, object] = nested if isinstance(nested, Mapping) else config
    rows = text.get("vocab_size", config.get("vocab_size"))
    if isinstance(rows, int) and rows < tokeniser.size:
        raise MebenchError(
            f"{where}: vocab_size {rows}, but {tokeniser.source} has ids up to {tokeniser.size - 1};"
            " take both files from the same model"
        )


def _file_in(folder: Path) -> Path:
    """Return the file that holds a folder's tokeniser."""
    if not folder.is_dir():
        raise MebenchError(f"no folder {folder}; give the folder with Qwen2.5-VL's files")
    if (folder / "tokenizer.json").is_file():
        return folder / "tokenizer.json"
    found = sorted(folder.glob("*.tiktoken"))
    if len(found) != 1:
        raise MebenchError(
            f"{folder}: no tokenizer.json and {len(found)} *.tiktoken files; put Qwen2.5-VL's tokenizer.json there,"
            " or one .tiktoken vocabulary"
        )
    return found[0]


def _special_ids(tokenizer: Tokenizer, path: Path) -> SpecialIds:
    """Return the ids of the special tokens, each of which must be one token that is not shown in text."""
    added = tokenizer.get_added_tokens_decoder()
    ids = {token.content: number for number, token in added.items() if token.special}
    missing = [f"<|{name}|>" for name in SPECIAL_NAMES if f"<|{name}|>" not in ids]
    if missing:
        raise MebenchError(
            f"{path} has no special token {', '.join(missing)}; give the tokeniser of Qwen2.5-VL, not of another model"
        )
    return SpecialIds(*(ids[f"<|{name}|>"] for name in SPECIAL_NAMES))
