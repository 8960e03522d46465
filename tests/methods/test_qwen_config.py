import json
from dataclasses import replace

import pytest
from qwen_tiny import GOLDEN

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.config import parse_config, read_config

FLAT = json.loads((GOLDEN / "tiny" / "config.json").read_text())


@pytest.mark.smoke
def test_flat_and_nested_are_the_same(tmp_path):
    (tmp_path / "config.json").write_text((GOLDEN / "nested_config.json").read_text())
    config = read_config(GOLDEN / "tiny")
    assert config == read_config(tmp_path)
    assert config.text.head_dim == 16
    assert config.text.rope_theta == 1e6
    assert config.vision.fullatt_block_indexes == (1, 3)
    assert (config.vision.window_cells, config.vision.patch_values) == (2, 1176)
    assert "not a released size" in config.licence


@pytest.mark.parametrize("key", sorted(FLAT["vision_config"].keys() - {"spatial_patch_size"}))
def test_no_number_of_the_vision_tower_has_a_default(key):
    vision = {name: value for name, value in FLAT["vision_config"].items() if name != key}
    with pytest.raises(MebenchError, match=key.replace("in_chans", "in_channels")):
        parse_config({**FLAT, "vision_config": vision}, "config.json")


@pytest.mark.parametrize("key", ["vocab_size", "num_key_value_heads", "rms_norm_eps", "rope_theta", "rope_scaling"])
def test_no_number_of_the_text_has_a_default(key):
    with pytest.raises(MebenchError, match="is missing"):
        parse_config({name: value for name, value in FLAT.items() if name != key}, "config.json")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"hidden_act": "gelu"}, "hidden_act is 'gelu'"),
        ({"use_sliding_window": True}, "use_sliding_window"),
        ({"rope_scaling": {"mrope_section": [2, 2, 2]}}, "half of head_dim"),
        ({"num_key_value_heads": 3}, "do not divide"),
    ],
)
def test_what_no_such_model_has(changed, sentence):
    with pytest.raises(MebenchError, match=sentence):
        parse_config({**FLAT, **changed}, "config.json")


def test_other_models_and_other_files(tmp_path):
    with pytest.raises(MebenchError, match="cannot be read as JSON"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "qwen3_vl"}')
    with pytest.raises(MebenchError, match="'qwen3_vl'"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(MebenchError, match="model_type is None"):
        read_config(tmp_path)


SAVED = {
    **FLAT,
    "transformers_version": "4.49.0",
    "rope_scaling": {"mrope_section": [2, 3, 3], "rope_type": "default", "type": "default"},
    "vision_config": {
        **{key: value for key, value in FLAT["vision_config"].items() if key not in ("hidden_act", "patch_size")},
        "model_type": "qwen2_5_vl",
    },
}
"""The tiny model's config as transformers 4.49 saves it: of vision_config only what differs from its defaults."""
for name in ("spatial_merge_size", "temporal_patch_size"):
    del SAVED["vision_config"][name]


@pytest.mark.smoke
def test_what_transformers_4_left_out_is_filled_in_and_said():
    config = parse_config(SAVED, "config.json")
    whole = parse_config(FLAT, "config.json")
    assert replace(config, filled=()) == whole
    assert config.filled == ("hidden_act silu", "patch_size 14", "spatial_merge_size 2", "temporal_patch_size 2")
    assert whole.filled == ()


def test_a_released_model_saved_by_transformers_4():
    """The vision_config that transformers 4.49 wrote of the 3B model."""
    left = {"hidden_size": 1280, "in_chans": 3, "out_hidden_size": 2048, "tokens_per_second": 2}
    text = {"hidden_size": 2048, "num_attention_heads": 16, "rope_scaling": {"mrope_section": [16, 24, 24]}}
    config = parse_config({**SAVED, **text, "vision_config": {**left, "model_type": "qwen2_5_vl"}}, "config.json")
    vision = config.vision
    assert (vision.depth, vision.intermediate_size, vision.num_heads, vision.window_size) == (32, 3420, 16, 112)
    assert vision.fullatt_block_indexes == (7, 15, 23, 31)
    assert config.filled[:2] == ("depth 32", "fullatt_block_indexes [7, 15, 23, 31]")
    for key in ("hidden_size", "tokens_per_second"):  # defaults there are those of no released model
        rest = {name: value for name, value in left.items() if name != key}
        with pytest.raises(MebenchError, match=f"{key} is missing"):
            parse_config({**SAVED, **text, "vision_config": {**rest, "model_type": "qwen2_5_vl"}}, "config.json")


@pytest.mark.parametrize("version", [None, "5.23.0"])
def test_nothing_is_filled_into_other_files(version):
    with pytest.raises(MebenchError, match="is missing"):
        parse_config({**SAVED, "transformers_version": version}, "config.json")


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (("hidden_size",), "64", "hidden_size is '64'"),
        (("hidden_size",), True, "hidden_size is 'True'"),
        (("num_hidden_layers",), 10**9, "num_hidden_layers is '1000000000'; allowed: 1 to 1000"),
        (("num_attention_heads",), 0, "num_attention_heads is '0'"),
        (("rms_norm_eps",), None, "rms_norm_eps is 'None'"),
        (("rms_norm_eps",), float("inf"), "rms_norm_eps is 'inf'"),
        (("rope_scaling",), [1], "rope_scaling is .*, no JSON object"),
        (("rope_scaling", "mrope_section"), [2, 3], "has no three parts"),
        (("rope_scaling", "mrope_section"), "abc", "no list of whole numbers"),
        (("rope_scaling", "rope_type"), "yarn", "rope_type is 'yarn'; allowed"),
        (("rope_scaling", "type"), "dynamic", "type is 'dynamic'; allowed"),
        (("tie_word_embeddings",), "yes", "tie_word_embeddings is 'yes'"),
        (("text_config",), None, "text_config is 'None', no JSON object"),
        (("vision_config",), 3, "vision_config is '3', no JSON object"),
        (("vision_config", "depth"), 1e999, "depth is 'inf'"),
        (("vision_config", "fullatt_block_indexes"), [1, None], "no list of whole numbers"),
    ],
)
def test_values_that_no_config_holds(place, value, sentence):
    tree = json.loads(json.dumps(FLAT))
    node = tree
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    with pytest.raises(MebenchError, match=sentence) as told:
        parse_config(tree, "config.json")
    assert str(told.value).startswith("config.json")


def test_a_file_that_is_nested_too_deep(tmp_path):
    (tmp_path / "config.json").write_text('{"a":' * 3000 + "1" + "}" * 3000)
    with pytest.raises(MebenchError, match="cannot be read as JSON"):
        read_config(tmp_path)
