"""TV-L1 with few scales, one linearisation and few iterations: a quarter of the time, and nearer to small motions."""

from functools import partial

import jax
import numpy as np
from jaxtyping import Float32, UInt8

from mebench.features.flow.batches import in_batches
from mebench.features.flow.jax_tvl1 import BATCH, Settings, implementation, tvl1
from mebench.features.flow.registry import DeviceFlow

SETTINGS = Settings(epsilon=0.0, scales=3, scale_step=0.5, warps=1, inner=20, outer=1)
"""Chosen on textures with known flow of 0.3 to 3 px. Every pair takes the same time: nothing waits for a slow one."""

__all__ = ["SETTINGS", "flow", "implementation", "on_device"]

_fast = partial(tvl1, settings=SETTINGS)


def flow(previous: UInt8[np.ndarray, "n h w"], following: UInt8[np.ndarray, "n h w"]) -> Float32[np.ndarray, "n h w 2"]:
    """Return (u, v) in px from `previous` to `following`."""
    return in_batches(_fast, previous, following, BATCH[jax.default_backend()])


def on_device() -> DeviceFlow:
    """Return the method for `mebench.features.windows.on_device`."""
    return DeviceFlow(_fast, BATCH[jax.default_backend()])
