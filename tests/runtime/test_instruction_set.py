"""One instruction set on all processors: what is pinned where, and what the record then says."""

import json
import os
import subprocess
import sys

import pytest

from mebench.runtime.instruction_set import HELD, KERNELS, LEVEL, NEWER, in_use, pin, pins, processor_flags

V3 = frozenset({"avx", "avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm", "sse4_2"})


def test_a_newer_processor_is_held_to_v3():
    assert pins(V3 | {"avx512f"}) == {**KERNELS, **NEWER}


def test_a_v3_processor_has_nothing_to_switch_off():
    assert pins(V3) == dict(KERNELS)


@pytest.mark.parametrize("flags", [frozenset(), frozenset({"sse4_2", "avx"}), V3 - {"fma"}])
def test_nothing_is_pinned_where_v3_is_missing(flags):
    environ = {"XLA_FLAGS": "--a=1"}
    pin(environ, flags)
    assert environ == {"XLA_FLAGS": "--a=1"}


def test_what_a_user_set_stays():
    environ = {"XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2", "OPENBLAS_CORETYPE": "Zen"}
    pin(environ, V3)
    assert environ["XLA_FLAGS"] == "--xla_cpu_max_isa=SSE4_2 --xla_cpu_enable_platform_dependent_math=false"
    assert environ["OPENBLAS_CORETYPE"] == "Zen"


def test_pinning_twice_is_pinning_once():
    environ: dict[str, str] = {}
    pin(environ, V3)
    once = dict(environ)
    pin(environ, V3)
    assert environ == once
    assert once["XLA_FLAGS"] == "--xla_cpu_max_isa=AVX2 --xla_cpu_enable_platform_dependent_math=false"


PRINTED = (
    "from mebench.runtime import environment as runtime; runtime.prepare(native={}); "
    "import json; print(json.dumps(runtime.in_use()))"
)


def _in_a_process(native):
    kept = {name: value for name, value in os.environ.items() if name not in (*NEWER, *KERNELS, "XLA_FLAGS")}
    done = subprocess.run(
        [sys.executable, "-c", PRINTED.format(native)], env=kept, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_process_says_what_its_libraries_took():
    said = _in_a_process(False)
    if pins(processor_flags()):
        assert said["instruction_set"] == LEVEL
        assert said["libraries_use"] == ", ".join(f"{name} {value}" for name, value in HELD.items())
    else:
        assert said["instruction_set"].endswith("native")


def test_native_is_said():
    said = _in_a_process(True)
    assert said["instruction_set"].endswith("native")
    assert "XLA native" in said["libraries_use"]


def test_one_library_of_another_kind_is_not_v3():
    environ: dict[str, str] = {"OPENBLAS_CORETYPE": "Zen"}
    pin(environ, V3)
    assert in_use(environ)["instruction_set"] != LEVEL
    assert "OpenBLAS Zen" in in_use(environ)["libraries_use"]
