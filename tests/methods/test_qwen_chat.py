"""Prompts: the text of Qwen2.5-VL's chat template, placeholders, and the parts that do not fit."""

import json
from pathlib import Path

import numpy as np
import pytest
from qwen_input_cases import CHATS, made_frames
from qwen_tiny_tokeniser import write_json

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.chat import DEFAULT_SYSTEM, answer_ids, prompt_of, prompt_text
from mebench.methods.qwen2_5_vl.network.pixels import PixelSettings, image_patches, video_patches
from mebench.methods.qwen2_5_vl.network.positions import rope_positions
from mebench.methods.qwen2_5_vl.network.tokeniser import load_tokeniser

GOLDEN = Path(__file__).parents[1] / "golden" / "qwen_inputs" / "transformers-5.23.0.json"
SETTINGS = PixelSettings(784, 10**6)
IMAGES = [image_patches(made_frames(0, *size)[0], SETTINGS) for size in ((28, 56), (56, 56))]
VIDEOS = [video_patches(made_frames(5, 28, 28), SETTINGS)]


@pytest.fixture(scope="module")
def tokeniser(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokeniser")
    write_json(folder)
    return load_tokeniser(folder)


@pytest.mark.smoke
def test_text_is_what_the_chat_template_renders():
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))["chats"]
    for (text, images, videos, system), want in zip(CHATS, golden, strict=True):
        given = {} if system is None else {"system": system}
        assert prompt_text(text, images, videos, **given) == want


def test_placeholders_are_expanded_as_in_the_text(tokeniser):
    prompt = prompt_of(tokeniser, "What?", IMAGES, VIDEOS, [0.5])
    whole = prompt_text("What?", 2, 1)
    for pad, count in (("image", 2), ("image", 4), ("video", 3)):  # one after the other: each finds the next single one
        whole = whole.replace(f"<|vision_start|><|{pad}_pad|><|vision_end|>", f"({pad}{count})", 1)
    for pad, count in (("image", 2), ("image", 4), ("video", 3)):
        whole = whole.replace(f"({pad}{count})", f"<|vision_start|>{f'<|{pad}_pad|>' * count}<|vision_end|>")
    assert prompt.ids.tolist() == tokeniser.encode(whole).tolist()
    assert prompt.image_grids.tolist() == [[1, 2, 4], [1, 4, 4]]
    assert prompt.video_grids.tolist() == [[3, 2, 2]]
    np.testing.assert_array_equal(prompt.pixels, np.concatenate([p.values for p in (*IMAGES, *VIDEOS)]))
    assert prompt.seconds_per_grid.tolist() == [0.5]


def test_positions_take_a_prompt(tokeniser):
    prompt = prompt_of(tokeniser, "What?", IMAGES, VIDEOS, [0.5])
    special = tokeniser.special
    rows, following = rope_positions(
        prompt.ids,
        prompt.image_grids,
        prompt.video_grids,
        prompt.seconds_per_grid,
        image_token=special.image_pad,
        video_token=special.video_pad,
    )
    assert rows.shape == (3, len(prompt.ids))
    assert following == rows.max() + 1


def test_without_pictures(tokeniser):
    prompt = prompt_of(tokeniser, "What?", system="Short.")
    assert tokeniser.decode(prompt.ids, keep_special=True) == prompt_text("What?", system="Short.")
    assert prompt.pixels.shape == (0, 1176)
    assert prompt.image_grids.shape == prompt.video_grids.shape == (0, 3)
    assert DEFAULT_SYSTEM in prompt_text("What?")


def test_an_answer_continues_the_prompt(tokeniser):
    prompt = prompt_of(tokeniser, "What?")
    together = tokeniser.encode(prompt_text("What?") + "lip corner puller, dimpler<|im_end|>")
    answer = answer_ids(tokeniser, "lip corner puller, dimpler")
    assert np.concatenate([prompt.ids, answer]).tolist() == together.tolist()


@pytest.mark.parametrize("text", ["<|image_pad|>", "yes<|im_end|>"])
def test_special_tokens_in_texts_are_refused(tokeniser, text):
    for call in (
        lambda: prompt_of(tokeniser, text),
        lambda: prompt_of(tokeniser, "What?", system=text),
        lambda: answer_ids(tokeniser, text),
    ):
        with pytest.raises(MebenchError, match="special token"):
            call()


@pytest.mark.parametrize("seconds", [[], [1.0, 1.0], [0.0], [float("nan")]])
def test_seconds_must_fit(tokeniser, seconds):
    with pytest.raises(MebenchError, match="one positive number a video"):
        prompt_of(tokeniser, "What?", videos=VIDEOS, seconds_per_grid=seconds)
