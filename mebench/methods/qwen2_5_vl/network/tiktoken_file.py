"""A Qwen `.tiktoken` vocabulary as a tokeniser: bytes and ranks in, byte-level BPE with merges out.

The file has a line a token: its bytes in base64, a blank, its rank. It carries no merges: the pair that makes a token
is what is left of it when all merges of lower rank are done. Normalisation, pattern and added tokens are those of
Qwen2.5 (mebench/docs/qwen.md, Tokeniser).
"""

import base64
import binascii
from itertools import pairwise
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from mebench.errors import MebenchError

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How text is cut into words before merging."""

SPECIAL = tuple(
    f"<|{name}|>"
    for name in (
        *("endoftext", "im_start", "im_end", "object_ref_start", "object_ref_end", "box_start", "box_end"),
        *("quad_start", "quad_end", "vision_start", "vision_end", "vision_pad", "image_pad", "video_pad"),
    )
)
"""Added tokens of Qwen2.5-VL that text does not show, in the order of their ids, which follow the ranks."""

ADDED = (
    "<tool_call>",
    "</tool_call>",
    *(f"<|{name}|>" for name in ("fim_prefix", "fim_middle", "fim_suffix", "fim_pad", "repo_name", "file_sep")),
)
"""Added tokens that text shows; their ids follow those of `SPECIAL`."""

LONGEST, LONGEST_TOKEN = 1 << 26, 1000
"""Bytes of a file, and of a token; Qwen's file has 2.6 million."""


def read_ranks(path: Path) -> dict[bytes, int]:
    """Return token -> rank of a `.tiktoken` file.

    Raises:
        MebenchError: the file is too long, a line is no such pair, a rank or a token is there twice or missing, or one
            of the 256 bytes is.
    """
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(_lines(path), 1):
        try:
            token, rank = line.split()
            found = base64.b64decode(token, validate=True)
            if len(found) > LONGEST_TOKEN:
                raise ValueError(f"{len(found)} bytes")
            ranks[found] = int(rank)
        except (ValueError, binascii.Error) as error:
            raise MebenchError(
                f"{path} line {number}: {line[:40]!r} is no token in base64 with its rank; give Qwen's .tiktoken file"
            ) from error
    complete = sorted(ranks.values()) == list(range(len(ranks)))
    if not complete or any(bytes([byte]) not in ranks for byte in range(256)):
        raise MebenchError(
            f"{path}: {len(ranks)} tokens, but their ranks are not 0 to {len(ranks) - 1} once each, or single bytes are"
            " missing; the file is cut off or no byte-level vocabulary"
        )
    return ranks


def _lines(path: Path) -> list[bytes]:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise MebenchError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    if len(data) > LONGEST:
        raise MebenchError(f"{path} is longer than {LONGEST} bytes; give Qwen's .tiktoken file")
    return data.splitlines()


def tokenizer_from_ranks(ranks: dict[bytes, int]) -> Tokenizer:
    """Return Qwen2.5-VL's tokeniser over a byte-level vocabulary, added tokens included.

    Raises:
        MebenchError: a token cannot be merged from two others of lower rank.
    """
    letters = byte_letters()
    vocabulary = {_written(token, letters): rank for token, rank in ranks.items()}
    merges = [(_written(a, letters), _written(b, letters)) for a, b in merges_of(ranks)]
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, fuse_unk=False, byte_fallback=False))
    made.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.ByteLevel(trim_offsets=False)
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    made.add_tokens([AddedToken(token, special=False, normalized=False) for token in ADDED])
    return made


def merges_of(ranks: dict[bytes, int]) -> list[tuple[bytes, bytes]]:
    """Return the pair that makes each token of several bytes, in the order of ranks.

    Raises:
        MebenchError: a token cannot be merged from two others of lower rank.
    """
    longer = sorted((token for token in ranks if len(token) > 1), key=ranks.__getitem__)
    return [_last_pair(token, ranks) for token in longer]


def byte_letters() -> list[str]:
    """Return the letter that stands for each byte in byte-level vocabularies (GPT-2's table)."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def _last_pair(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    """Return the two parts that are left of a token after every merge of lower rank, done lowest first."""
    parts = [token[i : i + 1] for i in range(len(token))]
    limit = ranks[token]
    while len(parts) > 2:
        scores = [ranks.get(a + b, limit) for a, b in pairwise(parts)]
        best = min(scores)
        if best >= limit:
            raise MebenchError(f"token {token!r} of rank {limit} is no merge of two tokens of lower rank")
        at = scores.index(best)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]


def _written(token: bytes, letters: list[str]) -> str:
    """Return a token's bytes as letters."""
    return "".join(map(letters.__getitem__, token))
