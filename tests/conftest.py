"""Settings of the suite: the runtime guard before jax, shapes checked at every call, the same examples every time.

A run of the suite compiles each program once: its workers and what they start share one folder of compiled programs. It
draws each embedded dataset once, and computes each feature of it once (`drawn`). HYPOTHESIS_PROFILE=ci takes five times
as many examples.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import _import_hook, install_import_hook
from support.examples import register_profiles

from mebench.runtime import environment as runtime

if "PYTEST_XDIST_WORKER" not in os.environ:  # the first process; workers and subprocesses get its environment
    _COMPILED = tempfile.mkdtemp(prefix="mebench-compiled-")
    atexit.register(shutil.rmtree, _COMPILED, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _COMPILED
    os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"] = str(1 << 30)  # with a size jax locks the files that it writes
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
runtime.prepare()
_HOOK = install_import_hook(["mebench", "tfds_builders"], "beartype.beartype")

from mebench.record.source_code import PARSER  # noqa: E402 - under the hook like every other module

_TO_CODE = _import_hook._JaxtypingLoader.source_to_code


def _one_at_a_time(self, *source, **options):
    """The hook makes a tree of each module, also of one that a thread imports while another parses (see `PARSER`)."""
    with PARSER:
        return _TO_CODE(self, *source, **options)


_import_hook._JaxtypingLoader.source_to_code = _one_at_a_time
register_profiles()
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> Path:
    """The data folder of the whole run, all workers: datasets of `synth_me` and their features. Nobody damages it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "drawn"
    folder.mkdir(exist_ok=True)
    return folder
