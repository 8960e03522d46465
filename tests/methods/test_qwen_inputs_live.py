"""Qwen2.5-VL's inputs against the transformers that is installed (5.20 to 5.23), on more than the golden files hold."""

import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from qwen_input_cases import IMAGE, VIDEO, made_grids, made_ids
from qwen_tiny_tokeniser import NAMES, TEXT, write_json, write_tiktoken

from mebench.methods.qwen2_5_vl.network.pixels import PixelSettings, image_patches
from mebench.methods.qwen2_5_vl.network.positions import rope_positions
from mebench.methods.qwen2_5_vl.network.tokeniser import load_tokeniser

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.mark.parametrize("seed", range(12))
def test_pixels_of_random_pictures(seed):
    from transformers import Qwen2VLImageProcessorPil

    random = np.random.default_rng(seed)
    height, width = random.integers(20, 500, 2)
    least, most = 784 * random.integers(4, 40), 784 * random.integers(40, 400)
    picture = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    processor = Qwen2VLImageProcessorPil(size={"shortest_edge": int(least), "longest_edge": int(most)})
    theirs = processor(images=[picture], return_tensors="np")
    ours = image_patches(picture, PixelSettings(int(least), int(most)))
    assert ours.grid == tuple(theirs["image_grid_thw"][0])
    np.testing.assert_array_equal(ours.values, theirs["pixel_values"])


@pytest.mark.parametrize("seed", range(40))
def test_positions_of_random_prompts(seed):
    import torch
    from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLModel

    random = np.random.default_rng(seed)
    parts = [2]
    for _ in range(random.integers(1, 5)):
        grid = (int(random.integers(1, 40)), 2 * int(random.integers(1, 4)), 2 * int(random.integers(1, 4)))
        parts += [("v", grid, random.uniform(0.005, 4)) if random.random() < 0.6 else ("i", (1, *grid[1:])), 1]
    ids = torch.tensor(made_ids(parts)).long()[None]
    images, videos, seconds = made_grids(parts)
    vision = SimpleNamespace(spatial_merge_size=2, tokens_per_second=2)
    model = SimpleNamespace(config=SimpleNamespace(vision_config=vision))
    model.get_vision_position_ids = partial(Qwen2_5_VLModel.get_vision_position_ids, model)
    table, _ = Qwen2_5_VLModel.get_rope_index(
        model,
        ids,
        mm_token_type_ids=(ids == IMAGE) * 1 + (ids == VIDEO) * 2,
        image_grid_thw=torch.tensor(images),
        video_grid_thw=torch.tensor(videos),
        second_per_grid_ts=torch.tensor(seconds, dtype=torch.float32),
    )
    rows, following = rope_positions(made_ids(parts), images, videos, seconds, "hf5")
    np.testing.assert_array_equal(rows, table[:, 0].numpy())
    update = Qwen2_5_VLForConditionalGeneration._update_model_kwargs_for_generation
    assert [following] * 3 == update(None, {}, {"position_ids": table})["position_ids"][:, 0, -1].tolist()


def test_tokens_of_both_files(tmp_path):
    from transformers import Qwen2Tokenizer

    made = write_json(tmp_path)
    model = json.loads(made.to_str())["model"]
    theirs = Qwen2Tokenizer(vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]])
    theirs.add_tokens([f"<|{name}|>" for name in NAMES], special_tokens=True)
    folder = tmp_path / "tiktoken"
    folder.mkdir()
    write_tiktoken(folder, made)
    from_json, from_ranks = load_tokeniser(tmp_path), load_tokeniser(folder)
    theirs.save_pretrained(tmp_path / "saved")
    saved = load_tokeniser(tmp_path / "saved")
    random = np.random.default_rng(0)
    letters = list("aeinorst lupx.,'éü微表\n\t 0123😀")
    texts = [*TEXT, *("".join(random.choice(letters, random.integers(1, 50))) for _ in range(300))]
    for text in texts:
        want = theirs.encode(text, add_special_tokens=False)
        assert from_json.encode(text).tolist() == saved.encode(text).tolist() == want, text
        assert from_ranks.decode(from_ranks.encode(text)) == theirs.decode(want), text
        assert [from_ranks.tokenizer.id_to_token(i) for i in from_ranks.encode(text).tolist()] == (
            theirs.convert_ids_to_tokens(want)
        ), text
