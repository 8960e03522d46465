"""The process environment that results depend on: set before jax is imported, checked before it is trusted."""

import hashlib
import os
import platform
import sys
from collections.abc import MutableMapping
from importlib import metadata
from pathlib import Path

from mebench.errors import MebenchError
from mebench.runtime.instruction_set import in_use, pin, processor_flags
from mebench.runtime.jax_settings import check_jax, settings, without_paths

YNN_FLAG = "--xla_cpu_experimental_ynn_fusion_type"
THREADS = 2
"""Of XLA on the CPU: sums of a gradient are divided among them, so another number gives other last bits."""

_FLAG_SINCE, _FLAG_BEFORE = (0, 10, 1), (0, 13)
"""jaxlib versions that know the flag (tried: 0.10.1, 0.12.0); XLA stops the process at a flag it does not know."""


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def version_tuple(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: `0.12.0.1` is (0, 12, 0, 1)."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def xla_flags(existing: str, jaxlib: str) -> str:
    """Return XLA_FLAGS with YNNPACK fusion off (jax issue 39103) where that jaxlib has it; a user flag wins."""
    known = _FLAG_SINCE <= version_tuple(jaxlib) < _FLAG_BEFORE
    return existing if not known or YNN_FLAG in existing else f"{existing} {YNN_FLAG}=".strip()


def prepare(environ: MutableMapping[str, str] = os.environ, native: bool = False) -> None:
    """Set the environment variables that jax and cv2 read when they are imported; a second call changes nothing.

    Unless `native`, numbers are those of one instruction set (`runtime.instruction_set`) and of `THREADS`, on all
    processors. XLA_FLAGS: without YNNPACK fusion. NPROC: XLA's threads on the CPU, whose number decides how it divides
    long sums; folds and videos are shared among all cores in any case. `native`: all cores, at least 2.
    OPENCV_IO_MAX_IMAGE_PIXELS: 2**26, against small files that unpack to gigabytes.
    JAX_COMPILATION_CACHE_DIR: where compiled programs are kept for the next run (`compile_cache`).

    Raises:
        MebenchError: jax was imported before with other settings.
    """
    wanted = dict(environ)
    if not native:
        pin(wanted, processor_flags())
    wanted["XLA_FLAGS"] = xla_flags(wanted.get("XLA_FLAGS", ""), metadata.version("jaxlib"))
    wanted.setdefault("NPROC", str(max(THREADS, cores()) if native else THREADS))
    changed = wanted["XLA_FLAGS"] != environ.get("XLA_FLAGS", "") or "NPROC" not in environ
    if changed and environ is os.environ and "jax" in sys.modules:
        raise MebenchError(
            "jax was imported before mebench.runtime.environment.prepare(); call prepare() first, then import jax"
        )
    environ.update(wanted if wanted["XLA_FLAGS"] else {k: v for k, v in wanted.items() if k != "XLA_FLAGS"})
    environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 26))
    cache = compile_cache()
    if cache is not None:
        environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
        environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
    environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # XLA writes pages of errors about its own caches on CPU
    environ.setdefault("GRPC_VERBOSITY", "ERROR")


def start(native: bool = False) -> None:
    """Prepare the environment and make sure that JAX starts in it, before anything else is imported.

    Raises:
        MebenchError: as `prepare`, a setting of JAX that is refused or none, or no device of the wanted kind.
    """
    prepare(native=native)
    check_jax()


def compile_cache() -> Path | None:
    """Return the user's folder of compiled programs for this kind of processor; None where it cannot be written.

    A home folder may serve several machines, and programs for one processor may stop another.
    """
    from platformdirs import user_cache_path

    processor = " ".join([platform.machine(), *sorted(processor_flags())])
    kind = hashlib.sha256(processor.encode()).hexdigest()[:12]
    folder = user_cache_path("mebench") / "compiled" / kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def environment() -> dict[str, str | int | None]:
    """Return what a record says of software and device: versions, device, instruction set, and what was set."""
    import jax

    devices = jax.devices()
    packages = ("jax", "jaxlib", "flax", "optax", "numpy", "scipy", "tensorflow-datasets", "opencv-python-headless")
    versions: dict[str, str | int | None] = {name.replace("-", "_"): metadata.version(name) for name in packages}
    return {
        "python": sys.version.split()[0],
        **versions,
        "device_kind": devices[0].device_kind,
        "device_count": len(devices),
        **in_use(),
        "NPROC": os.environ.get("NPROC"),
        "XLA_FLAGS": without_paths(os.environ.get("XLA_FLAGS", "").split()),
        "jax_settings": settings(),
    }
