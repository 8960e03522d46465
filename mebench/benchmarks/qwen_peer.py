"""The peer of `mebench.benchmarks.qwen`: transformers on the same checkpoint, run by an interpreter that has torch.

Reads a number of tokens a line, writes a JSON list a line: the tokens that were made, and the seconds.
Usage: python qwen_peer.py FOLDER THREADS
"""

import json
import sys
from pathlib import Path
from time import perf_counter


def main(folder: Path, threads: int) -> None:
    """Load the model and answer until the input ends."""
    import numpy as np
    import torch
    from transformers import Qwen2_5_VLForConditionalGeneration

    torch.set_num_threads(threads)
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    with np.load(folder / "prompt.npz") as stored:
        ids, pixels, grids = (torch.tensor(stored[name]) for name in ("ids", "pixels", "grids"))
    picture = model.config.image_token_id
    given = {
        "input_ids": ids.long()[None],
        "attention_mask": torch.ones(1, len(ids), dtype=torch.long),
        "mm_token_type_ids": (ids == picture).long()[None],
        "pixel_values": pixels,
        "image_grid_thw": grids.long(),
    }
    for line in sys.stdin:
        count = int(line)
        model.model.rope_deltas = None
        start = perf_counter()
        with torch.inference_mode():
            made = model.generate(**given, max_new_tokens=count, do_sample=False)
        seconds = perf_counter() - start
        sys.stdout.write(json.dumps([made[0, len(ids) :].tolist(), seconds]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
