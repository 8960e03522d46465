"""Name to flow method, each imported only when it is asked for (the OpenCV ones never import jax)."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from mebench import plugins
from mebench.record.source_code import code_hash
from mebench.runtime.instruction_set import in_use

FlowFunction = Callable[[UInt8[np.ndarray, "n h w"], UInt8[np.ndarray, "n h w"]], Float32[np.ndarray, "n h w 2"]]
"""`flow(previous, following)`: grey frames in, displacement (u, v) in px from previous to following out."""

ROOM = ("mebench.features", "mebench.runtime.fence")
"""Where the code lies that features are made by; what else it imports gives it files, settings and errors."""


def flow_function(name: str) -> FlowFunction:
    """Return the method of that name.

    Raises:
        MebenchError: no method has that name.
    """
    function: FlowFunction = plugins.load(plugins.FLOWS, name)
    return function


@dataclass(frozen=True)
class DeviceFlow:
    """A method that runs where jax runs.

    Attributes:
        function: from two batches of grey frames to their flow (b, h, w, 2) in px, for use inside a compiled program.
        batch: pairs that are computed at once.
    """

    function: Callable[..., Any]
    batch: int


def device_flow(name: str) -> DeviceFlow | None:
    """Return the method of that name for use on the device; None where OpenCV computes it."""
    found: DeviceFlow | None = getattr(_module(name), "on_device", lambda: None)()
    return found


def flow_versions(name: str) -> dict[str, str]:
    """Return versions, instruction set and, for jax, the device that decide a method's bits: part of a cache key."""
    import cv2

    versions = {"cv2": str(cv2.__version__), "numpy": np.__version__, "instructions": in_use()["libraries_use"]}
    module = _module(name)
    if getattr(module, "jax", None) is not None or name.startswith("jax_"):
        import jax

        device = jax.devices()[0]
        versions |= {"jax": jax.__version__, "jaxlib": metadata.version("jaxlib")}
        versions |= {"platform": device.platform, "device": device.device_kind}
        if hasattr(module, "implementation"):
            versions["implementation"] = module.implementation()
    return versions


def made_by(module: str, flow: str | None) -> dict[str, object]:
    """Return what decides the bits of features besides the video and the settings: part of a cache key.

    Args:
        module: that makes the features; its code, and that of the rest of this room that it imports, counts.
        flow: name of the flow method that it uses, whose code counts too; None: it uses none.
    """
    used = (module, *([plugins.module_of(plugins.FLOWS, flow)] if flow else []))
    within = (*ROOM, *(name.partition(".")[0] for name in used if not name.startswith("mebench.")))
    return {"flow": flow, "code": code_hash(used, within), "versions": flow_versions(flow or "opencv_dis")}


def _module(name: str) -> ModuleType:
    return import_module(plugins.module_of(plugins.FLOWS, name))
