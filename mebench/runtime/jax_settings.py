"""The user's own settings of JAX and XLA (JAX_* and XLA_* of the environment): what the record says, what is refused.

XLA_FLAGS has a place of its own in a record (`mebench.runtime.environment.environment`).
"""

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from mebench.errors import MebenchError

NEUTRAL = (
    "JAX_COMPILATION_CACHE",
    "JAX_DEBUG_LOG_MODULES",
    "JAX_DUMP_",
    "JAX_ENABLE_COMPILATION_CACHE",
    "JAX_EXPLAIN_CACHE_MISSES",
    "JAX_LOGGING_LEVEL",
    "JAX_LOG_",
    "JAX_PERSISTENT_CACHE",
    "JAX_PLATFORMS",
    "JAX_PLATFORM_NAME",
    "JAX_TRACEBACK_",
    "XLA_FLAGS",
    "XLA_PYTHON_CLIENT_",
)
"""Beginnings of settings that change no number: caches, logs, memory; and the platform, which the record names."""

REFUSED: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "JAX_ENABLE_X64": (("1", "true", "t", "yes", "y", "on"), "mebench computes with 32 bits"),
        "JAX_NUMPY_RANK_PROMOTION": (("raise",), "mebench's programs, and those of Flax, use what it forbids"),
        "JAX_NUMPY_DTYPE_PROMOTION": (("strict",), "mebench's programs, and those of Flax, use what it forbids"),
        "JAX_TRANSFER_GUARD": (
            ("disallow", "disallow_explicit"),
            "mebench moves arrays as it needs them",
        ),
    }
)
"""Settings with which nothing works, their values in small letters, and why."""


def settings(environ: Mapping[str, str] = os.environ) -> str:
    """Return the settings that may change results, as `JAX_DISABLE_JIT=1`, sorted; of a path only that it is one."""
    names = sorted(name for name in environ if name.startswith(("JAX_", "XLA_")) and not name.startswith(NEUTRAL))
    return without_paths(f"{name}={environ[name]}" for name in names)


def without_paths(settings: Iterable[str]) -> str:
    """Return settings `name=value` side by side; of a path only that it is one."""
    pairs = (one.partition("=") for one in settings)
    return " ".join(f"{name}{equals}{'(a path)' if '/' in value else value}" for name, equals, value in pairs)


def refuse_settings(environ: Mapping[str, str] = os.environ) -> None:
    """Raise a MebenchError where a setting is one of `REFUSED`."""
    for name, (values, why) in REFUSED.items():
        if environ.get(name, "").lower() in values:
            raise MebenchError(f"{name}={environ[name]} is set, but {why}; unset it (env -u {name} mebench ...)")


def check_jax(environ: Mapping[str, str] = os.environ) -> None:
    """Import jax and look for its devices.

    Raises:
        MebenchError: a setting is refused or none of JAX's, or there is no device of the wanted kind.
    """
    refuse_settings(environ)
    wanted = environ.get("JAX_PLATFORMS", "")
    try:
        import jax

        jax.devices()
    except (ValueError, RuntimeError, AssertionError) as error:  # an assertion where the kind has no plugin at all
        reason = (str(error).strip().splitlines() or ["it knows none of that kind"])[0][:200]
        if wanted and not isinstance(error, ValueError):
            raise MebenchError(
                f"JAX finds no device with JAX_PLATFORMS={wanted} ({reason}); unset it, or install JAX for that device "
                "(pip install 'mebench[cuda]' for NVIDIA)"
            ) from error
        raise MebenchError(f"JAX does not start ({reason}); unset or mend what is set: {settings(environ)}") from error
    if jax.config.read("jax_enable_x64"):
        raise MebenchError("jax_enable_x64 is on, but mebench computes with 32 bits; leave it off")
