"""Methods by name, and the pairs of known flow that they are tried on."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.errors import MebenchError
from mebench.features.flow.registry import flow_function, flow_versions
from mebench.features.flow.synthetic import end_point_error, known_pair
from mebench.runtime.instruction_set import in_use


def test_unknown_name_gets_the_nearest():
    with pytest.raises(MebenchError, match="unknown flow method 'opencv_diss'; did you mean 'opencv_dis'"):
        flow_function("opencv_diss")


@pytest.mark.smoke
def test_opencv_methods_import_no_jax():
    code = (
        "import sys; from mebench.features.flow.registry import *; "
        "[(flow_function(n), flow_versions(n)) for n in ('opencv_dis', 'opencv_farneback')]; "
        "raise SystemExit('jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_versions_name_what_decides_the_bits():
    instructions = in_use()["libraries_use"]
    versions = {"cv2": cv2.__version__, "numpy": np.__version__, "instructions": instructions}
    assert flow_versions("opencv_dis") == versions
    assert {"jax", "jaxlib", "platform", "device"} < set(flow_versions("jax_tvl1"))


def test_known_pair_is_seeded():
    first, again, other = known_pair(3, 48, 1.0), known_pair(3, 48, 1.0), known_pair(4, 48, 1.0)
    assert first.previous.tobytes() == again.previous.tobytes()
    assert first.flow.tobytes() == again.flow.tobytes()
    assert first.previous.tobytes() != other.previous.tobytes()


@settings(max_examples=share(10), deadline=None)
@given(seed=st.integers(0, 1000), amplitude=st.sampled_from([0.3, 1.0, 3.0]))
def test_known_flow_leads_to_the_same_grey_value(seed, amplitude):
    pair = known_pair(seed, 96, amplitude)
    assert np.sqrt(np.square(pair.flow).sum(axis=-1)).max() <= amplitude * 1.001
    y, x = np.mgrid[:96, :96].astype(np.float32)
    back = cv2.remap(pair.following.astype(np.float32), x + pair.flow[..., 0], y + pair.flow[..., 1], cv2.INTER_CUBIC)
    inner = (slice(6, -6), slice(6, -6))
    difference = np.abs(back[inner] - pair.previous[inner])
    still = np.abs(pair.following[inner].astype(np.float32) - pair.previous[inner])
    assert difference.mean() < 0.75  # rounding to whole grey levels alone leaves 0.4
    assert difference.mean() < still.mean()


def test_end_point_error_by_hand():
    found, truth = np.zeros((2, 1, 2, 2), np.float32), np.zeros((2, 1, 2, 2), np.float32)
    found[1, 0, 0] = (3, 4)
    assert end_point_error(found, truth).tolist() == [0, 2.5]
