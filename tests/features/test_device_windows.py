"""Windows that the device makes against the same steps in numpy, and the pieces they come in."""

import jax.numpy as jnp
import numpy as np
import pytest

from mebench import plugins
from mebench.config.experiment import FeaturesConfig
from mebench.features.cache import FeatureCache
from mebench.features.face.crop import crop_frames, find_face
from mebench.features.flow.jax_lucas_kanade import flow
from mebench.features.flow.registry import device_flow
from mebench.features.windows import fixed_input as host_fixed
from mebench.features.windows import mean_input as host
from mebench.features.windows import on_device as device_windows
from mebench.features.windows import pipeline
from mebench.features.windows.on_device import fixed_input, mean_input, region_magnitude, strip_maps
from mebench.features.windows.pipeline import extract_video

CONFIG = FeaturesConfig(flow="jax_lucas_kanade")


@pytest.fixture
def landmarks():
    rng = np.random.default_rng(0)
    x, y = np.linspace(30, 100, 68), rng.uniform(40, 60, 68)
    y[48:] += 40
    x[60], x[64] = 45, 80
    return np.stack([x, y], axis=1).astype(np.float32)


def test_as_in_numpy(landmarks):
    field = np.random.default_rng(1).normal(size=(3, 128, 128, 2)).astype(np.float32)
    maps = strip_maps(landmarks, 128, 128)
    found = np.asarray(mean_input(jnp.asarray(field), maps))
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, host.mean_input(field, landmarks), atol=1e-3)
    np.testing.assert_allclose(
        region_magnitude(jnp.asarray(field), maps), host.region_magnitude(field, landmarks), rtol=1e-5
    )


@pytest.mark.parametrize("size", [128, 96])
def test_the_fixed_scale_as_in_numpy(landmarks, size):
    landmarks = landmarks * np.float32(size / 128)
    field = np.random.default_rng(1).normal(0, 0.1, size=(3, size, size, 2)).astype(np.float32)
    found = np.asarray(fixed_input(jnp.asarray(field), strip_maps(landmarks, size, size)))
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, host_fixed.fixed_input(field, landmarks), atol=1e-3)


@pytest.mark.parametrize("make", [mean_input, fixed_input])
def test_a_constant_field_becomes_nothing(landmarks, make):
    found = make(jnp.full((1, 128, 128, 2), 3.0), strip_maps(landmarks, 128, 128))
    np.testing.assert_allclose(found, 0, atol=1e-5)


SCALES = [("pair", host.mean_input), ("fixed", host_fixed.fixed_input)]


@pytest.mark.parametrize(("scale", "make"), SCALES)
@pytest.mark.parametrize(("fps", "count"), [(30.0, 25), (100.0, 40)])
def test_the_pipeline_on_the_device(moving_face, tmp_path, fps, count, scale, make):
    config = CONFIG.model_copy(update={"scale": scale})
    features = extract_video(moving_face(count), fps, config, "v", "key", FeatureCache(tmp_path))
    reader = moving_face(count)
    face = find_face(reader.read(0, 1)[0], 128, "v")
    crops, lag = crop_frames(reader.read_gray(0, count), face), features.lag
    field = flow(crops[:-lag], crops[lag:])
    np.testing.assert_allclose(features.windows, make(field, face.landmarks), atol=2e-3)
    np.testing.assert_allclose(features.magnitude, host.region_magnitude(field, face.landmarks), rtol=1e-4)


@pytest.mark.parametrize("chunk", [3, 17, 32])
def test_pieces_do_not_matter(moving_face, tmp_path, monkeypatch, chunk):
    whole = extract_video(moving_face(40), 100.0, CONFIG, "v", "key", FeatureCache(tmp_path / "a"))
    monkeypatch.setattr(pipeline, "CHUNK", chunk)
    reader = moving_face(40)
    pieces = extract_video(reader, 100.0, CONFIG, "v", "key", FeatureCache(tmp_path / "b"))
    np.testing.assert_array_equal(whole.windows, pieces.windows)
    np.testing.assert_array_equal(whole.magnitude, pieces.magnitude)
    assert reader.read_frames == 40


def test_one_program_serves_lags_and_faces(moving_face, tmp_path):
    before = device_windows.windows._cache_size()
    for fps in (30.0, 25.0, 100.0):
        extract_video(moving_face(20), fps, CONFIG, "v", f"{fps}", FeatureCache(tmp_path))
    assert device_windows.windows._cache_size() <= before + 1


def test_opencvs_methods_have_no_device():
    assert {name for name in plugins.names(plugins.FLOWS) if device_flow(name) is None} == {
        "opencv_dis",
        "opencv_farneback",
    }
