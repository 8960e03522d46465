"""Limits of pixels from a checkpoint's files: of every version that wrote them, and nothing read and dropped."""

import json

import pytest
from qwen_tiny import GOLDEN

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.config import read_config
from mebench.methods.qwen2_5_vl.network.preprocessor_config import IMAGES, VIDEOS, read_limits

VISION = read_config(GOLDEN / "tiny").vision
SAVED = {
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "merge_size": 2,
    "patch_size": 14,
    "resample": 3,
    "rescale_factor": 1 / 255,
    "temporal_patch_size": 2,
}
"""What transformers writes beside the limits."""


def read(tmp_path, tree, name=IMAGES, videos=False):
    (tmp_path / name).write_text(tree if isinstance(tree, str) else json.dumps(tree))
    return read_limits(tmp_path, videos, VISION)


@pytest.mark.smoke
@pytest.mark.parametrize(
    "limits",
    [
        {"min_pixels": 3136, "max_pixels": 12845056},
        {"size": {"shortest_edge": 3136, "longest_edge": 12845056}},
        {"size": {"min_pixels": 3136, "max_pixels": 12845056}},
        {"min_pixels": 3136, "max_pixels": 12845056, "size": {"shortest_edge": 1, "longest_edge": 2}},
        {"min_pixels": None, "max_pixels": None, "size": {"shortest_edge": 3136, "longest_edge": 12845056}},
    ],
)
def test_every_form_of_the_limits(tmp_path, limits):
    found = read(tmp_path, SAVED | limits)
    assert dict(found.values) == {"min_pixels": 3136, "max_pixels": 12845056}
    assert found.source == IMAGES


def test_videos_have_their_own_file_or_that_of_pictures(tmp_path):
    assert dict(read_limits(tmp_path, True, VISION).values) == {}
    assert read(tmp_path, {"min_pixels": 5}, IMAGES, videos=True).source == IMAGES
    found = read(tmp_path, SAVED | {"min_pixels": 100352, "fps": 2, "max_frames": 768}, VIDEOS, videos=True)
    assert (dict(found.values), found.source) == ({"min_pixels": 100352}, VIDEOS)
    assert dict(read_limits(tmp_path, False, VISION).values) == {"min_pixels": 5}


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        ("[" * 3000, "nested more than 100 deep"),
        ("3", "it holds no JSON object"),
        ({"min_pixels": "3136"}, "min_pixels is '3136'"),
        ({"max_pixels": 0}, "max_pixels is '0'"),
        ({"max_pixels": 10**12}, "max_pixels is '1000000000000'"),
        ({"size": [1]}, r"size is '\[1\]', no JSON object"),
        ({"patch_size": 16}, "patch_size is '16'; mebench makes pixels with 14"),
        ({"do_rescale": False}, "do_rescale is 'False'"),
        ({"resample": 2}, "resample is '2'"),
        ({"image_mean": [0.5, 0.5, 0.5]}, "image_mean is"),
        ({"image_std": 1}, "image_std is"),
        ({"rescale_factor": 1.0}, "rescale_factor is"),
    ],
)
def test_pixels_that_mebench_does_not_make(tmp_path, tree, sentence):
    with pytest.raises(MebenchError, match=sentence):
        read(tmp_path, tree)
