"""Optical strain by backward differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.features.windows.strain import optical_strain


@pytest.mark.smoke
def test_by_hand():
    u = np.array([[0, 1, 3], [2, 2, 2]], np.float32)
    v = np.array([[0, 0, 4], [1, 5, 5]], np.float32)
    # u_x = [[0,1,2],[0,0,0]]  u_y = [[0,0,0],[2,1,-1]]  v_x = [[0,0,4],[0,4,0]]  v_y = [[0,0,0],[1,5,1]]
    squares = [[0, 1, 4 + 8], [1 + 2, 25 + 12.5, 1 + 0.5]]
    np.testing.assert_allclose(optical_strain(np.stack([u, v], axis=-1)[None])[0], np.sqrt(squares), rtol=1e-6)


def test_translation_has_no_strain():
    assert not optical_strain(np.full((2, 5, 4, 2), 1.5, np.float32)).any()


@settings(max_examples=share(30), deadline=None)
@given(angle=st.floats(0.001, 0.01), scale=st.floats(-0.05, 0.05))
def test_rotation_has_none_and_zoom_has_its_own(angle, scale):
    y, x = np.mgrid[:12, :10].astype(np.float32)
    flow = np.stack([scale * x - angle * y, scale * y + angle * x], axis=-1).astype(np.float32)[None]
    inner = optical_strain(flow)[0, 1:, 1:]
    np.testing.assert_allclose(inner, np.sqrt(2) * abs(scale), atol=1e-5)
