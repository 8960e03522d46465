"""Settings of the suite: the runtime guard before jax, shapes checked at every call, the same examples every time.

A run of the suite compiles each program once: its workers and what they start share one folder of compiled programs.
"""

import atexit
import os
import shutil
import tempfile

from hypothesis import settings
from jaxtyping import install_import_hook

from mebench.runtime import environment as runtime

if "PYTEST_XDIST_WORKER" not in os.environ:  # the first process; workers and subprocesses get its environment
    _COMPILED = tempfile.mkdtemp(prefix="mebench-compiled-")
    atexit.register(shutil.rmtree, _COMPILED, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _COMPILED
    os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"] = str(1 << 30)  # with a size jax locks the files that it writes
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
runtime.prepare()
_HOOK = install_import_hook(["mebench", "tfds_builders"], "beartype.beartype")
settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")
