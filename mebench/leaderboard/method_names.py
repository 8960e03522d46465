"""Names of mebench's own methods in tables, from their experiments."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

MODELS = MappingProxyType({"mean": "MEAN"})

FLOWS = MappingProxyType(
    {
        "opencv_dis": "DIS",
        "opencv_farneback": "Farneback",
        "jax_tvl1": "TV-L1",
        "jax_tvl1_fast": "fast TV-L1",
        "jax_clg": "combined local-global",
        "jax_lucas_kanade": "Lucas-Kanade",
    }
)
"""Methods of optical flow as papers call them."""


def method_name(config: Mapping[str, Any]) -> str:
    """Return the method of an experiment's configuration: `MEAN (mended, DIS flow)`; a bound by its own name."""
    model = config["model"]
    name = str(model["name"])
    if name not in MODELS:
        return name
    flow = config.get("features", {}).get("flow", "")
    more = [str(model["behaviour"]), *([f"{FLOWS.get(flow, flow)} flow"] if flow else [])]
    return f"{MODELS[name]} ({', '.join(more)})"
