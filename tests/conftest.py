"""Settings of the suite: the runtime guard before jax, shapes checked at every call, the same examples every time."""

from hypothesis import settings
from jaxtyping import install_import_hook

from mebench import runtime

runtime.prepare()
_HOOK = install_import_hook(["mebench", "tfds_builders"], "beartype.beartype")
settings.register_profile("same every time", derandomize=True, deadline=None)
settings.load_profile("same every time")
