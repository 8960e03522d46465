import json
import shutil

import jax.numpy as jnp
import numpy as np
import pytest
from qwen_tiny import GOLDEN
from qwen_tiny_model import compiled, goldens, inputs_of, tiny_model

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.adapter_config import CONFIG_FILE, read_adapter_config
from mebench.methods.qwen2_5_vl.network.layers import Linear
from mebench.methods.qwen2_5_vl.network.lora import (
    LoraConfig,
    LoraLinear,
    add_lora,
    linear_layers,
    lora_layers,
    merge_lora,
)
from mebench.methods.qwen2_5_vl.network.peft_files import (
    TENSOR_FILE,
    read_adapter,
    stored_adapter,
    write_adapter,
)
from mebench.methods.qwen2_5_vl.network.tensor_file import stored_tensors, write_tensors

ADAPTER = GOLDEN / "adapter"


def tensors():
    return {name: one.read() for name, one in stored_tensors(ADAPTER / TENSOR_FILE).items()}


def changed_adapter(path, tensors=None, **keys):
    shutil.copytree(ADAPTER, path, dirs_exist_ok=True)
    tree = json.loads((ADAPTER / CONFIG_FILE).read_text())
    (path / CONFIG_FILE).write_text(json.dumps(tree | keys))
    if tensors is not None:
        write_tensors(path / TENSOR_FILE, tensors)
    return path


def test_pefts_adapter_computes_what_peft_computes_also_merged():
    model, want = tiny_model(), goldens()["image/adapted_logits"]
    config = read_adapter(model, ADAPTER)
    assert (config.rank, config.alpha, config.dropout) == (4, 8.0, 0.05)
    apart = compiled(model)(inputs_of("image"))[0, : len(want)]
    np.testing.assert_allclose(apart, want, atol=1e-5)
    merge_lora(model)
    assert not list(lora_layers(model))
    merged = compiled(model)(inputs_of("image"))[0, : len(want)]
    np.testing.assert_allclose(merged, want, atol=1e-4)


def test_written_adapter_is_read_again_in_both_layouts(tmp_path):
    model = tiny_model()
    config = read_adapter(model, ADAPTER)
    write_adapter(model, config, tmp_path / "new")
    assert read_adapter_config(tmp_path / "new" / CONFIG_FILE) == config
    written = stored_tensors(tmp_path / "new" / TENSOR_FILE)
    assert written.keys() == tensors().keys()
    for name, value in tensors().items():
        np.testing.assert_array_equal(written[name].read(), value)
    older = {name.replace("model.language_model.", "model."): value for name, value in tensors().items()}
    again = tiny_model()
    read_adapter(again, changed_adapter(tmp_path / "old", older))
    for (name, one), (other, two) in zip(lora_layers(model), lora_layers(again), strict=True):
        assert name == other
        np.testing.assert_array_equal(one.lora_B[...], two.lora_B[...])


def test_a_new_adapter_changes_nothing_until_it_learns():
    model, plain = tiny_model(), tiny_model()
    add_lora(model, LoraConfig(rank=3, alpha=6.0), seed=1)
    assert len(list(lora_layers(model))) == 14
    inputs = inputs_of("text", 8)
    np.testing.assert_array_equal(compiled(model)(inputs), compiled(plain)(inputs))
    with pytest.raises(MebenchError, match="adapters already"):
        add_lora(model, LoraConfig(rank=3, alpha=6.0), seed=1)


def test_which_layers_are_targets():
    names = [name for name, _ in linear_layers(tiny_model())]
    assert len(names) == 4 * 5 + 2 + 2 * 7
    bare = LoraConfig(1, 1.0, target_modules=("up_proj",))
    assert [name for name in names if bare.targets(name)] == [
        *(f"language_model.layers.{n}.mlp.up_proj" for n in range(2)),
        *(f"visual.blocks.{n}.mlp.up_proj" for n in range(4)),
    ]
    older = LoraConfig(1, 1.0, target_modules=r"model\.layers\.1\.self_attn\.q_proj")
    assert [name for name in names if older.targets(name)] == ["language_model.layers.1.self_attn.q_proj"]
    with pytest.raises(MebenchError, match="hit no layer"):
        add_lora(tiny_model(), LoraConfig(1, 1.0, target_modules=("nothing",)), 0)
    with pytest.raises(MebenchError, match="rank from 1"):
        LoraConfig(0, 1.0)


