"""The self-check passes here and finds a fault that is put in."""

import jax.numpy as jnp
import pytest

from mebench.errors import MebenchError
from mebench.runtime import selfcheck


@pytest.mark.smoke
def test_compiled_programs_are_right_here():
    selfcheck.self_check()


def test_deviation_sees_a_function_that_differs_under_jit():
    import jax

    def faulty(x):
        return x * (1.5 if isinstance(x, jax.core.Tracer) else 1.0)

    assert selfcheck.deviation(faulty, (jnp.ones(3),)) == pytest.approx(0.5)


def test_self_check_stops_with_a_sentence(monkeypatch):
    monkeypatch.setattr(selfcheck, "row_energies", lambda matrix, rows: jnp.full(3, jnp.nan))
    with pytest.raises(MebenchError, match="row_energies compiled differs"):
        selfcheck.self_check()
