"""A small tokeniser of Qwen2.5-VL's kind, trained on the spot, as tokenizer.json and as a .tiktoken vocabulary."""

import base64
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

TEXT = [
    "What is the coarse expression class? negative, positive, surprise.",
    "Is the action unit lip corner puller shown on the face? yes no",
    "The action units present are: brow lowerer, lid tightener. Therefore, it's fine.",
    "  two  blanks\n\nand lines\r\n 1234 5678 naïve café 微表情 😀",
] * 3

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

NAMES = ["endoftext", "im_start", "im_end", "vision_start", "vision_end", "image_pad", "video_pad"]


def trained(special=NAMES):
    """A byte-level BPE of 400 tokens and the special ones after them."""
    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    made.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False))
    made.add_special_tokens([AddedToken(f"<|{name}|>", special=True, normalized=False) for name in special])
    return made


def letter_bytes():
    """Letter of byte-level vocabularies -> its byte, as GPT-2's code counts them."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    rest = [byte for byte in range(256) if byte not in plain]
    return dict(zip([*map(chr, plain), *(chr(256 + k) for k in range(len(rest)))], plain + rest, strict=True))


def write_json(folder, **changed):
    """Write tokenizer.json of a tokeniser that is trained with the given arguments."""
    made = trained(**changed)
    made.save(str(folder / "tokenizer.json"))
    return made


def write_tiktoken(folder, made):
    """Write vocab.tiktoken: the bytes first, then what each merge of a trained tokeniser makes, in order."""
    byte_of = letter_bytes()
    merges = json.loads(made.to_str())["model"]["merges"]
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [bytes(byte_of[letter] for letter in "".join(pair)) for pair in merges]
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(tokens)]
    (folder / "vocab.tiktoken").write_text("".join(lines), encoding="ascii")
    return tokens
