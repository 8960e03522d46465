"""Settings of JAX and XLA: what changes results is said, what nothing works with is refused."""

import os
import subprocess
import sys

import pytest

from mebench.errors import MebenchError
from mebench.runtime import environment as runtime
from mebench.runtime import jax_settings

RUN = ["-m", "mebench", "run", "experiments/synth_me/str_mean.toml", "--limit", "2"]


@pytest.mark.smoke
def test_what_changes_results_is_said_and_nothing_else():
    environ = {
        "JAX_DISABLE_JIT": "1",
        "JAX_DEFAULT_MATMUL_PRECISION": "bfloat16",
        "XLA_NEW_SETTING": "3",
        "JAX_COMPILATION_CACHE_DIR": "/a/b",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",
        "JAX_LOG_COMPILES": "1",
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--x=1",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "NPROC": "2",
    }
    assert jax_settings.settings(environ) == (
        "JAX_DEFAULT_MATMUL_PRECISION=bfloat16 JAX_DISABLE_JIT=1 XLA_NEW_SETTING=3"
    )
    assert jax_settings.settings({"JAX_SOME_FILE": "/home/someone/x"}) == "JAX_SOME_FILE=(a path)"
    assert jax_settings.settings({}) == ""


def test_the_record_says_them(monkeypatch):
    monkeypatch.setenv("JAX_DEBUG_NANS", "0")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=AVX2 --xla_dump_to=/home/someone")
    environment = runtime.environment()
    assert environment["jax_settings"] == jax_settings.settings()
    assert "JAX_DEBUG_NANS=0" in environment["jax_settings"]
    assert environment["XLA_FLAGS"] == "--xla_cpu_max_isa=AVX2 --xla_dump_to=(a path)"


def test_what_prepare_sets_itself_is_no_setting_of_the_user(monkeypatch):
    before = jax_settings.settings()
    runtime.prepare()
    assert jax_settings.settings() == before


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("JAX_ENABLE_X64", "1", True),
        ("JAX_ENABLE_X64", "True", True),
        ("JAX_ENABLE_X64", "0", False),
        ("JAX_ENABLE_X64", "", False),
        ("JAX_TRANSFER_GUARD", "disallow", True),
        ("JAX_TRANSFER_GUARD", "log", False),
    ],
)
def test_settings_with_which_nothing_works(name, value, refused):
    if refused:
        with pytest.raises(MebenchError, match=rf"^{name}={value} is set, but .*; unset it \(env -u {name} mebench"):
            jax_settings.refuse_settings({name: value})
    else:
        jax_settings.refuse_settings({name: value})


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("JAX_ENABLE_X64", "1", "mebench: JAX_ENABLE_X64=1 is set, but mebench computes with 32 bits; unset it"),
        ("JAX_ENABLE_X64", "perhaps", "mebench: JAX does not start (invalid truth value 'perhaps'"),
        ("JAX_PLATFORMS", "nonsense", "mebench: JAX finds no device with JAX_PLATFORMS=nonsense"),
    ],
)
def test_one_sentence_and_code_2(name, value, sentence):
    environ = os.environ | {name: value}
    done = subprocess.run([sys.executable, *RUN], capture_output=True, text=True, env=environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def test_no_device_of_the_wanted_kind(monkeypatch):
    """Whatever JAX raises where the machine lacks it, on machines that have it and on those that have not."""
    import jax

    for error in (RuntimeError("Unable to initialize backend 'cuda': none\nmore"), AssertionError()):

        def fails(error=error):
            raise error

        monkeypatch.setattr(jax, "devices", fails)
        with pytest.raises(MebenchError, match=r"^JAX finds no device with JAX_PLATFORMS=cuda \([^\n]+\); unset it"):
            jax_settings.check_jax({"JAX_PLATFORMS": "cuda"})
        with pytest.raises(MebenchError, match=r"^JAX does not start \([^\n]+\); unset or mend what is set: "):
            jax_settings.check_jax({})


def test_64_bits_that_a_program_turned_on():
    import jax

    wide = jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64()
    with wide, pytest.raises(MebenchError, match="jax_enable_x64 is on"):
        jax_settings.check_jax({})
    jax_settings.check_jax({})
