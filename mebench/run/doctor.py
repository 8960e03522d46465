"""Report on this installation: code, packages, devices, what is pinned, folders, what is built, what is wrong."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from mebench.config.shipped import shipped_names
from mebench.data.builders import data_root, list_datasets
from mebench.errors import MebenchError
from mebench.features.cache_folder import FOLDER
from mebench.record import provenance
from mebench.runtime import environment as runtime

PREFIXES = ("JAX_", "XLA_", "NPROC", "OPENBLAS_", "ONEDNN_", "NPY_", "OPENCV_", "CUDA_VISIBLE_DEVICES", "TFDS_")
"""Variables of the environment that decide devices or numbers."""

PACKAGES = ("jax", "jaxlib", "flax", "numpy", "scipy", "opencv-python-headless", "tensorflow-datasets")

State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and whether it is as it should be."""

    what: str
    found: str
    state: State = "ok"


def examine(data: Path | None) -> list[Finding]:
    """Return everything that is found; what cannot be found out is a finding too, and stops nothing.

    Args:
        data: folder of built datasets; None: that of TFDS.
    """
    parts: Mapping[str, Callable[[], list[Finding]]] = {
        "mebench": _code,
        "packages": _packages,
        "devices": _devices,
        "pinned": _pins,
        "data": lambda: _folders(data),
        "built": lambda: _built(data),
    }
    found: list[Finding] = []
    for what, part in parts.items():
        try:
            found += part()
        except (MebenchError, OSError) as error:
            found.append(Finding(what, " ".join(str(error).split()), "wrong"))
    return found


def _code() -> list[Finding]:
    code = provenance.code()
    commit = f"commit {str(code['commit'])[:12]}" if code["commit"] else str(code["commit_reason"])
    changed = Finding("code", "uncommitted changes, so a run cannot enter a leaderboard", "note")
    names = len(shipped_names())
    return [
        Finding("mebench", f"{code['version']}, {commit}"),
        *([changed] if code["dirty"] else []),
        Finding("experiments", f"{names} come with it (mebench experiments)", "ok" if names else "wrong"),
    ]


def _packages() -> list[Finding]:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    return [Finding("python", sys.version.split()[0]), Finding("packages", versions)]


def _devices() -> list[Finding]:
    from mebench.runtime.selfcheck import self_check

    try:
        known = runtime.environment()
    except (RuntimeError, AssertionError):  # what jax says of a platform that is not here, by its version
        asked = os.environ.get("JAX_PLATFORMS", "")
        return [
            Finding("devices", f"jax finds none (JAX_PLATFORMS={asked!r}); unset it, or install its driver", "wrong")
        ]
    self_check()
    return [
        Finding("devices", f"{known['device_count']} x {known['device_kind']}; {runtime.cores()} CPU cores"),
        Finding("numbers", f"of {known['instruction_set']} ({known['libraries_use']})"),
        Finding("self-check", "compiled programs compute what single operations do"),
    ]


def _pins() -> list[Finding]:
    chosen = {name: value for name, value in sorted(os.environ.items()) if name.startswith(PREFIXES)}
    return [Finding("pinned", f"{name}={value}") for name, value in chosen.items() if value]


def _folders(data: Path | None) -> list[Finding]:
    root = data_root(data)
    places = {"data": root, "features": root / FOLDER, "compiled": runtime.compile_cache()}
    return [_folder(what, place) for what, place in places.items()]


def _folder(what: str, place: Path | None) -> Finding:
    if place is None:
        return Finding(what, "the user's cache folder cannot be written: programs are compiled every time", "note")
    existing = next(one for one in (place, *place.parents) if one.is_dir())
    free = f"{shutil.disk_usage(existing).free / 1e9:.0f} GB free"
    if not os.access(existing, os.W_OK):
        return Finding(what, f"{place}: cannot be written; choose another folder (--data DIR, --cache DIR)", "note")
    return Finding(what, f"{place}: {free if place.is_dir() else f'not there yet, {free}'}")


def _built(data: Path | None) -> list[Finding]:
    names = [entry.title for entry in list_datasets(data) if entry.built]
    return [Finding("built", ", ".join(names) or "no dataset yet; synth_me is drawn when a run needs it")]
