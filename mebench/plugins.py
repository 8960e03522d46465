"""Methods, flows, features and metrics by name: mebench's own, those of packages, `module:name` beside an experiment.

An installed package registers a name by an entry point of the group; an object without a package is named by its module
and its name there, as `my_module:MyMethod`.
"""

import importlib
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.errors import MebenchError, unknown_name

METHODS, FLOWS, FEATURES, METRICS = "mebench.methods", "mebench.flows", "mebench.features", "mebench.metrics"
"""Groups of entry points."""

WHAT: Mapping[str, str] = MappingProxyType(
    {METHODS: "method", FLOWS: "flow method", FEATURES: "feature", METRICS: "metric"}
)
"""What a name of a group is called in errors."""

_FLOWS = ("opencv_dis", "opencv_farneback", "jax_tvl1", "jax_tvl1_fast", "jax_clg", "jax_lucas_kanade")
_FEATURES = ("windows", "apex_windows", "clip_grid", "clip_pictures", "flow_pictures", "roi", "roi_points")

OWN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        METHODS: MappingProxyType(
            {
                "mean": "mebench.methods.mean:Mean",
                "ststnet": "mebench.methods.ststnet:STSTNet",
                "off_apexnet": "mebench.methods.off_apexnet:OffApexNet",
                "plain_cnn": "mebench.methods.plain_cnn:PlainCNN",
                "threshold": "mebench.methods.baselines:Threshold",
                "constant": "mebench.methods.baselines:Constant",
                "oracle": "mebench.methods.baselines:Oracle",
                "answerer": "mebench.methods.answerer:EmbeddedAnswerer",
                "blind": "mebench.methods.baselines:Blind",
                "oracle-template": "mebench.methods.baselines:OracleTemplate",
                "qwen2_5_vl": "mebench.methods.qwen2_5_vl:Qwen25",
            }
        ),
        FLOWS: MappingProxyType({name: f"mebench.features.flow.{name}:flow" for name in _FLOWS}),
        FEATURES: MappingProxyType({name: f"mebench.features.kinds.{name}:FEATURE" for name in _FEATURES}),
        METRICS: MappingProxyType({}),  # a task's own figures are counted together (mebench/metrics/columns.py)
    }
)
"""mebench's own, so that a checkout that is not installed has them too."""


def names(group: str) -> tuple[str, ...]:
    """Return every registered name of a group, sorted.

    Raises:
        MebenchError: two packages register one name, or a package one of mebench's own.
    """
    return tuple(sorted(_table(group)))


def target(group: str, name: str) -> str:
    """Return `module:name` of what is registered under a name; what has that form already is returned as it is.

    Raises:
        MebenchError: unknown name; the nearest one is given.
    """
    if ":" in name:
        return name
    table = _table(group)
    if name not in table:
        raise unknown_name(WHAT[group], name, table)
    return table[name]


def load(group: str, name: str) -> Any:
    """Return what is registered under a name, or stands at `module:name`.

    Raises:
        MebenchError: unknown name, or it cannot be imported.
    """
    place = target(group, name)
    module, _, attribute = place.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, SyntaxError, ValueError) as error:
        raise MebenchError(
            f"{WHAT[group]} {name!r} cannot be imported from {place} ({error}); mend that module, install its package, "
            "or put the module beside the experiment file"
        ) from error


def module_of(group: str, name: str) -> str:
    """Return the module that holds what is registered under a name."""
    return target(group, name).partition(":")[0]


def look_beside(folder: Path) -> None:
    """Let modules of a folder be imported, behind all that are installed, as those beside an experiment file."""
    place = str(folder.resolve())
    if place not in sys.path:
        sys.path.append(place)


def _table(group: str) -> dict[str, str]:
    found = dict(OWN[group])
    for entry in metadata.entry_points(group=group):
        if found.get(entry.name, entry.value) != entry.value:
            raise MebenchError(
                f"{WHAT[group]} {entry.name!r} is registered twice, as {found[entry.name]} and {entry.value}; "
                "uninstall one of the two packages"
            )
        found[entry.name] = entry.value
    return found
