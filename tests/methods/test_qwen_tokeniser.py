"""The tokeniser: from either file, against BPE by ranks written out here, and files that are wrong."""

import base64
import json
import shutil
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qwen_tiny_tokeniser import NAMES, TEXT, write_json, write_tiktoken
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.tiktoken_file import ADDED, SPECIAL, merges_of, read_ranks
from mebench.methods.qwen2_5_vl.network.tokeniser import QWEN_IDS, check_config, load_tokeniser

TEXTS = st.one_of(st.text(max_size=40), st.text("aeinorst ,.\n'", max_size=60), st.sampled_from(TEXT))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Folders with the same vocabulary as tokenizer.json and as vocab.tiktoken, and its tokens by rank."""
    folders = [tmp_path_factory.mktemp(name) for name in ("json", "tiktoken")]
    tokens = write_tiktoken(folders[1], write_json(folders[0]))
    return *folders, tokens


@pytest.fixture(scope="module")
def both(files):
    return load_tokeniser(files[0]), load_tokeniser(files[1])


def by_ranks(word, ranks):
    """Tokens of a word by tiktoken's rule: join the two neighbours whose union has the lowest rank, until none has."""
    parts = [word[i : i + 1] for i in range(len(word))]
    while True:
        options = [(ranks[a + b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in ranks]
        if not options:
            return [ranks[part] for part in parts]
        at = min(options)[1]
        parts[at : at + 2] = [parts[at] + parts[at + 1]]


@pytest.mark.smoke
@settings(deadline=None)
@given(text=TEXTS)
def test_both_files_cut_a_text_alike(both, text):
    first, second = ([t.tokenizer.id_to_token(i) for i in t.encode(text).tolist()] for t in both)
    assert first == second


@settings(deadline=None)
@given(word=st.text("aeinorstlupxé微", min_size=1, max_size=24))
def test_merges_are_those_of_the_ranks(both, files, word):
    ranks = {token: rank for rank, token in enumerate(files[2])}
    assert both[1].encode(word).tolist() == by_ranks(word.encode(), ranks)


@settings(deadline=None)
@given(text=st.text("abcdefé微😀 \n.,'", max_size=60))
def test_text_comes_back(both, text):
    for tokeniser in both:
        ids = tokeniser.encode(text)
        assert ids.dtype == np.int32
        assert tokeniser.decode(ids) == tokeniser.tokenizer.normalizer.normalize_str(text)


def test_special_tokens(both, files):
    for tokeniser in both:
        ids = tokeniser.encode("<|im_start|>yes<|im_end|>")
        assert ids[[0, -1]].tolist() == [tokeniser.special.im_start, tokeniser.special.im_end]
        assert tokeniser.decode(ids) == "yes"
        assert tokeniser.decode(ids, keep_special=True) == "<|im_start|>yes<|im_end|>"
    assert both[1].special.endoftext == len(files[2])
    assert both[1].size == len(files[2]) + len(SPECIAL) + len(ADDED)
    assert both[0].source == "tokenizer.json"
    assert both[1].source == "vocab.tiktoken"


def test_added_tokens_stand_where_the_released_models_have_them():
    ids = {token: 151643 + i for i, token in enumerate(SPECIAL)}
    assert {name: ids[f"<|{name}|>"] for name in NAMES} == vars(QWEN_IDS)
    assert 151643 + len(SPECIAL) + ADDED.index("<|file_sep|>") == 151664


def test_merges_by_hand():
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"bc": 256, b"ab": 257, b"abc": 258}
    assert merges_of(ranks) == [(b"b", b"c"), (b"a", b"b"), (b"a", b"bc")]
    with pytest.raises(MebenchError, match="no merge of two tokens"):
        merges_of(ranks | {b"abcdef": 259})


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["YQ== 0", "not base64 1"], "line 2"),
        (["YQ== zero"], "line 1"),
        (["version https://git-lfs.github.com/spec/v1"], "line 1"),
        (["YQ== 0"], "cut off"),
        ([], "cut off"),
    ],
)
def test_wrong_tiktoken_files(tmp_path, lines, message):
    (tmp_path / "q.tiktoken").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(MebenchError, match=message):
        read_ranks(tmp_path / "q.tiktoken")


