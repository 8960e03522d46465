"""Qwen2.5-VL's network against the installed transformers and PEFT, with other weights than the golden ones."""

import json
import warnings

import jax.numpy as jnp
import numpy as np
import pytest
from qwen_tiny import CASES, GOLDEN, IMAGE, NEW_TOKENS, VIDEO, made_prompt
from qwen_tiny_model import ENDS, compiled

from mebench.methods.qwen2_5_vl.network.chat import Prompt
from mebench.methods.qwen2_5_vl.network.generate import Generator, Sampling
from mebench.methods.qwen2_5_vl.network.lora import LoraConfig, add_lora, lora_layers
from mebench.methods.qwen2_5_vl.network.peft_files import write_adapter
from mebench.methods.qwen2_5_vl.network.plan import Placed, buckets_for, make_inputs
from mebench.methods.qwen2_5_vl.network.positions import rope_positions
from mebench.methods.qwen2_5_vl.network.weights import read_model

pytestmark = [
    pytest.mark.parity,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(params=[(0, True), (1, False)])
def folder(request, tmp_path):
    """A checkpoint as transformers writes it today, with the head tied or not."""
    import torch
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    seed, tied = request.param
    tree = json.loads((GOLDEN / "tiny" / "config.json").read_text()) | {"tie_word_embeddings": tied}
    (tmp_path / "config.json").write_text(json.dumps(tree))
    model = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig.from_pretrained(tmp_path))
    torch.manual_seed(seed)
    for value in model.parameters():
        value.data = torch.randn_like(value) * 0.12 + float(value.ndim == 1)
    model.save_pretrained(tmp_path)
    return tmp_path


def theirs(folder):
    import torch
    from transformers import Qwen2_5_VLForConditionalGeneration

    return Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()


def torch_inputs(name):
    import torch

    ids, images, videos, image_grids, video_grids, seconds = made_prompt(CASES[name])
    given = {
        "input_ids": torch.tensor(ids).long()[None],
        "attention_mask": torch.ones(1, len(ids), dtype=torch.long),
        "mm_token_type_ids": torch.tensor((ids == IMAGE) * 1 + (ids == VIDEO) * 2)[None],
    }
    if len(images):
        given |= {"pixel_values": torch.tensor(images), "image_grid_thw": torch.tensor(image_grids).long()}
    if len(videos):
        given |= {"pixel_values_videos": torch.tensor(videos), "video_grid_thw": torch.tensor(video_grids).long()}
        given["second_per_grid_ts"] = torch.tensor(seconds, dtype=torch.float32)
    return given


def logits_of(model, inner, given):
    import torch

    inner.model.rope_deltas = None
    with torch.no_grad():
        return model(**given).logits[0].numpy()


def placed(name):
    """The prompt with our own positions; the first new token follows the last one, as transformers generates."""
    ids, images, videos, image_grids, video_grids, seconds = made_prompt(CASES[name])
    tokens = {"image_token": IMAGE, "video_token": VIDEO}
    rows, _ = rope_positions(ids, image_grids, video_grids, seconds, "hf5", **tokens)
    prompt = Prompt(ids, np.concatenate([images, videos]), image_grids, video_grids, seconds)
    return Placed(prompt, rows, int(rows[:, -1].max()) + 1)


def ours_of(model, every):
    return compiled(model)(
        make_inputs(every, model.config, buckets_for([one.prompt for one in every], model.config.vision, len(every)))
    )


def test_logits_and_greedy_tokens(folder):
    import torch

    reference, model, every = theirs(folder), read_model(folder, jnp.float32), [placed(name) for name in CASES]
    logits = ours_of(model, every)
    buckets = buckets_for([one.prompt for one in every], model.config.vision, len(every))
    answers = Generator(model, buckets, Sampling(NEW_TOKENS, end_tokens=ENDS))(every)
    for row, name in enumerate(CASES):
        given = torch_inputs(name)
        want = logits_of(reference, reference, given)
        scale = max(1.0, float(np.abs(want).max()))
        assert np.abs(logits[row, : len(want)] - want).max() < 1e-5 * scale, name
        reference.model.rope_deltas = None
        with torch.no_grad():
            made = reference.generate(**given, max_new_tokens=NEW_TOKENS, do_sample=False)[0, len(want) :].tolist()
        assert answers[row].tolist() == made[: len(answers[row])], name
        assert len(answers[row]) == NEW_TOKENS or made[len(answers[row])] in ENDS


def test_adapter_goes_to_peft_and_back_merged(folder, tmp_path):
    from peft import PeftModel

    model, one = read_model(folder, jnp.float32), placed("mixed")
    config = LoraConfig(rank=4, alpha=8.0, target_modules=LoraConfig(1, 1.0).target_modules)
    add_lora(model, config, seed=0)
    random = np.random.default_rng(0)
    for _, layer in lora_layers(model):
        layer.lora_B[...] = jnp.asarray(random.standard_normal(layer.lora_B.shape, np.float32) * 0.1)
    write_adapter(model, config, tmp_path / "adapter")
    mine = ours_of(model, [one])[0, : len(one.prompt.ids)]
    reference = theirs(folder)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        tuned = PeftModel.from_pretrained(reference, tmp_path / "adapter").eval()
    assert not [str(one.message) for one in told if "adapter" in str(one.message)]
    assert sum("lora_A" in name for name, _ in tuned.named_parameters()) == 14
    want = logits_of(tuned, tuned.get_base_model(), torch_inputs("mixed"))
    scale = max(1.0, float(np.abs(want).max()))
    np.testing.assert_allclose(mine, want, atol=1e-5 * scale)
    tuned.merge_and_unload().save_pretrained(tmp_path / "merged")
    again = ours_of(read_model(tmp_path / "merged", jnp.float32), [one])[0, : len(one.prompt.ids)]
    np.testing.assert_allclose(again, mine, atol=1e-4)
