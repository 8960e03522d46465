"""Flow and grey values of a clip as means over a grid."""

import numpy as np

from mebench.features.kinds.clip_grid import grid_of


def test_it_is_the_mean_over_squares():
    flow = np.zeros((230, 230, 2), np.float32)
    flow[:7, 7:14] = (2, -1)
    onset = np.full((230, 230), 255, np.uint8)
    found = grid_of(flow, onset)
    scale = 1.5 * 224 / 230
    np.testing.assert_allclose(found[0, 1], [2 * scale, -scale, 0.5], rtol=1e-5)
    np.testing.assert_allclose(found[1:, :, :2], 0)
