"""Eight virtual devices: the same answers, the same losses and the same adapters as one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

START = """
from mebench.runtime import environment as runtime; runtime.prepare()
import jax
from qwen_tiny import CASES, GOLDEN, NEW_TOKENS
from qwen_tiny_model import ENDS, goldens, placed
from mebench.methods.qwen2_5_vl.network.generate import Generator, Sampling
from mebench.methods.qwen2_5_vl.network.plan import buckets_for, make_inputs
from mebench.methods.qwen2_5_vl.network.sharding import make_mesh, parameter_sharding, shard_inputs
from mebench.methods.qwen2_5_vl.network.weights import read_model
import jax.numpy as jnp
mesh = make_mesh(4, 2)
"""

ANSWERS = """
model = read_model(GOLDEN / "tiny", jnp.float32, parameter_sharding(mesh))
weight = model.language_model.layers[0].mlp.up_proj.kernel[...]
assert len(weight.sharding.device_set) == 8 and weight.addressable_shards[0].data.shape == (64, 80)
names = ["text", "image", "text", "image"]
every = [placed(name) for name in names]
buckets = buckets_for([one.prompt for one in every], model.config.vision, 4)
inputs = shard_inputs(make_inputs(every, model.config, buckets), mesh)
assert inputs.positions.addressable_shards[0].data.shape[1] == 1
answers = Generator(model, buckets, Sampling(NEW_TOKENS, end_tokens=ENDS)).answers(inputs, 4)
assert [one.tolist() for one in answers] == [goldens()[f"{name}/greedy"].tolist() for name in names]
"""

LEARNING = """
import jax.numpy as jnp, numpy as np
from dataclasses import replace
from qwen_tiny_model import tiny_model
from mebench.methods.qwen2_5_vl.network.finetune import FinetuneConfig, Finetuner, make_train_batch, stack_batches
from mebench.methods.qwen2_5_vl.network.lora import LoraConfig, add_lora
from mebench.methods.qwen2_5_vl.network.sharding import shard_model, shard_train_batch
every = [placed("image")] * 4
config = tiny_model().config
buckets = replace(buckets_for([one.prompt for one in every], config.vision, 4), tokens=32)
answers = [np.array(answer, np.int32) for answer in ([20, 21], [22], [23, 24], [25])]
batch = stack_batches([make_train_batch(every, answers, config, buckets, 2)] * 2)

def learnt(place, batch):
    model = tiny_model()
    add_lora(model, LoraConfig(rank=4, alpha=8.0), seed=0)
    tuner = Finetuner(place(model), FinetuneConfig(learning_rate=1e-2, accumulate=2))
    state, losses = tuner.start(), []
    for _ in range(2):
        state, loss = tuner.step(state, batch, 4)
        losses.append(float(loss))
    return losses, state.adapters

one = learnt(lambda model: model, batch)
two = learnt(lambda model: shard_model(model, mesh), shard_train_batch(batch, mesh))
np.testing.assert_allclose(one[0], two[0], rtol=1e-5)
for name, matrix in one[1].items():
    np.testing.assert_allclose(matrix, two[1][name], atol=2e-5, err_msg=name)
assert len(next(iter(two[1].values())).sharding.device_set) == 8
print(jax.device_count(), "devices")
"""

DEVICES = """
import pytest
from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.checkpoint import mesh_of
shape = lambda **given: getattr(mesh_of(QwenConfig(**given)), "shape", None)
assert shape(rows=8) == {"data": 8, "model": 1}
assert shape(rows=6, model_devices=2) == {"data": 2, "model": 2}
assert shape(rows=1) is None
with pytest.raises(MebenchError, match="qwen.model_devices = 3 does not divide the 8 devices"):
    shape(model_devices=3)
print(jax.device_count(), "devices")
"""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(ANSWERS + DEVICES, id="answers"),
        pytest.param(LEARNING, id="learning", marks=pytest.mark.slow),
    ],
)
def test_same_on_eight_devices_as_on_one(code):
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
    paths = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parent)])
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, "-c", START + code], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "8 devices", done.stderr[-2000:]
