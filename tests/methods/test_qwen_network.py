"""Logits of transformers' Qwen2.5-VL from the golden files, alone, in one batch and among padding."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from qwen_tiny import CASES
from qwen_tiny_model import compiled, goldens, inputs_of, placed, tiny_model

from mebench.methods.qwen2_5_vl.network import attention
from mebench.methods.qwen2_5_vl.network.config import parse_config
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL, parameter_count, skeleton_of
from mebench.methods.qwen2_5_vl.network.plan import buckets_for, make_inputs
from mebench.methods.qwen2_5_vl.network.released import RELEASED
from mebench.methods.qwen2_5_vl.network.weights import file_shape


def config_3b():
    return parse_config(RELEASED["3B"], "config.json")


@pytest.mark.smoke
def test_positions_are_those_that_transformers_generates_with():
    for name in CASES:
        one = placed(name)
        np.testing.assert_array_equal(one.positions, goldens()[f"{name}/positions"], err_msg=name)
        assert one.following == goldens()[f"{name}/following"], name


@pytest.mark.smoke
def test_logits_of_all_cases_in_one_batch():
    model, every = tiny_model(), [placed(name) for name in CASES]
    buckets = buckets_for([one.prompt for one in every], model.config.vision, batch=8)
    logits = compiled(model)(make_inputs(every, model.config, buckets))
    assert np.isfinite(logits).all()
    for row, name in enumerate(CASES):
        want = goldens()[f"{name}/logits"]
        np.testing.assert_allclose(logits[row, : len(want)], want, atol=1e-5, err_msg=name)


def test_logits_of_one_prompt_without_padded_windows():
    model, one = tiny_model(), placed("image")
    buckets = buckets_for([one.prompt], model.config.vision, batch=1, token_step=8)
    assert buckets.dense
    logits = compiled(model)(make_inputs([one], model.config, buckets))
    np.testing.assert_allclose(logits[0, : len(one.prompt.ids)], goldens()["image/logits"], atol=1e-5)


def test_features_given_are_as_good_as_pixels():
    inputs = inputs_of("image")
    assert inputs.features.shape == (16, 64)
    logits = compiled(tiny_model())(inputs)
    want = goldens()["image/logits"]
    np.testing.assert_allclose(logits[0, : len(want)], want, atol=1e-5)


def test_bfloat16_is_near():
    logits = compiled(tiny_model(jnp.bfloat16))(inputs_of("image"))
    assert logits.dtype == np.float32
    want = goldens()["image/logits"]
    assert np.abs(logits[0, : len(want)] - want).max() < 0.2
    assert np.corrcoef(logits[0, : len(want)].ravel(), want.ravel())[0, 1] > 0.999


def test_the_released_models_have_their_parameters():
    config = config_3b()
    shapes = skeleton_of(config).shapes
    assert parameter_count(config) == 3_754_622_976
    vision = sum(int(np.prod(shape)) for name, shape in shapes.items() if name.startswith("visual."))
    assert (vision, 3_754_622_976 - vision) == (668_684_288, 3_085_938_688)
    name = "visual.patch_embed.proj.kernel"
    assert file_shape(name, shapes[name], config) == (1280, 3, 2, 14, 14)
    assert "Research Licence" in config.licence
    larger = parse_config(RELEASED["7B"], "config.json")
    assert parameter_count(larger) == 8_292_166_656
    assert "Apache" in larger.licence


def test_attention_is_tried_once_and_named():
    assert attention.implementation() == ("xla" if jax.default_backend() != "gpu" else attention.implementation())
    assert attention.implementation.cache_info().currsize == 1


@pytest.mark.slow
def test_the_whole_3b_graph_compiles():
    from flax import nnx

    config = config_3b()
    graph, state = nnx.split(nnx.eval_shape(lambda: Qwen25VL(config)))
    ids = jax.ShapeDtypeStruct((1, 128), jnp.int32)
    lowered = jax.jit(
        lambda state, ids: nnx.merge(graph, state).language_model(
            nnx.merge(graph, state).language_model.embed_tokens(ids), jnp.zeros((3, 1, 128), jnp.int32)
        )[0]
    ).lower(state, ids)
    flops = lowered.compile().cost_analysis()["flops"]
    layers = 36 * (2048 * 2048 * 2 + 2 * 2048 * 256 + 3 * 2048 * 11008)
    assert flops == pytest.approx(2 * 128 * layers, rel=0.05)


@pytest.mark.slow
def test_answers_and_lora_steps_of_3b_compile():
    """With the shapes of one question and no numbers: 7.5 GB of weights are never made."""
    from flax import nnx

    from mebench.benchmarks.qwen_case import random_prompt
    from mebench.methods.qwen2_5_vl.network.finetune import (
        FinetuneConfig,
        Finetuner,
        TuneState,
        make_train_batch,
        stack_batches,
    )
    from mebench.methods.qwen2_5_vl.network.generate import Generator, Sampling
    from mebench.methods.qwen2_5_vl.network.lora import LoraConfig, add_lora

    config = config_3b()
    one = random_prompt("3b", config, 128)
    buckets = buckets_for([one.prompt], config.vision, 1)
    generator = Generator(nnx.eval_shape(lambda: Qwen25VL(config, jnp.bfloat16)), buckets, Sampling(8))
    inputs = make_inputs([one], config, buckets)
    found = generator._program.lower(generator._leaves, inputs, np.zeros(1, np.uint32), np.ones(1, bool)).compile()
    assert [part.shape for part in found.out_info] == [(1, 8), (1,)]

    def adapted():
        model = Qwen25VL(config, jnp.bfloat16)
        add_lora(model, LoraConfig(8, 16.0), seed=0)
        return model

    tuner = Finetuner(nnx.eval_shape(adapted), FinetuneConfig())
    longer = buckets_for([one.prompt], config.vision, 1, 144)
    batch = stack_batches([make_train_batch([one], [np.arange(8, dtype=np.int32)], config, longer, 16)])
    state = TuneState(tuner._first, jax.eval_shape(tuner._optimiser.init, tuner._first), jnp.int32(0))
    step = tuner._step.lower(state, tuner._base, batch, np.int32(1)).compile()
    assert sum(leaf.size for leaf in jax.tree.leaves(state.adapters)) == 14_966_784
    layers = 36 * (2048 * 2048 * 2 + 2 * 2048 * 256 + 3 * 2048 * 11008)
    assert step.cost_analysis()["flops"] > 2 * 3 * 144 * layers
