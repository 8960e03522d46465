"""Settings of the whole suite: the runtime guard before jax, and shapes checked at every call of mebench."""

from jaxtyping import install_import_hook

from mebench import runtime

runtime.prepare()
_HOOK = install_import_hook(["mebench", "tfds_builders"], "beartype.beartype")
