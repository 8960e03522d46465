"""One instruction set for all x86-64 processors: x86-64-v3 (AVX2, FMA), whatever newer one a processor has.

XLA, NumPy, OpenCV and OpenBLAS choose code by the processor, and another code gives other last bits. All four can be
told by environment variables, which they read when they are imported.
"""

import os
import platform
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

LEVEL = "x86-64-v3"
ISA_FLAG = "--xla_cpu_max_isa"
_NEEDS = frozenset({"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"})
_CPU_INFO = Path("/proc/cpuinfo")

NEWER: Mapping[str, str] = MappingProxyType(
    {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX512-COMMON",
    }
)
"""What switches code beyond the level off, on a processor that has it."""

BLAS: Mapping[str, str] = MappingProxyType({"OPENBLAS_CORETYPE": "Haswell"})
"""The oldest kernel of OpenBLAS for the level."""


def processor_flags() -> frozenset[str]:
    """Return what the processor says that it can do (Linux: `flags` of /proc/cpuinfo); empty where it is not said."""
    if platform.machine() not in ("x86_64", "AMD64") or not _CPU_INFO.is_file():
        return frozenset()
    lines = _CPU_INFO.read_text(errors="replace").splitlines()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())


def pins(flags: frozenset[str]) -> dict[str, str]:
    """Return the environment variables that hold a processor with these flags to `LEVEL`; none where it lacks it."""
    if not flags >= _NEEDS:
        return {}
    return dict(BLAS) | (dict(NEWER) if "avx512f" in flags else {})


def pin(environ: MutableMapping[str, str], flags: frozenset[str]) -> None:
    """Hold this process to `LEVEL`, where the processor has it; what a user set stays as it is."""
    wanted = pins(flags)
    for name, value in wanted.items():
        environ.setdefault(name, value)
    chosen = environ.get("XLA_FLAGS", "")
    if wanted and ISA_FLAG not in chosen:
        environ["XLA_FLAGS"] = f"{chosen} {ISA_FLAG}=AVX2".strip()


def in_use(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the instruction set that numbers of this process come from, and the choice of each library.

    `instruction_set` is `LEVEL` where all are held to it, else the machine's name with `native`.
    """
    import cv2
    import numpy as np

    shown: dict[str, Any] = np.show_config(mode="dicts") or {}
    found = shown.get("SIMD Extensions", {}).get("found", [])
    usable = [word.strip("*") for word in cv2.getCPUFeaturesLine().split() if not word.endswith("?")]  # oldest first
    isa = [flag.partition("=")[2] for flag in environ.get("XLA_FLAGS", "").split() if flag.startswith(ISA_FLAG)]
    libraries = {
        "XLA": isa[-1] if isa else "native",
        "NumPy": max((name for name in found if name.startswith("X86_V")), default="baseline"),
        "OpenCV": usable[-1] if usable else "baseline",
        "OpenBLAS": environ.get("OPENBLAS_CORETYPE", "native"),
    }
    held = libraries == {"XLA": "AVX2", "NumPy": "X86_V3", "OpenCV": "AVX2", "OpenBLAS": "Haswell"}
    return {
        "instruction_set": LEVEL if held else f"{platform.machine()} native",
        "libraries_use": ", ".join(f"{name} {value}" for name, value in libraries.items()),
    }