def test_one_layer_by_hand():
    base = Linear(2, 1, False, jnp.float32)
    base.kernel[...] = jnp.array([[1.0], [2.0]])
    layer = LoraLinear(base, jnp.array([[1.0], [-1.0]]), jnp.array([[3.0]]), scale=0.5, dropout=0.0)
    x = jnp.array([[2.0, 1.0]])
    assert layer(x).tolist() == [[4 + 0.5 * 3 * 1]]
    assert layer.merged()(x).tolist() == [[5.5]]


def test_dropout_keeps_the_mean():
    import jax

    base = Linear(1000, 1, False, jnp.float32)
    layer = LoraLinear(base, jnp.ones((1000, 1)), jnp.ones((1, 1)), scale=1.0, dropout=0.25)
    dropped = layer(jnp.ones((50, 1000)), jax.random.key(0))
    assert float(dropped.mean()) == pytest.approx(1000, rel=0.01)
    assert float(dropped.std()) == pytest.approx((1000 * 0.25 / 0.75) ** 0.5, rel=0.4)
    np.testing.assert_array_equal(layer(jnp.ones((2, 1000))), 1000.0)


FIRST = "base_model.model.model.language_model.layers.0.mlp.up_proj.lora_A.weight"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda every: every.pop(FIRST), "1 missing"),
        (lambda every: every.update({FIRST.replace("layers.0", "layers.9"): every[FIRST]}), "1 unused"),
        (lambda every: every.update({FIRST: every[FIRST][:2]}), r"shape \[2, 64\] where the adapter has \[4, 64\]"),
        (lambda every: every.update({FIRST: every[FIRST] * np.float32("inf")}), "none or infinite"),
    ],
)
def test_adapters_that_do_not_fit(tmp_path, change, sentence):
    every = tensors()
    change(every)
    with pytest.raises(MebenchError, match=sentence):
        read_adapter(tiny_model(), changed_adapter(tmp_path / "x", every))


@pytest.mark.parametrize(
    "keys",
    [
        {"use_dora": True},
        {"bias": "all"},
        {"rank_pattern": {"x": 2}},
        {"layers_to_transform": [1]},
        {"layers_to_transform": 0},
        {"kasa_config": {"beta": 0.1}},
        {"use_rslora": True},
        {"peft_type": "IA3"},
    ],
)
def test_more_than_plain_lora_is_refused(tmp_path, keys):
    with pytest.raises(MebenchError, match="is more than plain LoRA"):
        read_adapter(tiny_model(), changed_adapter(tmp_path / "x", **keys))
    (tmp_path / CONFIG_FILE).write_text("{}")
    with pytest.raises(MebenchError, match=r"no adapter_config.json as PEFT writes it"):
        read_adapter_config(tmp_path / CONFIG_FILE)


CASES = (("pissa", True), ("pissa_niter_16", True), ("olora", True), ("corda", True), ("lora_ga", True))
OTHERS = (("loftq", False), ("PiSSA", True), ("of next year", False), (["pissa"], False), (1, False))


@pytest.mark.smoke
@pytest.mark.parametrize(("init", "convertible"), CASES + OTHERS)
def test_an_adapter_beside_other_base_weights_is_refused(tmp_path, init, convertible):
    """PEFT repeats such an init when it loads; without it logits were off by 2 to 3."""
    adapter = changed_adapter(tmp_path / "x", init_lora_weights=init, corda_config={"x": 1})
    for read in (lambda: read_adapter_config(adapter / CONFIG_FILE), lambda: stored_adapter(adapter)):
        with pytest.raises(MebenchError, match=r"init_lora_weights .* changes the base weights") as told:
            read()
        assert ("path_initial_model_for_weight_conversion" in str(told.value)) == convertible
        assert str(told.value).endswith("and give the merged folder with --weights")


