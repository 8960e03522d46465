"""generation_config.json as transformers reads it, and what is no such file."""

import json

import pytest

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.generation_config import FILE, read_generation


def read(tmp_path, tree):
    (tmp_path / FILE).write_text(tree if isinstance(tree, str) else json.dumps(tree))
    return read_generation(tmp_path)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("tree", "values", "end"),
    [
        ({}, {"temperature": 0.0}, None),
        ({"transformers_version": "4.49.0", "pad_token_id": 3}, {"temperature": 0.0}, None),
        (
            {"do_sample": True, "temperature": 1e-6, "repetition_penalty": 1.05, "eos_token_id": [7, 8]},
            {"temperature": 1e-6, "top_p": 1.0, "top_k": 50, "repetition_penalty": 1.05},
            (7, 8),
        ),
        (
            {"do_sample": True, "top_p": 0.001, "top_k": 1, "temperature": 0.1, "eos_token_id": 7},
            {"temperature": 0.1, "top_p": 0.001, "top_k": 1},
            (7,),
        ),
        ({"do_sample": False, "temperature": 0.7, "top_p": 0.5}, {"temperature": 0.0}, None),
        ({"do_sample": True, "temperature": None, "top_k": 0}, {"temperature": 1.0, "top_p": 1.0, "top_k": 0}, None),
        ({"max_new_tokens": 12, "num_beams": 1}, {"temperature": 0.0, "new_tokens": 12}, None),
    ],
)
def test_what_is_read(tmp_path, tree, values, end):
    found = read(tmp_path, tree)
    assert dict(found.values) == values
    assert found.end_tokens == end


def test_no_file_says_nothing(tmp_path):
    assert dict(read_generation(tmp_path).values) == {}
    assert read_generation(tmp_path).end_tokens is None


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        ("[", "it is no JSON"),
        ("[" * 3000, "nested more than 100 deep"),
        ('{"temperature": 1e999}', "1e999 is no number"),
        ("[]", "it holds no JSON object"),
        ({"num_beams": 4}, "num_beams is '4', a way to choose tokens that mebench has not"),
        ({"no_repeat_ngram_size": 3}, "no_repeat_ngram_size is '3'"),
        ({"suppress_tokens": [5]}, r"suppress_tokens is '\[5\]'"),
        ({"do_sample": "yes"}, "do_sample is 'yes'"),
        ({"do_sample": True, "temperature": "0.1"}, "temperature is '0.1', no number"),
        ({"do_sample": True, "temperature": -1}, "do not go together"),
        ({"do_sample": True, "top_p": 0}, "do not go together"),
        ({"do_sample": True, "top_k": -1}, "top_k is '-1'"),
        ({"repetition_penalty": 0}, "do not go together"),
        ({"eos_token_id": []}, r"eos_token_id is '\[\]'"),
        ({"eos_token_id": ["a"]}, "eos_token_id is"),
        ({"max_new_tokens": 1.5}, "max_new_tokens is '1.5'"),
    ],
)
def test_what_is_refused(tmp_path, tree, sentence):
    with pytest.raises(MebenchError, match=sentence) as told:
        read(tmp_path, tree)
    assert str(told.value).endswith("take the file from the model's own release, or move it away")
