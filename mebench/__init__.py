"""mebench: benchmark suite for facial micro-expression analysis in JAX and Flax.

The functions below are documented in `mebench.api`; nothing is imported before one of them is asked for.
"""

from typing import Any

__version__ = "0.2.0"
__all__ = ["list_methods", "load_experiment", "open_dataset", "run_experiment", "score_str", "score_vqa"]


def __getattr__(name: str) -> Any:
    """Return one of the public functions, imported when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'mebench' has no attribute {name!r}")
    from mebench import api

    return getattr(api, name)