@pytest.mark.parametrize("init", [True, False, None, "gaussian", "eva", "orthogonal", "mica"])
def test_other_ways_to_initialise_change_nothing(tmp_path, init):
    """A converted adapter keeps the settings of its init: they are not looked at then."""
    keys = {"corda_config": {"x": 1}, "eva_config": {"rho": 2.0}, "lora_ga_config": {"x": 1}, "loftq_config": {"x": 1}}
    adapter = changed_adapter(tmp_path / "x", init_lora_weights=init, **keys)
    assert read_adapter_config(adapter / CONFIG_FILE) == read_adapter_config(ADAPTER / CONFIG_FILE)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"r": 4', '"r": 1e999', "1e999 is no number"),
        ('"r": 4', '"r": 4.0', "r is '4.0', not int"),
        ('"r": 4', '"r": true', "r is 'True', not int"),
        ('"r": 4', f'"r": {"9" * 5000}', "a whole number of more than 40 digits"),
        ('"r": 4', '"r": 0', "rank 0"),
        ('"lora_alpha": 8', '"lora_alpha": NaN', "NaN is no number"),
        ('"lora_alpha": 8', '"lora_alpha": "8"', "lora_alpha is '8', not int or float"),
        ('"lora_alpha": 8,', "", "the key 'lora_alpha' is missing"),
        ('"lora_dropout": 0.05', '"lora_dropout": 1', "dropout from 0 to below 1"),
        ('"r": 4', '"r": 4, "x": ' + "[" * 3000, "nested more than 100 deep"),
        ('"r": 4', '"r": 4, "x": "' + "y" * 2**20 + '"', "longer than 1048576 bytes"),
    ],
)
def test_what_an_adapters_config_cannot_hold(tmp_path, old, new, sentence):
    text = (ADAPTER / CONFIG_FILE).read_text()
    assert old in text
    (tmp_path / CONFIG_FILE).write_text(text.replace(old, new, 1))
    with pytest.raises(MebenchError, match=sentence) as told:
        read_adapter_config(tmp_path / CONFIG_FILE)
    assert CONFIG_FILE in str(told.value)
    assert len(str(told.value)) < 500


@pytest.mark.parametrize("targets", [None, 3, {"a": 1}, ["a", 1], [None]])
def test_targets_are_text(tmp_path, targets):
    with pytest.raises(MebenchError, match="target_modules"):
        read_adapter_config(changed_adapter(tmp_path / "x", target_modules=targets) / CONFIG_FILE)


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("(", "is no regular expression"),
        ("[a", "is no regular expression"),
        ("(" * 3000 + ")" * 3000, "is no regular expression"),
        ("a" * 10_001, "has 10001 characters"),
        ("((a{60000}){60000}){60000}", "counts that multiply to 216000000000000"),
        ("(a{60000,}|b{0,60000})c", "counts that multiply to 3600000000"),
        ("a{" + "9" * 5000 + "}", "counts that multiply to 9"),
        (r"(?:.|..)*(?!)", "takes more than 1 s to match"),
    ],
)
def test_patterns_that_no_engine_can_bear(tmp_path, pattern, sentence):
    adapter = changed_adapter(tmp_path / "x", target_modules=pattern)
    with pytest.raises(MebenchError, match=sentence) as told:
        read_adapter_config(adapter / CONFIG_FILE).targets("language_model.layers.0.mlp.up_proj")
    assert len(str(told.value)) < 500


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"r": 2}, r"lora_A.weight: shape \[4, 160\] where the adapter's r is 2"),
        ({"r": 64}, "where the adapter's r is 64"),
    ],
)
def test_the_rank_is_that_of_the_matrices(tmp_path, change, sentence):
    """A merge took its rank from the file and its scale from the config."""
    with pytest.raises(MebenchError, match=sentence):
        stored_adapter(changed_adapter(tmp_path / "x", **change))


def test_matrices_that_are_none_or_there_twice(tmp_path):
    every = tensors()
    with pytest.raises(MebenchError, match=r"shape \[\] where the adapter's r is 4"):
        stored_adapter(changed_adapter(tmp_path / "a", every | {FIRST: np.float32(1.0)}))
    older = FIRST.replace("model.language_model.", "model.")
    for read in (stored_adapter, lambda folder: read_adapter(tiny_model(), folder)):
        with pytest.raises(MebenchError, match=r"stands there as .*layers.0.mlp.up_proj.lora_A.* too"):
            read(changed_adapter(tmp_path / "b", every | {older: every[FIRST]}))
    with pytest.raises(MebenchError, match="it holds no tensor"):
        stored_adapter(changed_adapter(tmp_path / "c", {}))
