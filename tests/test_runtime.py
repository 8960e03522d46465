"""The environment is set before jax is imported, and only where the jaxlib knows the flag."""

import subprocess
import sys

import pytest

from mebench import runtime


@pytest.mark.parametrize(
    ("jaxlib", "expected"),
    [
        ("0.10.0", ""),
        ("0.10.1", runtime.YNN_FLAG + "="),
        ("0.12.0.1", runtime.YNN_FLAG + "="),
        ("0.13.0", ""),
    ],
)
def test_flag_only_where_it_exists(jaxlib, expected):
    assert runtime.xla_flags("", jaxlib) == expected


def test_users_own_flags_stay():
    assert runtime.xla_flags("--a=1", "0.10.1") == f"--a=1 {runtime.YNN_FLAG}="
    assert runtime.xla_flags(f"{runtime.YNN_FLAG}=2", "0.10.1") == f"{runtime.YNN_FLAG}=2"


def test_prepare_keeps_what_is_set_and_is_idempotent():
    environ = {"NPROC": "7"}
    runtime.prepare(environ)
    first = dict(environ)
    runtime.prepare(environ)
    assert environ == first
    assert environ["NPROC"] == "7"
    assert int(environ["OPENCV_IO_MAX_IMAGE_PIXELS"]) == 1 << 26


def test_at_least_two_threads():
    environ = {}
    runtime.prepare(environ)
    assert int(environ["NPROC"]) >= 2


def test_prepare_after_jax_is_an_error():
    code = "import jax\nfrom mebench import runtime\nruntime.prepare()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": "/usr/bin"})
    assert "call prepare() first" in done.stderr


@pytest.mark.smoke
def test_installed_jax_accepts_the_flags_and_is_not_the_broken_one():
    environment = runtime.environment()
    assert environment["jaxlib"] != "0.10.2"
    assert environment["device_count"] >= 1


@pytest.mark.smoke
def test_importing_mebench_is_light():
    heavy = ("jax", "cv2", "tensorflow_datasets", "numpy", "matplotlib")
    code = f"import sys, mebench, mebench.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
