"""Trying something on the device while jax traces a program that wants to know how it went."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def untraced(function: Callable[[], T]) -> T:
    """Return what the function returns, run at once: inside `jax.jit` it would be traced and never tried.

    A thread of its own has no trace; `jax.ensure_compile_time_eval` does not do for Pallas. Errors come through.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()
