from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qwen_tiny import CASES, GOLDEN
from qwen_tiny_model import placed

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.config import read_config
from mebench.methods.qwen2_5_vl.network.plan import Placed, buckets_for, frame_plan, make_inputs

CONFIG = read_config(GOLDEN / "tiny")


def test_a_frame_by_hand():
    """6 x 4 patches are 3 x 2 tokens: a full window of 2 x 2 tokens, and one of 1 x 2."""
    plan = frame_plan(6, 4, CONFIG.vision)
    np.testing.assert_array_equal(plan.patches, [list(range(16)), [*range(16, 24), *[-1] * 8]])
    np.testing.assert_array_equal(plan.slot_of_token, [0, 1, 2, 3, 4, 5])
    np.testing.assert_array_equal(plan.places[0, :5], [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2]])


def test_tokens_of_a_wide_frame_change_places():
    plan = frame_plan(4, 8, CONFIG.vision)
    np.testing.assert_array_equal(plan.slot_of_token, [0, 1, 4, 5, 2, 3, 6, 7])


@given(st.integers(1, 9), st.integers(1, 9))
def test_every_patch_has_one_slot(down, across):
    plan = frame_plan(2 * down, 2 * across, CONFIG.vision)
    held = plan.patches[plan.patches >= 0]
    assert sorted(held.tolist()) == list(range(4 * down * across))
    tokens = plan.patches.reshape(-1, 4)[plan.slot_of_token]
    np.testing.assert_array_equal(tokens, np.arange(4 * down * across).reshape(-1, 4))
    spans = np.where(plan.patches[..., None] >= 0, plan.places // 4, -1)
    assert all(len({tuple(one) for one in window.tolist()} - {(-1, -1)}) == 1 for window in spans)
    with pytest.raises(MebenchError, match="multiples of 2"):
        frame_plan(2 * down + 1, 2, CONFIG.vision)


def test_a_batch_holds_every_patch_and_every_slot_points_at_it():
    every = [placed(name) for name in CASES]
    buckets = buckets_for([one.prompt for one in every], CONFIG.vision, batch=8, token_step=64)
    assert buckets == replace(buckets, prompts=8, tokens=128, frames=5, windows=12, dense=False)
    inputs = make_inputs(every, CONFIG, buckets)
    rows = inputs.vision.pixels.reshape(-1, 4, 1176)
    for row, one in enumerate(every):
        assert inputs.lengths[row] == len(one.prompt.ids)
        slots = inputs.slots[row][inputs.slots[row] >= 0]
        images = one.prompt.ids == CONFIG.image_token_id
        first = [images.nonzero()[0], (one.prompt.ids == CONFIG.video_token_id).nonzero()[0]]
        order = inputs.slots[row][np.concatenate(first)]
        assert len(slots) == len(order)
        np.testing.assert_array_equal(rows[order].reshape(-1, 1176), one.prompt.pixels)
    assert inputs.vision.valid.sum() == sum(len(one.prompt.pixels) for one in every)
    assert (inputs.slots[7] == -1).all()


def test_full_windows_need_no_mask():
    one = placed("image")
    buckets = buckets_for([one.prompt], CONFIG.vision, batch=2, token_step=8)
    assert buckets.dense
    assert make_inputs([one], CONFIG, buckets).vision.valid is None
    with pytest.raises(MebenchError, match="the buckets say all do"):
        make_inputs([placed("ragged")], CONFIG, replace(buckets, windows=6))


def test_what_does_not_fit():
    one, mixed = placed("image"), placed("mixed")
    buckets = buckets_for([one.prompt], CONFIG.vision, batch=1)
    for wrong, given_buckets, sentence in (
        ([one, one], buckets, "for a batch of 1"),
        ([mixed], replace(buckets, dense=False), "a prompt with 3 frames"),
        ([one], replace(buckets, tokens=20), "a prompt of 22 tokens .*allowed: 1 to 20"),
        ([one], replace(buckets, frames=0), "no frames"),
        ([placed("ragged")], replace(buckets, dense=False), "a frame of 6 windows"),
        ([replace(one, prompt=replace(one.prompt, pixels=one.prompt.pixels[:-1]))], buckets, "grids have 64 patches"),
        ([replace(one, positions=one.positions[:, 3:])], buckets, r"positions of shape \(3, 19\)"),
        (
            [Placed(replace(one.prompt, ids=one.prompt.ids[4:]), one.positions[:, 4:], 9)],
            buckets,
            "15 placeholders of pictures",
        ),
    ):
        with pytest.raises(MebenchError, match=sentence):
            make_inputs(wrong, CONFIG, given_buckets)
