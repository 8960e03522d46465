"""Write transformers-VERSION.json: what transformers' own code makes of the cases in tests/models/qwen_input_cases.py.

Run once in an environment for each of transformers 4.49.0, 4.57.6, 5.17.0 and 5.23.0 (each with torch and Pillow), from
the repository's root: PYTHONPATH=tests/models python tests/golden/qwen_inputs/make_goldens.py

- positions: get_rope_index, and the position at which generation goes on. 4.49.0 is mRoPE mode `qwen` (it has the
  formula of Qwen's fine-tuning code), 4.57.6 `hf4`, 5.17.0 `hf5_17`, 5.23.0 `hf5`.
- pixels: the processor on Pillow; 4.57.6 takes pictures and videos, 5.23.0 pictures only. A picture is kept as the
  SHA-256 of its float32 numbers (little-endian) and every 997th of them.
- chats (5.23.0; kept as they are unless --chat-template FILE names the model's chat_template.jinja or .json):
  rendered prompts. The stored ones were rendered from a copy of the template as public code that serves Qwen2-VL and
  Qwen2.5-VL carries it.
"""

import argparse
import hashlib
import json
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import transformers
from qwen_input_cases import CHATS, IMAGE, PIXELS, POSITIONS, START, VIDEO, made_frames, made_grids, made_ids
from transformers.models.qwen2_5_vl import modeling_qwen2_5_vl

VERSION = transformers.__version__
MODES = {"4.49.0": "qwen", "4.57.6": "hf4", "5.17.0": "hf5_17", "5.23.0": "hf5"}
CONFIG = SimpleNamespace(
    vision_config=SimpleNamespace(spatial_merge_size=2, tokens_per_second=2),
    image_token_id=IMAGE,
    video_token_id=VIDEO,
    vision_start_token_id=START,
)


def positions(parts):
    """Return the three rows and the position after them, alike for seconds as a list and as a float32 tensor."""
    model = modeling_qwen2_5_vl.Qwen2_5_VLModel
    owner = modeling_qwen2_5_vl.Qwen2_5_VLForConditionalGeneration if VERSION == "4.49.0" else model
    ids = torch.tensor(made_ids(parts)).long()[None]
    images, videos, seconds = made_grids(parts)
    fields = {
        "image_grid_thw": torch.tensor(images) if len(images) else None,
        "video_grid_thw": torch.tensor(videos) if len(videos) else None,
    }
    me = SimpleNamespace(config=CONFIG)
    if VERSION.startswith("5."):
        me.get_vision_position_ids = partial(model.get_vision_position_ids, me)
        fields["mm_token_type_ids"] = (ids == IMAGE) * 1 + (ids == VIDEO) * 2
    found = []
    for given in (seconds.tolist(), torch.tensor(seconds, dtype=torch.float32)):
        table, delta = owner.get_rope_index(me, ids, second_per_grid_ts=given, **fields)
        found.append({"rows": table[:, 0].tolist(), "next": following(ids, table, delta)})
    if found[0] != found[1]:
        raise SystemExit(f"{parts}: a list of seconds and a tensor give different positions")
    return found[0]


def following(ids, table, delta):
    """Return the position of the first new token: transformers 5 goes on from the last one, those before from delta."""
    if not VERSION.startswith("5."):
        return int(delta) + ids.shape[1]
    update = transformers.GenerationMixin._update_model_kwargs_for_generation
    (position,) = set(update(None, {}, {"position_ids": table})["position_ids"][:, 0, -1].tolist())
    return position


def pixels(case):
    """Return grid, digest and samples of one picture or video; None where this version cannot make them."""
    frames, height, width, least, most = case
    made = made_frames(frames, height, width)
    if VERSION == "4.57.6":
        from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor as Processor
    elif VERSION == "5.23.0" and not frames:
        from transformers import Qwen2VLImageProcessorPil as Processor
    else:
        return None
    processor = Processor(min_pixels=least, max_pixels=most)
    if frames:
        done = processor(images=None, videos=[list(made)], return_tensors="np")
        values, grid = done["pixel_values_videos"], done["video_grid_thw"]
    else:
        done = processor(images=[made[0]], return_tensors="np")
        values, grid = done["pixel_values"], done["image_grid_thw"]
    values = np.asarray(values)
    if values.dtype != np.float32:
        raise SystemExit(f"{case}: pixels are {values.dtype}")
    digest = hashlib.sha256(np.ascontiguousarray(values).astype("<f4").tobytes()).hexdigest()
    return {"grid": np.asarray(grid)[0].tolist(), "sha256": digest, "every_997th": values.ravel()[::997].tolist()}


def chats(path):
    """Return the rendered prompts of a chat template."""
    from transformers.utils.chat_template_utils import render_jinja_template

    text = path.read_text(encoding="utf-8")
    template = json.loads(text)["chat_template"] if path.suffix == ".json" else text
    found = []
    for question, images, videos, system in CHATS:
        media = [{"type": "image"}] * images + [{"type": "video"}] * videos
        turns = [] if system is None else [{"role": "system", "content": system}]
        turns.append({"role": "user", "content": [*media, {"type": "text", "text": question}]})
        rendered, _ = render_jinja_template([turns], chat_template=template, add_generation_prompt=True)
        found += rendered
    return found


def main():
    """Write the file of this version."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chat-template", type=Path)
    template = parser.parse_args().chat_template
    path = Path(__file__).parent / f"transformers-{VERSION}.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    made = {"transformers": VERSION, "mode": MODES[VERSION]}
    made["positions"] = [positions(parts) for parts in POSITIONS]
    made["pixels"] = [pixels(case) for case in PIXELS]
    if template or "chats" in kept:
        made["chats"] = chats(template) if template else kept["chats"]
    lines = ",\n".join(f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in made.items())
    path.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
