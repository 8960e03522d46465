"""TV-L1 against opencv-contrib's stored output (tests/golden/tvl1/make.py).

Contrib's own flow moves by 0.01 px on average, and by pixels at the edge of the picture, when a grey value changes by
2.5e-4: the picture is 0 outside, and rounding decides in which iteration a pair stops. No copy can be nearer than that;
where pairs do not stop early the two agree to the precision that the outputs are stored in.
"""

from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest

from mebench.features.flow.jax_tvl1 import Settings, _one_pair, flow, iterations, tvl1
from mebench.features.flow.synthetic import end_point_error
from mebench.features.flow.tvl1_iterations import relax

GOLDEN = Path(__file__).parents[1] / "golden" / "tvl1" / "opencv_contrib.npz"
INNER = (slice(None), slice(8, -8), slice(8, -8))


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def found(golden):
    return flow(golden["previous"], golden["following"])


def test_near_contrib(golden, found):
    contrib = golden["contrib"].astype(np.float32)
    motion = np.sqrt(np.square(contrib).sum(axis=-1)).mean()
    difference = end_point_error(found, contrib)
    assert difference.max() < 0.03  # px
    assert difference.mean() < 0.05 * motion
    assert (difference < 2.5 * golden["own_difference"]).all()


def test_near_contrib_away_from_the_edge(golden, found):
    contrib = golden["contrib"].astype(np.float32)[INNER]
    difference = end_point_error(found[INNER], contrib)
    assert difference.mean() < 0.02 * np.sqrt(np.square(contrib).sum(axis=-1)).mean()


def test_equal_to_contrib_when_no_pair_stops_early(golden):
    previous, following = (golden[name][2:3, 32:96, 32:96] for name in ("previous", "following"))
    found = tvl1(previous, following, Settings(epsilon=0.0, scales=2))
    difference = np.asarray(found) - golden["never_stopped"].astype(np.float32)
    length = np.sqrt(np.square(difference).sum(axis=-1))
    assert length.mean() < 1e-3
    assert np.median(length) < 5e-4  # float16


def test_a_pair_does_not_depend_on_its_batch(golden, found):
    order = np.array([4, 2, 2, 0])
    again = flow(golden["previous"][order], golden["following"][order])
    assert again.tobytes() == found[order].tobytes()


def test_all_at_once_is_one_after_the_other(golden):
    """The way of other devices, where pairs that are done wait for the rest, against the way of the CPU."""
    previous, following = (golden[name][:3, 32:80, 32:80] for name in ("previous", "following"))
    settings = Settings(scales=2, warps=2, outer=2)
    together, _ = jax.jit(jax.vmap(partial(_one_pair, settings, relax)))(previous, following)
    np.testing.assert_allclose(together, tvl1(previous, following, settings), atol=1e-3)


def test_iterations_are_counted(golden):
    previous, following = (golden[name][:2, 32:80, 32:80] for name in ("previous", "following"))
    whole = Settings(epsilon=0.0, scales=2, warps=2, inner=3, outer=2)
    assert iterations(previous, following, whole).tolist() == [2 * 6 * (48 * 48 + 38 * 38)] * 2
    stopped = Settings(epsilon=9.0, scales=2, warps=2, inner=3, outer=2)
    assert iterations(previous, following, stopped).tolist() == [2 * (48 * 48 + 38 * 38)] * 2
