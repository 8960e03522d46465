"""Settings of the suite: the runtime guard before jax, shapes checked at every call, the same examples every time."""

import os

from hypothesis import settings
from jaxtyping import install_import_hook

from mebench.runtime import environment as runtime

os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"  # every run of the suite compiles what it tests
runtime.prepare()
_HOOK = install_import_hook(["mebench", "tfds_builders"], "beartype.beartype")
settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")
