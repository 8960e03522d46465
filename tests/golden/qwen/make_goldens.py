"""Write a tiny random checkpoint and what transformers' own code makes of some prompts with it.

Run once where torch and transformers 5.23 are installed, from the repository's root:
python tests/golden/qwen/make_goldens.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

HERE = Path(__file__).parent
IMAGE, VIDEO, START, END = 991, 992, 993, 994
CASES = {
    "image": [5, 6, ("i", (1, 8, 8)), 7, 8],
    "ragged": [5, 6, ("i", (1, 10, 6)), 7, 8],
    "two_images": [5, ("i", (1, 4, 4)), 9, ("i", (1, 10, 14)), 7],
    "video": [5, ("v", (5, 8, 6)), 9, 10],
    "mixed": [5, ("i", (1, 6, 8)), 3, ("v", (2, 4, 6)), 9, 10],
}
SECONDS = {"video": [1.0], "mixed": [2.0]}
NEW = 8


def config():
    """Return the sizes: 2 text layers, 4 blocks with windows of 56 px, two of them over whole frames."""
    text = {
        "vocab_size": 1000,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "rms_norm_eps": 1e-6,
        "max_position_embeddings": 4096,
        "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e6},
        "tie_word_embeddings": True,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    vision = {
        "depth": 4,
        "hidden_size": 32,
        "intermediate_size": 44,
        "num_heads": 4,
        "patch_size": 14,
        "temporal_patch_size": 2,
        "spatial_merge_size": 2,
        "window_size": 56,
        "out_hidden_size": 64,
        "fullatt_block_indexes": [1, 3],
        "in_channels": 3,
        "tokens_per_second": 2,
        "hidden_act": "silu",
    }
    return Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=IMAGE,
        video_token_id=VIDEO,
        vision_start_token_id=START,
        vision_end_token_id=END,
        tie_word_embeddings=True,
    )


def prompt(parts):
    """Return ids, and grids and pixels of pictures and videos."""
    ids, grids = [], {"i": [], "v": []}
    for part in parts:
        if isinstance(part, tuple):
            kind, grid = part
            ids += [START] + [IMAGE if kind == "i" else VIDEO] * (int(np.prod(grid)) // 4) + [END]
            grids[kind].append(grid)
        else:
            ids.append(part)
    rng = np.random.default_rng(len(ids))
    pixels = {
        kind: np.concatenate([rng.standard_normal((int(np.prod(g)), 1176)).astype(np.float32) for g in own])
        if own
        else np.zeros((0, 1176), np.float32)
        for kind, own in grids.items()
    }
    return np.array(ids), grids, pixels


def greedy(model, fields):
    """Return the most probable next tokens, each by a whole forward pass.

    `generate` is not used: in 5.23 it leaves second_per_grid_ts out when it computes positions, unlike `forward`.
    """
    grids = {key: fields.get(key) for key in ("image_grid_thw", "video_grid_thw", "second_per_grid_ts")}
    kinds, ids = fields["mm_token_type_ids"], fields["input_ids"]
    places, delta = model.model.get_rope_index(ids, mm_token_type_ids=kinds, **grids)
    length = ids.shape[1]
    for number in range(NEW):
        with torch.no_grad():
            found = model(**{**fields, "input_ids": ids, "mm_token_type_ids": kinds}, position_ids=places).logits
        ids = torch.cat([ids, found[:, -1:].argmax(-1)], dim=1)
        kinds = torch.cat([kinds, torch.zeros_like(kinds[:, :1])], dim=1)
        places = torch.cat([places, torch.full_like(places[..., :1], length + number + int(delta))], dim=-1)
    return ids[0, length:].numpy().astype(np.int32)


def released(key):
    """Return the name that the released checkpoints have for a tensor."""
    return key.replace("model.language_model.", "model.").replace("model.visual.", "visual.")


def main():
    """Write checkpoint and goldens."""
    torch.manual_seed(0)
    model = Qwen2_5_VLForConditionalGeneration(config()).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.15)
            else:
                parameter.add_(torch.randn_like(parameter) * 0.05)
    halves = {key: value.detach().half() for key, value in model.state_dict().items()}
    model.load_state_dict({key: value.float() for key, value in halves.items()})
    names = {key: released(key) for key in halves if key != "lm_head.weight"}
    save_file({new: halves[old].contiguous() for old, new in names.items()}, HERE / "tiny" / "model.safetensors")
    values = json.loads(model.config.to_json_string(use_diff=False))
    (HERE / "tiny" / "config.json").write_text(json.dumps(values, indent=1) + "\n")
    stored = {}
    for name, parts in CASES.items():
        ids, grids, pixels = prompt(parts)
        fields = {
            "input_ids": torch.tensor(ids)[None],
            "mm_token_type_ids": torch.tensor((ids == IMAGE) * 1 + (ids == VIDEO) * 2)[None],
        }
        if grids["i"]:
            fields |= {"pixel_values": torch.tensor(pixels["i"]), "image_grid_thw": torch.tensor(grids["i"])}
        if grids["v"]:
            fields |= {
                "pixel_values_videos": torch.tensor(pixels["v"]),
                "video_grid_thw": torch.tensor(grids["v"]),
                "second_per_grid_ts": torch.tensor(SECONDS[name]),
            }
        model.model.rope_deltas = None
        with torch.no_grad():
            logits = model(**fields).logits[0].numpy()
        stored |= {
            f"{name}.ids": ids.astype(np.int32),
            f"{name}.images": np.array(grids["i"], np.int32).reshape(-1, 3),
            f"{name}.videos": np.array(grids["v"], np.int32).reshape(-1, 3),
            f"{name}.seconds": np.array(SECONDS.get(name, []), np.float64),
            f"{name}.last": logits[-1],
            f"{name}.some": logits[::5, ::37],
            f"{name}.new": greedy(model, fields),
        }
    np.savez_compressed(HERE / "goldens.npz", **stored)


if __name__ == "__main__":
    (HERE / "tiny").mkdir(exist_ok=True)
    main()
