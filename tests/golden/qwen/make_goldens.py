"""Write the golden files of the Qwen2.5-VL network: a tiny random checkpoint and what transformers and PEFT make of it.

Run in an environment with torch, transformers and peft (these: torch 2.13.0, transformers 5.23.0, peft 0.21.2) from the
repository's root: PYTHONPATH=tests/models python tests/golden/qwen/make_goldens.py

- tiny/: config.json and model.safetensors (bfloat16) as the released models have them: flat config, tied head.
- nested_config.json: the same config as transformers 5 writes it.
- adapter/: a LoRA adapter as PEFT writes it, with random numbers in both matrices.
- outputs.npz: of each case of tests/models/qwen_tiny.py the positions, the position of the first token that is
  generated (transformers 5.23 counts on from the prompt's last token there, not from its rope_deltas), the float32
  logits, greedy ids, greedy ids under a penalty of 1.3 on repetition; logits and greedy ids with the adapter.
"""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from qwen_tiny import CASES, END, EOS, GOLDEN, IMAGE, NEW_TOKENS, START, VIDEO, made_prompt
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5_VLForConditionalGeneration

CONFIG = {
    "architectures": ["Qwen2_5_VLForConditionalGeneration"],
    "bos_token_id": 149,
    "eos_token_id": EOS,
    "vision_start_token_id": START,
    "vision_end_token_id": END,
    "image_token_id": IMAGE,
    "video_token_id": VIDEO,
    "hidden_act": "silu",
    "hidden_size": 64,
    "intermediate_size": 160,
    "max_position_embeddings": 512,
    "model_type": "qwen2_5_vl",
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-6,
    "rope_theta": 1000000.0,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "use_sliding_window": False,
    "vision_config": {
        "depth": 4,
        "hidden_act": "silu",
        "hidden_size": 32,
        "intermediate_size": 52,
        "num_heads": 2,
        "in_chans": 3,
        "out_hidden_size": 64,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "spatial_patch_size": 14,
        "window_size": 56,
        "fullatt_block_indexes": [1, 3],
        "tokens_per_second": 2,
        "temporal_patch_size": 2,
    },
    "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
    "vocab_size": 160,
}
TARGETS = r".*language_model\.layers\.\d+\.(self_attn|mlp)\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"


def write_checkpoint(folder):
    """Write the tiny model with random weights that are exact in bfloat16."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "config.json").write_text(json.dumps(CONFIG))
        model = Qwen2_5_VLForConditionalGeneration(
            Qwen2_5_VLForConditionalGeneration.config_class.from_pretrained(scratch)
        )
        torch.manual_seed(5)
        for name, value in model.named_parameters():
            spread = 0.1 if name.endswith(("norm.weight", "norm1.weight", "norm2.weight", "ln_q.weight")) else 0.13
            value.data = torch.randn_like(value) * spread + (1 if spread == 0.1 and value.ndim == 1 else 0)
        model.to(torch.bfloat16).save_pretrained(scratch)
        shutil.copy(Path(scratch) / "config.json", GOLDEN / "nested_config.json")
        saved = load_file(Path(scratch) / "model.safetensors")
    renamed = {
        key.replace("model.language_model.", "model.").replace("model.visual.", "visual."): v
        for key, v in saved.items()
    }
    renamed.pop("lm_head.weight", None)
    save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})


def outputs_of(model, parts, **settings):
    """Return positions, the one after them, logits and greedy ids of one prompt."""
    ids, images, videos, image_grids, video_grids, seconds = made_prompt(parts)
    inputs = {"input_ids": torch.tensor(ids).long()[None], "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
    inputs["mm_token_type_ids"] = torch.tensor((ids == IMAGE) * 1 + (ids == VIDEO) * 2)[None]
    if len(images):
        inputs |= {"pixel_values": torch.tensor(images), "image_grid_thw": torch.tensor(image_grids).long()}
    if len(videos):
        inputs |= {"pixel_values_videos": torch.tensor(videos), "video_grid_thw": torch.tensor(video_grids).long()}
        inputs["second_per_grid_ts"] = torch.tensor(seconds, dtype=torch.float32)
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    grids = {
        name: inputs[name] for name in ("image_grid_thw", "video_grid_thw", "second_per_grid_ts") if name in inputs
    }
    if grids:
        table = inner.model.get_rope_index(inputs["input_ids"], inputs["mm_token_type_ids"], **grids)[0][:, 0].numpy()
    else:
        table = np.tile(np.arange(len(ids)), (3, 1))
    with torch.no_grad():
        inner.model.rope_deltas = None
        logits = model(**inputs).logits[0].numpy()
        inner.model.rope_deltas = None
        positions = []
        hook = inner.model.language_model.register_forward_pre_hook(
            lambda _, __, given: positions.append(given["position_ids"]), with_kwargs=True
        )
        made = model.generate(**inputs, max_new_tokens=NEW_TOKENS, do_sample=False, **settings)[0, len(ids) :].numpy()
        hook.remove()
    following = np.int32(positions[1][-1].max())  # its first row is not mRoPE
    return {
        "positions": table.astype(np.int32),
        "following": following,
        "logits": logits,
        "greedy": made.astype(np.int32),
    }


def main():
    write_checkpoint(GOLDEN / "tiny")
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(GOLDEN / "tiny", dtype=torch.float32).eval()
    found = {}
    for name, parts in CASES.items():
        found |= {f"{name}/{what}": value for what, value in outputs_of(model, parts).items()}
        found[f"{name}/penalty"] = outputs_of(model, parts, repetition_penalty=1.3)["greedy"]
    config = LoraConfig(
        r=4, lora_alpha=8, lora_dropout=0.05, bias="none", task_type="CAUSAL_LM", target_modules=TARGETS
    )
    tuned = get_peft_model(model, config)
    torch.manual_seed(6)
    for name, value in tuned.named_parameters():
        if "lora_" in name:
            value.data = (torch.randn_like(value) * 0.1).to(torch.bfloat16).to(torch.float32)
    shutil.rmtree(GOLDEN / "adapter", ignore_errors=True)
    tuned.save_pretrained(GOLDEN / "adapter")
    (GOLDEN / "adapter" / "README.md").unlink(missing_ok=True)
    written = GOLDEN / "adapter" / "adapter_config.json"
    written.write_text(json.dumps(json.loads(written.read_text()) | {"base_model_name_or_path": None}, indent=1) + "\n")
    for path in GOLDEN.rglob("*.safetensors"):
        path.chmod(0o644)
    for name in ("image", "mixed"):
        made = outputs_of(tuned.eval(), CASES[name])
        found |= {f"{name}/adapted_{what}": made[what] for what in ("logits", "greedy")}
    np.savez_compressed(GOLDEN / "outputs.npz", **found)


if __name__ == "__main__":
    main()