def test_wrong_folders(tmp_path, files):
    with pytest.raises(MebenchError, match=r"no folder"):
        load_tokeniser(tmp_path / "absent")
    with pytest.raises(MebenchError, match=r"0 \*\.tiktoken"):
        load_tokeniser(tmp_path)
    for name in ("a", "b"):
        shutil.copy(files[1] / "vocab.tiktoken", tmp_path / f"{name}.tiktoken")
    with pytest.raises(MebenchError, match=r"2 \*\.tiktoken"):
        load_tokeniser(tmp_path)


@pytest.mark.parametrize(("content", "message"), [("{", "no JSON"), ("[]", "no JSON object"), ("{}", "no BPE")])
def test_wrong_json(tmp_path, content, message):
    (tmp_path / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(MebenchError, match=message):
        load_tokeniser(tmp_path)


def test_a_merge_of_unknown_tokens(tmp_path):
    write_json(tmp_path)
    path = tmp_path / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["merges"][0] = ["no", "token"]
    path.write_text(json.dumps(content))
    with pytest.raises(MebenchError, match=r"tokenizer.json is damaged \(.*out of vocabulary.*\); copy it again"):
        load_tokeniser(tmp_path)


def test_another_models_tokeniser(tmp_path):
    write_json(tmp_path, special=[name for name in NAMES if name != "video_pad"])
    with pytest.raises(MebenchError, match=r"no special token <\|video_pad\|>;"):
        load_tokeniser(tmp_path)
    Tokenizer(WordLevel({"a": 0}, unk_token="a")).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(MebenchError, match="no BPE"):
        load_tokeniser(tmp_path)


def test_config_of_another_model(tmp_path, files, both):
    shutil.copy(files[0] / "tokenizer.json", tmp_path)
    special = both[0].special
    config = {"image_token_id": special.image_pad, "text_config": {"vocab_size": both[0].size}, "vocab_size": 1}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert load_tokeniser(tmp_path).special == special
    (tmp_path / "config.json").write_text(json.dumps({"image_token_id": 151655}), encoding="utf-8")
    with pytest.raises(MebenchError, match="image_token_id is 151655"):
        load_tokeniser(tmp_path)
    with pytest.raises(MebenchError, match="vocab_size 10"):
        check_config(both[0], {"vocab_size": 10}, "config.json")


def at(tree, place, value):
    """Put a value into a tree of lists and objects."""
    *parents, last = place
    for parent in parents:
        tree = tree[parent]
    tree[last] = value


SPLIT = ("pre_tokenizer", "pretokenizers", 0)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ((*SPLIT, "pattern", "Regex"), r"(a|a)*(?:.|..)*(?!)", "does not cut text as Qwen2.5's"),
        ((*SPLIT, "pattern"), {"String": " "}, "does not cut text as Qwen2.5's"),
        ((*SPLIT, "behavior"), "Removed", "does not cut text as Qwen2.5's"),
        (("pre_tokenizer", "pretokenizers", 1, "add_prefix_space"), True, "does not cut text as Qwen2.5's"),
        (("pre_tokenizer",), None, "does not cut text as Qwen2.5's"),
        (("pre_tokenizer", "pretokenizers"), {"0": 1}, "does not cut text as Qwen2.5's"),
        (("normalizer",), {"type": "Lowercase"}, "another than NFC"),
        (("decoder",), None, "its decoder is none of bytes"),
        (("decoder",), [], "its decoder is none of bytes"),
        (("added_tokens",), {"a": 1}, "its added_tokens are no list"),
        (("added_tokens", 0), 7, "its added token '7' has no id and content"),
        (("added_tokens", 0, "id"), -1, "has no id and content"),
        (("added_tokens", 0, "id"), 10**20, "has no id and content"),
        (("added_tokens", 0, "special"), "yes", "is damaged"),
        (("model",), [1], "no BPE vocabulary"),
        (("model", "vocab"), [1], "no BPE vocabulary"),
        (("model", "vocab", "a"), "b", "an id that is none, or one twice"),
        (("model", "vocab", "a"), 1, "an id that is none, or one twice"),
        (("model", "vocab"), {"a": 0}, "255 of 256 are missing"),
        (("model", "merges"), "a b", "no BPE vocabulary"),
        (("model", "merges", 0), 5, "is damaged"),
        (("model", "dropout"), 0.5, "its model has dropout '0.5'"),
        (("model", "unk_token"), "<unk>", "its model has unk_token"),
        (("model", "ignore_merges"), True, "its model has ignore_merges"),
    ],
)
def test_a_tokenizer_of_another_shape(tmp_path, files, place, value, sentence):
    content = json.loads((files[0] / "tokenizer.json").read_text(encoding="utf-8"))
    at(content, place, value)
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(MebenchError, match=sentence) as told:
        load_tokeniser(tmp_path)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 500


