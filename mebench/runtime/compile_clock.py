"""Seconds that jax spends on compiling: what a second run saves because compiled programs are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

COMPILING = (
    "/jax/core/compile/jaxpr_trace_duration",
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
    "/jax/core/compile/backend_compile_duration",
)
"""Events of jax: tracing, lowering, and XLA's compilation or reading a kept program in its place."""


@dataclass
class CompileClock:
    """Seconds of compiling so far.

    Attributes:
        seconds: sum over all programs; more than the time on the wall where threads compile at once.
    """

    seconds: float = 0.0


@contextmanager
def compile_clock() -> Iterator[CompileClock]:
    """Yield a clock that goes on while jax compiles, until the block ends."""
    from jax import monitoring

    clock = CompileClock()

    def listen(event: str, duration_secs: float, **kwargs: str | int) -> None:
        if event in COMPILING:
            clock.seconds += duration_secs

    monitoring.register_event_duration_secs_listener(listen)
    try:
        yield clock
    finally:
        monitoring.unregister_event_duration_listener(listen)
