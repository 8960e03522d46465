"""Qwen2.5-VL's network against the installed transformers and PEFT, with other weights than the golden ones."""

import json
import warnings

import jax.numpy as jnp
import numpy as np
import pytest
from qwen_tiny import CASES, GOLDEN, IMAGE, NEW_TOKENS, VIDEO, made_prompt
from qwen_tiny_model import ENDS, compiled

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.methods.qwen2_5_vl.network.chat import Prompt
from mebench.methods.qwen2_5_vl.network.generate import Generator, Sampling
from mebench.methods.qwen2_5_vl.network.lora import LoraConfig, add_lora, lora_layers
from mebench.methods.qwen2_5_vl.network.peft_files import read_adapter, write_adapter
from mebench.methods.qwen2_5_vl.network.plan import buckets_for, make_inputs
from mebench.methods.qwen2_5_vl.network.weights import read_model
from mebench.methods.qwen2_5_vl.prompts import placed_of

pytestmark = [
    pytest.mark.parity,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


PROMPTS = CASES | {
    "long": [5, ("v", (30, 4, 4), 1.0), 9, ("v", (9, 4, 4), 1.5), 3, ("i", (1, 6, 8)), 4],
}
"""Those of the golden files, and one whose last position is far below the largest."""


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

    ids, images, videos, image_grids, video_grids, seconds = made_prompt(PROMPTS[name])
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


def placed(name, config):
    """The prompt as an experiment with mrope = "hf5" places it."""
    ids, images, videos, image_grids, video_grids, seconds = made_prompt(PROMPTS[name])
    prompt = Prompt(ids, np.concatenate([images, videos]), image_grids, video_grids, seconds)
    return placed_of(prompt, config, QwenConfig(mrope="hf5"))


def ours_of(model, every):
    return compiled(model)(
        make_inputs(every, model.config, buckets_for([one.prompt for one in every], model.config.vision, len(every)))
    )


def test_logits_and_greedy_tokens(folder):
    import torch

    reference, model = theirs(folder), read_model(folder, jnp.float32)
    every = [placed(name, model.config) for name in PROMPTS]
    logits = ours_of(model, every)
    buckets = buckets_for([one.prompt for one in every], model.config.vision, len(every))
    answers = Generator(model, buckets, Sampling(NEW_TOKENS, end_tokens=ENDS))(every)
    assert every[-1].following < every[-1].positions.max()
    for row, name in enumerate(PROMPTS):
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

    model = read_model(folder, jnp.float32)
    one = placed("mixed", model.config)
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


@pytest.mark.filterwarnings("ignore:.*changes the base weights of the model:UserWarning")
@pytest.mark.parametrize("init", ["pissa", "olora"])
def test_an_adapter_that_changed_the_base_is_refused_until_peft_converts_it(folder, tmp_path, init):
    import torch
    from peft import LoraConfig as PeftConfig
    from peft import get_peft_model

    config = PeftConfig(r=4, lora_alpha=8, init_lora_weights=init, target_modules=LoraConfig(1, 1.0).target_modules)
    tuned = get_peft_model(theirs(folder), config)
    tuned.peft_config["default"].init_lora_weights = True  # as PEFT asks for, before the untrained adapter is saved
    tuned.save_pretrained(tmp_path / "before")
    tuned.peft_config["default"].init_lora_weights = init
    torch.manual_seed(3)
    for name, value in tuned.named_parameters():
        if "lora_" in name:
            value.data = value.data + torch.randn_like(value) * 0.05
    tuned.save_pretrained(tmp_path / "as_trained")
    with pytest.raises(MebenchError, match=f"init_lora_weights '{init}' changes the base weights"):
        read_adapter(read_model(folder, jnp.float32), tmp_path / "as_trained")
    tuned.save_pretrained(tmp_path / "plain", path_initial_model_for_weight_conversion=str(tmp_path / "before"))
    want = logits_of(tuned.eval(), tuned.get_base_model(), torch_inputs("mixed"))
    model = read_model(folder, jnp.float32)
    assert read_adapter(model, tmp_path / "plain").rank == 8
    one = placed("mixed", model.config)
    scale = max(1.0, float(np.abs(want).max()))
    np.testing.assert_allclose(ours_of(model, [one])[0, : len(one.prompt.ids)], want, atol=1e-4 * scale)
