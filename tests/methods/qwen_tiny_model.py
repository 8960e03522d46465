"""The tiny Qwen2.5-VL in our own code, read once, and its golden prompts with their positions."""

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from qwen_tiny import CASES, EOS, GOLDEN, made_prompt

from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.methods.qwen2_5_vl.network.chat import Prompt
from mebench.methods.qwen2_5_vl.network.config import read_config
from mebench.methods.qwen2_5_vl.network.plan import buckets_for, make_inputs
from mebench.methods.qwen2_5_vl.network.weights import read_model
from mebench.methods.qwen2_5_vl.prompts import placed_of

ENDS = (EOS,)


@cache
def goldens():
    with np.load(GOLDEN / "outputs.npz") as stored:
        return dict(stored)


@cache
def tiny_state(dtype=jnp.float32):
    return nnx.split(read_model(GOLDEN / "tiny", dtype))


def tiny_model(dtype=jnp.float32):
    """A model of its own, so that a test may change it."""
    graph, state = tiny_state(dtype)
    return nnx.merge(graph, jax.tree.map(jnp.copy, state))


def placed(name):
    """A golden prompt as an experiment with mrope = "hf5" places it."""
    ids, images, videos, image_grids, video_grids, seconds = made_prompt(CASES[name])
    prompt = Prompt(ids, np.concatenate([images, videos]), image_grids, video_grids, seconds)
    return placed_of(prompt, read_config(GOLDEN / "tiny"), QwenConfig(mrope="hf5"))


@cache
def inputs_of(name, tokens=32):
    """A batch of one prompt with the rows of its pictures: vision is compiled once a case, whatever the test."""
    model, one = nnx.merge(*tiny_state()), placed(name)
    inputs = make_inputs([one], model.config, buckets_for([one.prompt], model.config.vision, 1, tokens))
    if inputs.vision is None:
        return inputs
    features = np.asarray(jax.jit(model.features)(inputs.vision))
    return replace(inputs, vision=None, features=features)


def compiled(model):
    """The model as a compiled function of its inputs."""
    graph, state = nnx.split(model)
    program = jax.jit(lambda state, inputs: nnx.merge(graph, state)(inputs))
    return lambda inputs: np.asarray(program(state, inputs))
