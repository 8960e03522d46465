import json

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