def places(tree, here=()):
    """Every place of a tree, of long lists and objects the first few."""
    items = list(tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ())
    for key, value in items[:4]:
        yield (*here, key)
        yield from places(value, (*here, key))


ODD = [None, True, -1, 1e300, 2**70, "", "\ud800", "\0", [], {}, [[]], {"a": {}}, [1, "a"]]


def test_whatever_stands_anywhere_it_is_read_alike_or_refused(tmp_path, files, both):
    """Panics of the library are no exceptions of Python's: the check before it must leave it none."""
    text = (files[0] / "tokenizer.json").read_text(encoding="utf-8")
    want, read = both[0].encode("".join(TEXT)).tolist(), 0
    for place in places(json.loads(text)):
        content = json.loads(text)
        for odd in ODD:
            at(content, place, odd)
            (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
            try:
                found = load_tokeniser(tmp_path)
            except MebenchError:
                continue
            read += 1
            if place[0] not in ("added_tokens", "model"):
                assert found.encode("".join(TEXT)).tolist() == want, (place, odd)
    assert read


def test_a_limit_of_length_or_filling_is_not_taken_over(tmp_path, files, both):
    content = json.loads((files[0] / "tokenizer.json").read_text(encoding="utf-8"))
    content["truncation"] = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = {"strategy": {"Fixed": 99}, "direction": "Right", "pad_to_multiple_of": None}
    content["padding"] |= {"pad_id": 0, "pad_type_id": 0, "pad_token": "!"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    assert load_tokeniser(tmp_path).encode(TEXT[0]).tolist() == both[0].encode(TEXT[0]).tolist()


def test_ids_beyond_the_models_rows(tmp_path, files, both):
    content = json.loads((files[0] / "tokenizer.json").read_text(encoding="utf-8"))
    content["model"]["vocab"]["zz"] = 10**6
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "config.json").write_text(json.dumps({"vocab_size": both[0].size + 5}), encoding="utf-8")
    with pytest.raises(MebenchError, match="has ids up to 1000000"):
        load_tokeniser(tmp_path)


def test_files_too_long_to_be_a_tokeniser(tmp_path):
    with (tmp_path / "q.tiktoken").open("wb") as file:
        file.truncate(2**26 + 1)
    with pytest.raises(MebenchError, match="longer than 67108864 bytes"):
        load_tokeniser(tmp_path)
    with (tmp_path / "tokenizer.json").open("wb") as file:
        file.truncate(2**26 + 1)
    with pytest.raises(MebenchError, match="longer than 67108864 bytes"):
        load_tokeniser(tmp_path)
    token = base64.b64encode(b"a" * 1001).decode()
    (tmp_path / "r.tiktoken").write_text(f"{token} 0\n")
    with pytest.raises(MebenchError, match=r"line 1: .* is no token in base64"):
        read_ranks(tmp_path / "r.tiktoken")
