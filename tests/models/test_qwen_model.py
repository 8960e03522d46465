"""Qwen2.5-VL in Flax against transformers' own code (stored), and what the checkpoint's files must be."""

import json
import shutil
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from mebench.errors import MebenchError
from mebench.models.qwen2_5_vl.batch import Buckets, batch_of, shape_of
from mebench.models.qwen2_5_vl.chat import Prompt
from mebench.models.qwen2_5_vl.config import QwenConfig, TextConfig, VisionConfig, read_config
from mebench.models.qwen2_5_vl.generate import Generator, Sampling, cut
from mebench.models.qwen2_5_vl.plan import bucket, slots_of, vision_plan, windows_of
from mebench.models.qwen2_5_vl.weights import hub_name, load_weights, parameter_count

GOLDEN = Path(__file__).parents[1] / "golden" / "qwen"
CASES = ("image", "ragged", "two_images", "video", "mixed")


@pytest.fixture(scope="module")
def config():
    return read_config(GOLDEN / "tiny")


@pytest.fixture(scope="module")
def model(config):
    return load_weights(GOLDEN / "tiny", config, jnp.float32)


@pytest.fixture(scope="module")
def stored():
    with np.load(GOLDEN / "goldens.npz") as file:
        return dict(file)


def prompt(stored, name):
    ids, images, videos = (stored[f"{name}.{key}"] for key in ("ids", "images", "videos"))
    rng = np.random.default_rng(len(ids))
    parts = [rng.standard_normal((int(np.prod(grid)), 1176)).astype(np.float32) for grid in (*images, *videos)]
    return Prompt(ids, np.concatenate(parts), images, videos, stored[f"{name}.seconds"])


@pytest.mark.parametrize("name", CASES)
def test_logits_are_those_of_transformers(model, config, stored, name):
    asked = prompt(stored, name)
    _, patches, windows = shape_of(asked, config, Buckets())
    batch = batch_of([asked], config, (len(asked.ids), patches, windows), 1, "hf5")
    arrays = (jnp.asarray(array) for array in (batch.ids, batch.positions, batch.slots, batch.pixels))
    logits = np.asarray(model(*arrays, batch.plans))[0]
    np.testing.assert_allclose(logits[-1], stored[f"{name}.last"], atol=1e-5)
    np.testing.assert_allclose(logits[::5, ::37], stored[f"{name}.some"], atol=1e-5)


def test_greedy_tokens_are_those_of_transformers_in_any_batch(model, config, stored):
    prompts = [prompt(stored, name) for name in CASES]
    shapes = [shape_of(one, config, Buckets()) for one in prompts]
    shape = tuple(max(sizes) for sizes in zip(*shapes, strict=True))
    generator, seeds = Generator(model, Sampling(new_tokens=8, stop=())), np.zeros(5, np.uint32)
    together, counts = generator(batch_of(prompts, config, shape, 5, "hf5"), seeds)
    assert counts.tolist() == [8] * 5
    for row, name in enumerate(CASES):
        assert together[row].tolist() == stored[f"{name}.new"].tolist(), name
    turned, _ = generator(batch_of(prompts[::-1], config, shape, 5, "hf5"), seeds)
    np.testing.assert_array_equal(turned[::-1], together)


def test_an_answer_ends_at_a_stop_token(model, config, stored):
    asked = prompt(stored, "ragged")
    expected = stored["ragged.new"].tolist()
    stop = (expected[2],)
    batch = batch_of([asked], config, shape_of(asked, config, Buckets()), 2, "hf5")
    tokens, counts = Generator(model, Sampling(new_tokens=8, stop=stop))(batch, np.zeros(2, np.uint32))
    assert (counts.tolist(), cut(tokens[0], 3, stop)) == ([3, 3], expected[:2])
    assert cut(np.array([4, 5]), 2, stop) == [4, 5]


def test_draws_are_seeded_row_by_row(model, config, stored):
    asked = prompt(stored, "image")
    batch = batch_of([asked], config, shape_of(asked, config, Buckets()), 3, "hf5")
    sampling = Sampling(new_tokens=6, stop=(), temperature=1.0, top_p=0.9)
    generator = Generator(model, sampling)
    tokens, _ = generator(batch, np.array([1, 2, 1], np.uint32))
    assert tokens[0].tolist() == tokens[2].tolist() != tokens[1].tolist()
    nearly, _ = Generator(model, Sampling(6, (), 1.0, 1e-6))(batch, np.array([1, 2, 3], np.uint32))
    assert nearly[0].tolist() == stored["image.new"][:6].tolist()


