"""Flow pictures: means over cells by hand, stretched to 0 and 255, a dataset's own picture as it is."""

import cv2
import numpy as np
import pytest

from mebench.config.experiment import DatasetConfig, Experiment, model_of
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.feature import Footage, Mark, feature_of
from mebench.features.kinds.flow_pictures import SIDE, _resized, flow_picture


class Frames:
    """Frames in memory, blue first."""

    def __init__(self, pictures):
        self.pictures = pictures

    def __len__(self):
        return len(self.pictures)

    def read(self, start, stop):
        return self.pictures[start:stop]

    def read_gray(self, start, stop):
        return self.pictures[start:stop, :, :, 0]


def extracted(tmp_path, picture):
    chosen = Experiment(
        name="a/b", task="recognition", dataset=DatasetConfig(name="x"), model=model_of({"name": "plain_cnn"})
    )
    feature = feature_of("flow_pictures")
    video = Footage(Frames(picture[None]), 30.0, "clip", "key", (Mark(0, 0, 0),))
    return feature.extract(video, feature.settings(chosen), FeatureCache(tmp_path), lambda _: None)


def test_cells_are_means():
    field = np.random.default_rng(0).random((56, 84), np.float32)
    found = _resized(field)
    np.testing.assert_allclose(found, field.reshape(28, 2, 28, 3).mean((1, 3)), rtol=1e-6)


def test_an_edge_within_a_pixel_shares_it_out():
    field = np.random.default_rng(0).random((128, 128), np.float32)
    np.testing.assert_allclose(_resized(field), cv2.resize(field, (28, 28), interpolation=cv2.INTER_AREA), rtol=1e-4)
    np.testing.assert_allclose(_resized(np.full((50, 40), 3, np.float32)), 3)


def test_each_field_goes_from_0_to_255_and_a_still_one_is_0():
    flow = np.random.default_rng(0).normal(0, 1, (64, 64, 2)).astype(np.float32)
    picture = flow_picture(flow)
    assert picture.shape == (SIDE, SIDE, 3)
    assert picture.min((0, 1)).tolist() == [0, 0, 0]
    assert picture.max((0, 1)).tolist() == [255, 255, 255]
    assert not flow_picture(np.zeros((64, 64, 2), np.float32)).any()
    ramp = np.zeros((56, 56, 2), np.float32)
    ramp[..., 0] = np.arange(56)
    assert flow_picture(ramp)[5, :, 0].tolist() == np.rint(np.arange(28) / 27 * 255).astype(int).tolist()
    assert not flow_picture(ramp)[..., 1].any()


def test_a_video_of_one_frame_is_the_picture(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (28, 28, 3), np.uint8)
    [found] = extracted(tmp_path, picture)
    np.testing.assert_array_equal(found, picture[:, :, ::-1])
    with pytest.raises(MebenchError, match="clip: its one frame has 30x28 pixels; a flow picture has 28x28"):
        extracted(tmp_path, np.zeros((28, 30, 3), np.uint8))
