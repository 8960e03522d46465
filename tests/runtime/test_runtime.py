"""The environment is set before jax is imported, and only where the jaxlib knows the flag."""

import subprocess
import sys

import pytest

from mebench.runtime import environment as runtime


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


def test_two_threads_on_every_machine_and_all_where_it_is_native():
    environ, native = {}, {}
    runtime.prepare(environ)
    runtime.prepare(native, native=True)
    assert environ["NPROC"] == "2"
    assert int(native["NPROC"]) == max(2, runtime.cores())


def test_prepare_after_jax_is_an_error():
    code = "import jax\nfrom mebench.runtime import environment as runtime\nruntime.prepare()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": "/usr/bin"})
    assert "call prepare() first" in done.stderr


COMPILES = """
from mebench.runtime import environment as runtime; runtime.prepare()
import jax, jax.numpy as jnp
found = []
jax.monitoring.register_event_listener(lambda event, **_: found.append(event))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
print(float(jax.jit(lambda x: jnp.cumsum(jnp.sin(x) @ x))(jnp.ones((50, 50)))[-1]))
print("/jax/compilation_cache/cache_hits" in found)
"""


def test_a_second_process_finds_what_the_first_compiled(tmp_path):
    environ = {"PATH": "/usr/bin", "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    runs = [
        subprocess.run([sys.executable, "-c", COMPILES], capture_output=True, text=True, env=environ) for _ in range(2)
    ]
    assert [run.stderr for run in runs] == ["", ""]
    values, hits = zip(*(run.stdout.split() for run in runs), strict=True)
    assert hits == ("False", "True")
    assert values[0] == values[1]
    assert list(tmp_path.rglob("mebench/compiled/*/jit*"))


def test_a_cache_folder_that_cannot_be_made_is_left_out(tmp_path, monkeypatch):
    (tmp_path / "mebench").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    environ = {}
    runtime.prepare(environ)
    assert "JAX_COMPILATION_CACHE_DIR" not in environ


@pytest.mark.smoke
def test_installed_jax_accepts_the_flags_and_is_not_the_broken_one():
    environment = runtime.environment()
    assert environment["jaxlib"] != "0.10.2"
    assert environment["device_count"] >= 1


@pytest.mark.smoke
def test_importing_mebench_is_light():
    heavy = ("jax", "cv2", "tensorflow_datasets", "numpy", "matplotlib")
    code = f"import sys, mebench, mebench.cli.main; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
