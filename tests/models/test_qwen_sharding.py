"""Eight virtual devices: the same answers as one."""

import os
import subprocess
import sys
from pathlib import Path

CODE = """
from mebench import runtime; runtime.prepare()
import jax
from qwen_tiny import CASES, GOLDEN, NEW_TOKENS
from qwen_tiny_model import ENDS, goldens, placed
from mebench.models.qwen2_5_vl.generate import Generator, Sampling
from mebench.models.qwen2_5_vl.plan import buckets_for, make_inputs
from mebench.models.qwen2_5_vl.sharding import make_mesh, parameter_sharding, shard_inputs
from mebench.models.qwen2_5_vl.weights import read_model
import jax.numpy as jnp
mesh = make_mesh(4, 2)
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
print(jax.device_count(), "devices")
"""


def test_same_answers_on_eight_devices():
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
    paths = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parent)])
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "8 devices", done.stderr[-2000:]
