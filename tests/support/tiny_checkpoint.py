"""The tiny checkpoint of Qwen2.5-VL with a tokeniser whose special tokens its config names."""

import json
import shutil
from pathlib import Path

import numpy as np
from methods.qwen_tiny_tokeniser import write_json

from mebench.methods.qwen2_5_vl.network.tensor_file import stored_tensors, write_tensors

HERE = Path(__file__).parents[1]


def tiny_checkpoint(target: Path) -> Path:
    """Write it into a new folder, and return that."""
    folder = Path(shutil.copytree(HERE / "golden" / "qwen" / "tiny", target))
    made = write_json(folder)
    ids = {name: made.token_to_id(f"<|{name}|>") for name in ("image_pad", "video_pad", "vision_start", "vision_end")}
    config = json.loads((folder / "config.json").read_text())
    config |= {"image_token_id": ids["image_pad"], "video_token_id": ids["video_pad"]}
    config |= {"vision_start_token_id": ids["vision_start"], "vision_end_token_id": ids["vision_end"]}
    config["vocab_size"] = made.get_vocab_size()
    (folder / "config.json").write_text(json.dumps(config))
    path = folder / "model.safetensors"
    tensors = {name: one.read().astype(np.float32) for name, one in stored_tensors(path).items()}
    name = next(name for name in tensors if name.endswith("embed_tokens.weight"))
    rows, width = made.get_vocab_size(), tensors[name].shape[1]
    tensors[name] = 0.13 * np.random.default_rng(3).standard_normal((rows, width), np.float32)
    write_tensors(path, tensors)
    return folder
