import json
import shutil
import struct

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from flax import nnx
from qwen_tiny import GOLDEN
from qwen_tiny_model import tiny_state
from safetensors.numpy import save_file

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.model import leaf_name
from mebench.methods.qwen2_5_vl.network.tensor_file import stored_tensors, write_tensors
from mebench.methods.qwen2_5_vl.network.weights import INDEX, SINGLE, file_tensors, model_name, random_model, read_model

TINY = GOLDEN / "tiny"
UP = "model.layers.1.mlp.up_proj.weight"


def tensors():
    return {name: one.read() for name, one in stored_tensors(TINY / SINGLE).items()}


def folder_with(path, changed, config=None):
    """A copy of the tiny model with other tensors."""
    path.mkdir(exist_ok=True)
    tree = json.loads((TINY / "config.json").read_text()) | (config or {})
    (path / "config.json").write_text(json.dumps(tree))
    write_tensors(path / SINGLE, changed)
    return path


def leaves(model):
    return {leaf_name(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(nnx.state(model))}


def same_as_tiny(model):
    found, want = leaves(model), leaves(nnx.merge(*tiny_state()))
    return found.keys() == want.keys() and all(np.array_equal(found[name], want[name]) for name in want)


def test_names():
    assert model_name("model.layers.0.mlp.up_proj.weight") == "language_model.layers.0.mlp.up_proj.weight"
    assert model_name("model.language_model.norm.weight") == "language_model.norm.weight"
    assert model_name("model.visual.blocks.1.norm1.weight") == "visual.blocks.1.norm1.weight"
    assert model_name("visual.merger.mlp.0.bias") == "visual.merger.mlp.0.bias"
    assert model_name("lm_head.weight") == "lm_head.weight"


def test_present_names_of_transformers(tmp_path):
    renamed = {f"model.{model_name(name)}": value for name, value in tensors().items()}
    assert same_as_tiny(read_model(folder_with(tmp_path, renamed), jnp.float32))


def test_written_tensors_are_read_again(tmp_path):
    written = file_tensors(nnx.merge(*tiny_state()))
    assert {model_name(name) for name in written} == {model_name(name) for name in tensors()}
    assert same_as_tiny(read_model(folder_with(tmp_path, written), jnp.float32))


def test_shards(tmp_path):
    shutil.copy(TINY / "config.json", tmp_path)
    every = tensors()
    names = {f"model-0000{n}-of-00002.safetensors": sorted(every)[n - 1 :: 2] for n in (1, 2)}
    for file, keys in names.items():
        write_tensors(tmp_path / file, {key: every[key] for key in keys})
    index = {"metadata": {}, "weight_map": {key: file for file, keys in names.items() for key in keys}}
    (tmp_path / INDEX).write_text(json.dumps(index))
    assert same_as_tiny(read_model(tmp_path, jnp.float32))
    index["weight_map"].pop(UP)
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(MebenchError, match=rf"{UP} do not agree with"):
        read_model(tmp_path)
    index["weight_map"][UP] = "../model.safetensors"
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(MebenchError, match="is no file of this folder"):
        read_model(tmp_path)
    (tmp_path / INDEX).write_text("{}")
    with pytest.raises(MebenchError, match="no index of weights"):
        read_model(tmp_path)


def test_a_head_of_its_own_in_float32(tmp_path):
    every = {name: value.astype(np.float32) for name, value in tensors().items()}
    head = every["model.embed_tokens.weight"][::-1].copy()
    folder_with(tmp_path, {}, {"tie_word_embeddings": False})
    save_file({**every, "lm_head.weight": head}, tmp_path / SINGLE)  # the format's own writer
    model = read_model(tmp_path, jnp.float32)
    np.testing.assert_array_equal(model.lm_head.kernel[...].T, head)
    hidden = jnp.ones((1, 64))
    np.testing.assert_allclose(model.logits(hidden), hidden @ head.T, rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda every: every.pop(UP), "1 missing: language_model.layers.1.mlp.up_proj.weight"),
        (lambda every: every.update({"model.layers.2.x": every[UP]}), "1 unused: language_model.layers.2.x"),
        (lambda every: every.update({"lm_head.weight": every[UP]}), "says that the head is the embedding"),
        (lambda every: every.update({UP: every[UP].T}), rf"tensor {UP}: shape \[64, 160\] where this model has \[160"),
        (lambda every: every.update({UP: every[UP] * np.float32("nan")}), f"tensor {UP}: holds a number that is none"),
        (lambda every: every.update({UP: np.full((160, 64), 3.402e38, np.float32)}), f"tensor {UP}: holds a number"),
        (lambda every: every.update({UP.replace("model", "model.language_model", 1): every[UP]}), "stands twice"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, sentence):
    every = tensors()
    change(every)
    with pytest.raises(MebenchError, match=sentence):
        read_model(folder_with(tmp_path, every))


def test_a_file_that_is_cut_off(tmp_path):
    folder = folder_with(tmp_path, tensors())
    whole = (folder / SINGLE).read_bytes()
    (folder / SINGLE).write_bytes(whole[:-5])
    last = max(stored_tensors(TINY / SINGLE).values(), key=lambda one: one.name).name
    with pytest.raises(MebenchError, match=f"tensor {last}: the file ends before it"):
        read_model(folder)
    (folder / SINGLE).write_bytes(whole[:100])
    with pytest.raises(MebenchError, match="its header is cut off"):
        read_model(folder)
    (folder / SINGLE).unlink()
    with pytest.raises(MebenchError, match="cannot be read"):
        read_model(folder)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b'"BF16"', b'"F32" ', "are no F32 of shape"),
        (b'"BF16"', b'"I64" ', "is of type I64"),
        (b'"shape":[', b'"shape":[ ', None),
    ],
)
def test_a_tensor_that_is_mislabelled(tmp_path, old, new, sentence):
    folder = folder_with(tmp_path, tensors())
    whole = (folder / SINGLE).read_bytes()
    if sentence is None:
        (folder / SINGLE).write_bytes(whole.replace(b'"data_offsets"', b'"data_offsetz"', 1))
        sentence = "its entry in the header is damaged"
    else:
        (folder / SINGLE).write_bytes(whole.replace(old, new, 1))
    with pytest.raises(MebenchError, match=sentence):
        read_model(folder)


