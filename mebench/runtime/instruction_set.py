"""One instruction set for all x86-64 processors: x86-64-v3 (AVX2, FMA), whatever newer one a processor has.

XLA, oneDNN (in jaxlib: products and convolutions), NumPy, OpenCV and OpenBLAS choose code by the processor, and another
code gives other last bits. All can be told by environment variables, which they read when they are imported. Of XLA's
vectorised rsqrt the last bits differ even between processors of one instruction set, AMD's and Intel's, as long as it
takes the processor's own estimate (`PLATFORM_MATH`). Found by comparing an emulated Haswell with a Zen 5 (README).
"""

import os
import platform
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

LEVEL = "x86-64-v3"
ISA_FLAG = "--xla_cpu_max_isa"
PLATFORM_MATH = "--xla_cpu_enable_platform_dependent_math"
_NEEDS = frozenset({"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"})
_CPU_INFO = Path("/proc/cpuinfo")

NEWER: Mapping[str, str] = MappingProxyType(
    {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX512-COMMON",
    }
)
"""Variables that switch code beyond the level off, on a processor that has it."""

KERNELS: Mapping[str, str] = MappingProxyType({"OPENBLAS_CORETYPE": "Haswell", "ONEDNN_MAX_CPU_ISA": "AVX"})
"""Variables that name the kernels of OpenBLAS and oneDNN.

oneDNN's for AVX2 add up a product's last rows in another order than the rest, so that a window's score would depend on
its place in a batch; those for AVX do not (`tests/run/test_batch_places.py`).
"""

HELD: Mapping[str, str] = MappingProxyType(
    {"XLA": "AVX2", "oneDNN": "AVX", "NumPy": "X86_V3", "OpenCV": "AVX2", "OpenBLAS": "Haswell"}
)
"""The choice of each library when all are held to the level."""

XLA: Mapping[str, str] = MappingProxyType({ISA_FLAG: "AVX2", PLATFORM_MATH: "false"})
"""Flags of XLA; both are known to jaxlib 0.10.1 to 0.12 at least."""


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
    return dict(KERNELS) | (dict(NEWER) if "avx512f" in flags else {})


def pin(environ: MutableMapping[str, str], flags: frozenset[str]) -> None:
    """Hold this process to `LEVEL`, where the processor has it; what a user set stays as it is."""
    wanted = pins(flags)
    for name, value in wanted.items():
        environ.setdefault(name, value)
    chosen = environ.get("XLA_FLAGS", "")
    if wanted:
        missing = [f"{flag}={value}" for flag, value in XLA.items() if flag not in chosen]
        environ["XLA_FLAGS"] = " ".join([chosen, *missing]).strip()


def in_use(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the instruction set that numbers of this process come from, and the choice of each library.

    `instruction_set` is `LEVEL` where all are held to it, else the machine's name with `native`.
    """
    import cv2
    import numpy as np

    shown: Any = np.show_config(mode="dicts")
    found = shown.get("SIMD Extensions", {}).get("found", [])
    usable = [word.strip("*") for word in cv2.getCPUFeaturesLine().split() if not word.endswith("?")]  # oldest first
    flags = dict(flag.partition("=")[::2] for flag in environ.get("XLA_FLAGS", "").split())
    same_math = flags.get(PLATFORM_MATH, "true") == "false"
    libraries = {
        "XLA": flags.get(ISA_FLAG, "native") + ("" if same_math else " with the processor's own estimates"),
        "oneDNN": environ.get("ONEDNN_MAX_CPU_ISA", "native"),
        "NumPy": max((name for name in found if name.startswith("X86_V")), default="baseline"),
        "OpenCV": usable[-1] if usable else "baseline",
        "OpenBLAS": environ.get("OPENBLAS_CORETYPE", "native"),
    }
    return {
        "instruction_set": LEVEL if libraries == HELD else f"{platform.machine()} native",
        "libraries_use": ", ".join(f"{name} {value}" for name, value in libraries.items()),
    }
