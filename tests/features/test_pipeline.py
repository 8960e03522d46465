"""A video to windows: the same as frame by frame, bounded, cached, and independent of pieces and threads."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mebench.config.experiment import FeaturesConfig
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.features.face.crop import crop_frames, find_face
from mebench.features.flow.opencv_dis import flow
from mebench.features.windows import pipeline
from mebench.features.windows.fixed_input import fixed_input
from mebench.features.windows.mean_input import mean_input, region_magnitude
from mebench.features.windows.pipeline import FrameReader, extract_pairs, extract_video, window_lag

CONFIG = FeaturesConfig(flow="opencv_dis")


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("fps", "lag"), [(200.0, 20), (100.0, 10), (30.0, 3), (25.0, 3), (29.97, 3), (24.0, 2), (5.0, 1), (1.0, 1)]
)
def test_lag(fps, lag):
    assert window_lag(fps, 0.1) == lag


@pytest.mark.smoke
def test_windows_are_flow_over_the_lag(moving_face, tmp_path):
    reader = moving_face(12)
    assert isinstance(reader, FrameReader)
    features = extract_video(reader, 30.0, CONFIG, "v", "key", FeatureCache(tmp_path))
    face = find_face(reader.read(0, 1)[0], 128, "v")
    crops = crop_frames(reader.read_gray(0, 12), face)
    field = flow(crops[:-3], crops[3:])
    assert features.lag == 3
    assert len(features) == 9
    assert features.windows.tobytes() == mean_input(field, face.landmarks).tobytes()
    assert features.magnitude.tobytes() == region_magnitude(field, face.landmarks).tobytes()
    np.testing.assert_array_equal(features.face.landmarks, face.landmarks)


@pytest.mark.parametrize(("chunk", "read", "fps"), [(4, 3, 30.0), (64, 1, 30.0), (3, 2, 100.0)])
def test_pieces_do_not_matter_and_every_frame_is_read_once(moving_face, tmp_path, monkeypatch, chunk, read, fps):
    whole = extract_video(moving_face(25), fps, CONFIG, "v", "key", FeatureCache(tmp_path / "a"))
    monkeypatch.setattr(pipeline, "CHUNK", chunk)
    monkeypatch.setattr(pipeline, "READ", read)
    reader = moving_face(25)
    pieces = extract_video(reader, fps, CONFIG, "v", "key", FeatureCache(tmp_path / "b"))
    assert whole.windows.tobytes() == pieces.windows.tobytes()
    assert whole.magnitude.tobytes() == pieces.magnitude.tobytes()
    assert reader.read_frames == 25
    assert reader.most <= read


def test_second_time_comes_from_the_cache(moving_face, tmp_path):
    cache = FeatureCache(tmp_path)
    seen = []
    first = extract_video(moving_face(8), 30.0, CONFIG, "v", "key", cache, seen.append)
    reader = moving_face(8)
    second = extract_video(reader, 30.0, CONFIG, "v", "key", cache, seen.append)
    assert seen == [5, 5]
    assert reader.read_frames == 0
    assert first.windows.tobytes() == second.windows.tobytes()
    assert first.magnitude.tobytes() == second.magnitude.tobytes()
    assert first.face.landmarks.tobytes() == second.face.landmarks.tobytes()
    assert isinstance(second.windows, np.memmap)


def test_the_fixed_scale(moving_face, tmp_path):
    config, reader = CONFIG.model_copy(update={"scale": "fixed"}), moving_face(12)
    face = find_face(reader.read(0, 1)[0], 128, "v")
    crops = crop_frames(reader.read_gray(0, 12), face)
    windows = extract_video(reader, 30.0, config, "v", "key", FeatureCache(tmp_path)).windows
    assert windows.tobytes() == fixed_input(flow(crops[:-3], crops[3:]), face.landmarks).tobytes()
    pairs = extract_pairs(reader, np.array([[2, 5], [0, 3]]), config, "v", "key", FeatureCache(tmp_path))
    assert pairs.tobytes() == windows[[2, 0]].tobytes()


@pytest.mark.parametrize(
    ("key", "config", "fps"),
    [
        ("other", CONFIG, 30.0),
        ("key", FeaturesConfig(flow="opencv_farneback"), 30.0),
        ("key", CONFIG.model_copy(update={"size": 96}), 30.0),
        ("key", CONFIG.model_copy(update={"scale": "fixed"}), 30.0),
        ("key", CONFIG.model_copy(update={"lag_seconds": 0.2}), 30.0),
        ("key", CONFIG, 20.0),
    ],
)
def test_whatever_decides_the_content_makes_another_entry(moving_face, tmp_path, key, config, fps):
    cache = FeatureCache(tmp_path)
    extract_video(moving_face(8), 30.0, CONFIG, "v", "key", cache)
    reader = moving_face(8)
    extract_video(reader, fps, config, "v", key, cache)
    assert reader.read_frames == 8


def test_damaged_windows_are_computed_again(moving_face, tmp_path):
    cache = FeatureCache(tmp_path)
    first = extract_video(moving_face(8), 30.0, CONFIG, "v", "key", cache)
    expected = first.windows.tobytes()
    first.path.write_bytes(first.path.read_bytes()[:-100])
    again = extract_video(moving_face(8), 30.0, CONFIG, "v", "key", cache)
    assert again.windows.tobytes() == expected


def test_pairs_equal_the_windows_of_the_same_frames(moving_face, tmp_path):
    cache = FeatureCache(tmp_path)
    windows = extract_video(moving_face(12), 30.0, CONFIG, "v", "key", cache).windows
    pairs = np.array([[7, 10], [2, 5], [2, 11]])
    inputs = extract_pairs(moving_face(12), pairs, CONFIG, "v", "key", cache)
    assert inputs.shape == (3, 42, 42, 3)
    assert inputs[:2].tobytes() == windows[[7, 2]].tobytes()
    reader = moving_face(12)
    assert extract_pairs(reader, pairs, CONFIG, "v", "key", cache).tobytes() == inputs.tobytes()
    assert reader.read_frames == 0


def test_no_pairs(moving_face, tmp_path):
    none = extract_pairs(moving_face(5), np.zeros((0, 2), np.int64), CONFIG, "v", "key", FeatureCache(tmp_path))
    assert none.shape == (0, 42, 42, 3)


@pytest.mark.parametrize("pair", [(3, 12), (-1, 4)])
def test_pair_outside_is_one_sentence(moving_face, tmp_path, pair):
    with pytest.raises(MebenchError, match=r"^v: the pair of frames \[.*\] lies outside the video's frames 0 to 11"):
        extract_pairs(moving_face(12), np.array([[0, 1], pair]), CONFIG, "v", "key", FeatureCache(tmp_path))


def test_short_video_is_one_sentence(moving_face, tmp_path):
    with pytest.raises(MebenchError, match=r"^v: 3 frames are too few for a window over 3 frames"):
        extract_video(moving_face(3), 30.0, CONFIG, "v", "key", FeatureCache(tmp_path))
    assert len(extract_video(moving_face(4), 30.0, CONFIG, "v", "key", FeatureCache(tmp_path))) == 1


def test_video_without_a_face_is_one_sentence_and_leaves_nothing(moving_face, tmp_path):
    reader = moving_face(8)
    reader.picture = np.zeros_like(reader.picture)
    with pytest.raises(MebenchError, match=r"^subject 3, video 2: no face was found"):
        extract_video(reader, 30.0, CONFIG, "subject 3, video 2", "key", FeatureCache(tmp_path))
    assert not list(tmp_path.iterdir())


def test_threads_give_the_same_bytes(moving_face, tmp_path):
    lengths = [9, 10, 11, 12]

    def bytes_of(cache, length):
        return extract_video(moving_face(length), 30.0, CONFIG, "v", str(length), cache).windows.tobytes()

    alone = [bytes_of(FeatureCache(tmp_path / "a"), length) for length in lengths]
    shared = FeatureCache(tmp_path / "b")
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda length: bytes_of(shared, length), lengths))
    assert alone == together


MEASURE = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import cv2
from conftest import PICTURE, MovingPicture
from mebench.config.experiment import FeaturesConfig
from mebench.features.cache import FeatureCache
from mebench.features.windows.pipeline import extract_video
picture = cv2.imread(str(PICTURE))
reader = MovingPicture(picture, int(sys.argv[2]))
extract_video(reader, 30.0, FeaturesConfig(flow="opencv_farneback"), "v", "k", FeatureCache(Path(sys.argv[3])))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_length(tmp_path, request):
    def peak(length):
        arguments = [str(request.path.parent), str(length), str(tmp_path / str(length))]
        command = [sys.executable, "-c", MEASURE, *arguments]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    unit = 1024 if sys.platform == "darwin" else 1
    short, long = peak(200) / unit, peak(1000) / unit  # KiB
    assert long - short < 800 * 128 * 128 / 1024 / 2, "half of what the crops of the further frames take"


def test_importing_the_pipeline_imports_no_jax():
    code = "import sys, mebench.features.windows.pipeline; raise SystemExit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