def test_files_are_those_of_the_format(tmp_path):
    from safetensors.numpy import load_file

    some = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.ones((0, 2), np.float16)}
    write_tensors(tmp_path / "x.safetensors", some)
    theirs = load_file(tmp_path / "x.safetensors")
    for name, value in some.items():
        np.testing.assert_array_equal(theirs[name], value)
        np.testing.assert_array_equal(stored_tensors(tmp_path / "x.safetensors")[name].read(), value)
    with pytest.raises(MebenchError, match="is of type int64"):
        write_tensors(tmp_path / "x.safetensors", {"c": np.zeros(2, np.int64)})


def test_random_weights_are_seeded():
    config = nnx.merge(*tiny_state()).config
    one, two = (leaves(random_model(config, jnp.bfloat16, seed=3)) for _ in range(2))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    drawn = np.asarray(one["language_model.embed_tokens.weight"], np.float32)
    assert drawn.std() == pytest.approx(0.02, rel=0.05)
    assert one["visual.merger.ln_q.weight"].dtype == ml_dtypes.bfloat16
    assert (np.asarray(one["visual.merger.ln_q.weight"]) == 1).all()


def with_header(path, header, data=b""):
    """Write a safetensors file with the header that is given, whatever it says."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"shape": [2**70, 0], "data_offsets": [0, 0]}, "its entry in the header is damaged"),
        ({"shape": [2**62, 4], "data_offsets": [0, 8]}, "its entry in the header is damaged"),
        ({"shape": [1] * 70, "data_offsets": [0, 4]}, "its entry in the header is damaged"),
        ({"shape": [-1, -1], "data_offsets": [0, 4]}, "its entry in the header is damaged"),
        ({"shape": [1.0], "data_offsets": [0, 4]}, "its entry in the header is damaged"),
        ({"shape": [True], "data_offsets": [0, 4]}, "its entry in the header is damaged"),
        ({"shape": [2**39, 2**39], "data_offsets": [0, 2**80]}, "the file ends before it"),
        (
            {"shape": [2**39, 2**39], "data_offsets": [0, 8]},
            r"no F32 of shape \[549755813888, 549755813888\]",
        ),
        ({"shape": [2], "data_offsets": [-8, 0]}, "8 bytes are no F32"),
        ({"shape": [2], "data_offsets": [8, 16]}, "the file ends before it"),
        ({"shape": 2, "data_offsets": [0, 8]}, "its entry in the header is damaged"),
        (7, "its entry in the header is damaged"),
    ],
)
def test_shapes_that_nothing_has(tmp_path, entry, sentence):
    header = {"x": {"dtype": "F32", **entry} if isinstance(entry, dict) else entry}
    with pytest.raises(MebenchError, match=sentence) as told:
        stored_tensors(with_header(tmp_path / "w.safetensors", header, b"\0" * 8))
    assert "tensor x" in str(told.value)


@pytest.mark.parametrize(
    "header",
    [b"[" * 3000, b'{"a":' * 3000 + b"1" + b"}" * 3000, b'{"x": ' + b"9" * 5000 + b"}", b"[]", b"\xff\xfe{}", b"nul"],
)
def test_headers_that_are_none(tmp_path, header):
    with pytest.raises(MebenchError, match="no safetensors file, or its header is cut off"):
        stored_tensors(with_header(tmp_path / "w.safetensors", header))


@pytest.mark.parametrize("index", ["[" * 3000, '{"weight_map": {"a": "b\\u0000"}}', '{"weight_map": 1}', "[]"])
def test_an_index_that_is_none(tmp_path, index):
    shutil.copy(TINY / "config.json", tmp_path)
    (tmp_path / INDEX).write_text(index)
    with pytest.raises(MebenchError, match=r"no index of weights|no safetensors file"):
        read_model(tmp_path)


EMBEDDING = "model.embed_tokens.weight"


def buffers(theta=1e6):
    """Rotary frequencies as libraries have written them: of the text, of each layer, of the vision tower."""
    text = (1 / theta ** (np.arange(8) / 8)).astype(np.float32)
    vision = (1 / 1e4 ** (np.arange(4) / 4)).astype(np.float32)
    layers = {f"model.layers.{n}.self_attn.rotary_emb.inv_freq": text for n in range(2)}
    return {"model.rotary_emb.inv_freq": text, "visual.rotary_pos_emb.inv_freq": vision, **layers}


@pytest.mark.smoke
def test_a_tied_head_and_rotary_buffers_are_taken(tmp_path):
    every = tensors()
    folder = folder_with(tmp_path, every | {"lm_head.weight": every[EMBEDDING]} | buffers())
    assert same_as_tiny(read_model(folder, jnp.float32))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lm_head.weight": lambda every: every[EMBEDDING][::-1].copy()}, "says that the head is the embedding"),
        ({"lm_head.weight": lambda every: every[EMBEDDING][:-1]}, "says that the head is the embedding"),
        (
            {"model.rotary_emb.inv_freq": lambda _: buffers(1e4)["model.rotary_emb.inv_freq"]},
            "not those of config.json",
        ),
        ({"visual.rotary_pos_emb.inv_freq": lambda _: np.ones(3, np.float32)}, "not those of config"),
        ({"visual.other.inv_freq": lambda _: np.ones(3, np.float32)}, "1 unused: visual.other.inv_freq"),
    ],
)
def test_a_head_or_buffers_that_say_something_else(tmp_path, change, sentence):
    every = tensors()
    more = {name: value(every) for name, value in change.items()}
    with pytest.raises(MebenchError, match=sentence):
        read_model(folder_with(tmp_path, every | more))