def test_released_sizes_have_the_published_number_of_parameters():
    vision = VisionConfig(32, 1280, 3420, 16, 14, 2, 2, 112, 2048, (7, 15, 23, 31), 3, 2)
    text = TextConfig(151936, 2048, 11008, 36, 16, 2, 128, 1e6, (16, 24, 24), 1e-6, True)
    assert parameter_count(QwenConfig(vision, text, 151655, 151656)) == pytest.approx(3.755e9, rel=1e-3)


def test_windows_and_slots_by_hand(config):
    grids = np.array([[1, 10, 6]])
    assert windows_of(grids, config.vision) == 6  # 5 x 3 tokens in windows of 2 x 2
    plan = vision_plan(grids, config.vision, 8, 15)
    assert plan.valid.sum() == 60
    assert plan.patches[0, :5].tolist() == [0, 1, 2, 3, 4]
    assert sorted(plan.tokens.tolist()) == sorted(set(plan.tokens.tolist()))
    assert slots_of(np.array([5, 992, 991, 991, 7]), 991, 992).tolist() == [-1, 2, 0, 1, -1]
    with pytest.raises(MebenchError, match=r"6 windows and 15 picture tokens does not fit 4 and 15"):
        vision_plan(grids, config.vision, 4, 15)
    with pytest.raises(MebenchError, match=r"9 tokens are more than the largest size, 8"):
        bucket(9, (4, 8), "tokens")


def test_names_of_the_hub():
    assert hub_name("visual.blocks.3.attn.qkv.kernel") == "visual.blocks.3.attn.qkv.weight"
    assert hub_name("language_model.layers.1.self_attn.q_proj.bias") == "model.layers.1.self_attn.q_proj.bias"
    assert hub_name("language_model.embed_tokens") == "model.embed_tokens.weight"
    assert hub_name("language_model.lm_head.kernel") == "lm_head.weight"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(GOLDEN / "tiny", tmp_path / "tiny"))


def rewritten(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
    return folder


QKV, NORM = "visual.blocks.0.attn.qkv.weight", "model.norm.weight"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop(QKV), rf"lacks {QKV}"),
        (lambda t: t.update(extra=np.zeros(3, np.float16)), r"has no use for extra"),
        (
            lambda t: t.update({NORM: np.zeros(3, np.float16)}),
            r"has the shape \(3,\), config.json says \(64,\)",
        ),
        (lambda t: t.update({NORM: np.full(64, np.nan, np.float16)}), rf"{NORM} holds values that are no numbers"),
    ],
)
def test_tensors_that_are_wrong_are_named(folder, config, change, sentence):
    with pytest.raises(MebenchError, match=sentence):
        load_weights(rewritten(folder, change), config)


def test_shards_newer_names_and_half_the_width(folder, config, model):
    tensors = load_file(folder / "model.safetensors")
    newer = {
        key.replace("model.", "model.language_model.", 1) if key.startswith("model.") else f"model.{key}": value
        for key, value in tensors.items()
    }
    names = sorted(newer)
    shards = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for shard, keys in shards.items():
        save_file({key: newer[key] for key in keys}, folder / shard)
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {key: shard for shard, keys in shards.items() for key in keys}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    found = load_weights(folder, config, jnp.bfloat16)
    kernel = found.language_model.layers[1].mlp.up_proj.kernel[...]
    assert kernel.dtype == jnp.bfloat16
    np.testing.assert_allclose(kernel, model.language_model.layers[1].mlp.up_proj.kernel[...], rtol=1e-2)
    (folder / "b.safetensors").unlink()
    with pytest.raises(MebenchError, match=r"b.safetensors is missing, which model.safetensors.index.json names"):
        load_weights(folder, config)


def test_files_that_are_wrong(folder, config, tmp_path):
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[:-100])
    with pytest.raises(MebenchError, match=r"model.safetensors is truncated or no safetensors file"):
        load_weights(folder, config)
    (folder / "model.safetensors").unlink()
    with pytest.raises(MebenchError, match=r"holds no \*.safetensors"):
        load_weights(folder, config)
    with pytest.raises(MebenchError, match=r"cannot read .*config.json: no such file .* with --weights"):
        read_config(tmp_path)
    values = json.loads((folder / "config.json").read_text())
    for change, sentence in (
        ({"model_type": "llama"}, r"is of model_type 'llama'; only qwen2_5_vl"),
        ({"image_token_id": None}, None),
    ):
        (folder / "config.json").write_text(json.dumps({k: v for k, v in (values | change).items() if v is not None}))
        with pytest.raises(MebenchError, match=sentence or r"lacks the key 'image_token_id'"):
            read_config(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(MebenchError, match=r"config.json is no JSON"):
        read_config(folder)
