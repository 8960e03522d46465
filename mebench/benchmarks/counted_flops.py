"""Floating-point operations of a call, counted in what jax traces: for the share of a device's limit."""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr

ARITHMETIC = ("add", "add_any", "sub", "mul", "div", "neg", "abs", "sign", "max", "min", "clamp", "floor")

ONE_A_NUMBER = frozenset((*ARITHMETIC, "sqrt", "rsqrt", "square", "integer_pow", "exp", "log"))
"""Operations that take one floating-point operation for each number that comes out."""

ONE_A_NUMBER_IN = frozenset(("reduce_sum", "reduce_max", "reduce_min", "cumsum"))
"""Operations that take one for each number that goes in."""


def counted_flops(function: Callable[..., Any], *arguments: Any) -> int | None:
    """Return how many floating-point operations the call takes; None: a loop decides by its values when it ends.

    Divisions and roots count as one; of branches the longest counts; gathers, selections and integers count nothing.
    """
    return _count(jax.make_jaxpr(function)(*arguments).jaxpr)


def _count(jaxpr: Jaxpr) -> int | None:
    counts = [_one(equation) for equation in jaxpr.eqns]
    return None if None in counts else sum(count for count in counts if count is not None)


def _one(equation: Any) -> int | None:
    name, inner = equation.primitive.name, [_count(one) for one in _inner(equation)]
    if name == "while" or None in inner:
        return None
    known = [count for count in inner if count is not None]
    if name == "scan":
        return sum(known) * int(equation.params["length"])
    if known:
        return max(known)
    out = equation.outvars[0].aval
    if not jnp.issubdtype(getattr(out, "dtype", jnp.int32), jnp.floating):
        return 0
    if name == "dot_general":
        (contracted, _), _ = equation.params["dimension_numbers"]
        return 2 * int(out.size) * prod(equation.invars[0].aval.shape[axis] for axis in contracted)
    if name in ONE_A_NUMBER_IN:
        return int(equation.invars[0].aval.size)
    return int(out.size) if name in ONE_A_NUMBER else 0


def _inner(equation: Any) -> Iterator[Jaxpr]:
    """Yield the jaxprs that an operation runs: body of a loop, branches, a called function."""
    for value in equation.params.values():
        for one in value if isinstance(value, tuple | list) else (value,):
            if isinstance(one, ClosedJaxpr):
                yield one.jaxpr
            elif isinstance(one, Jaxpr):
                yield one
