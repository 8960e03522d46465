"""The peer of `mebench.benchmarks.qwen`: transformers and PEFT on the same checkpoint, by an interpreter with torch.

Reads a JSON line, writes a JSON line: {"do": "generate", "batch": 1, "new": 65} or {"do": "train", "batch": 4} gives
{"seconds": ..., "tokens": [...]} or {"seconds": ..., "loss": ...}.
Usage: python qwen_peer.py FOLDER THREADS float32|bfloat16
"""

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

TARGETS = r".*language_model\.layers\.\d+\.(self_attn|mlp)\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"


class TorchPeer:
    """The model as transformers has it."""

    def __init__(self, folder: Path, threads: int, dtype: str) -> None:
        """Load the checkpoint."""
        import numpy as np
        import torch
        from transformers import Qwen2_5_VLForConditionalGeneration

        torch.set_num_threads(threads)
        self.torch, self.device = torch, "cuda" if torch.cuda.is_available() else "cpu"
        kind = getattr(torch, dtype)
        self.model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=kind).to(self.device).eval()
        self.model.generation_config.eos_token_id = None
        self.model.generation_config.pad_token_id = 0
        with np.load(folder / "prompt.npz") as stored:
            self.ids, self.pixels, self.grids, self.answer = (
                torch.tensor(stored[name]).to(self.device) for name in ("ids", "pixels", "grids", "answer")
            )
        self.pixels = self.pixels.to(kind)
        self.tuned: Any = None
        self.optimiser: Any = None

    def inputs(self, ids: Any, batch: int) -> dict[str, Any]:
        """Return a batch that repeats one prompt."""
        ids = ids.long()[None].repeat(batch, 1)
        return {
            "input_ids": ids,
            "attention_mask": self.torch.ones_like(ids),
            "mm_token_type_ids": (ids == self.model.config.image_token_id).long(),
            "pixel_values": self.pixels.repeat(batch, 1),
            "image_grid_thw": self.grids.long().repeat(batch, 1),
        }

    def wait(self) -> None:
        """Wait for the device."""
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def generate(self, batch: int, new: int) -> dict[str, Any]:
        """Return seconds and the first row's new tokens."""
        self.model.model.rope_deltas = None
        given = self.inputs(self.ids, batch)
        self.wait()
        start = perf_counter()
        with self.torch.inference_mode():
            made = self.model.generate(**given, max_new_tokens=new, do_sample=False)
        self.wait()
        return {"seconds": perf_counter() - start, "tokens": made[0, len(self.ids) :].tolist()}

    def train(self, batch: int) -> dict[str, Any]:
        """Return seconds and loss of one step of LoRA; the first call adds the adapters."""
        if self.tuned is None:
            from peft import LoraConfig, get_peft_model

            config = LoraConfig(r=8, lora_alpha=16, target_modules=TARGETS, task_type="CAUSAL_LM")
            self.tuned = get_peft_model(self.model, config).train()
            for parameter in self.tuned.parameters():
                if parameter.requires_grad:
                    parameter.data = parameter.data.float()
            own = [parameter for parameter in self.tuned.parameters() if parameter.requires_grad]
            self.optimiser = self.torch.optim.AdamW(own, lr=1e-4, weight_decay=0.0)
        given = self.inputs(self.torch.cat([self.ids, self.answer]), batch)
        labels = self.torch.full_like(given["input_ids"], -100)
        labels[:, len(self.ids) :] = given["input_ids"][:, len(self.ids) :]
        self.wait()
        start = perf_counter()
        self.optimiser.zero_grad()
        with self.torch.autocast(self.device, self.torch.bfloat16, enabled=self.pixels.dtype != self.torch.float32):
            loss = self.tuned(**given, labels=labels).loss
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_([p for p in self.tuned.parameters() if p.requires_grad], 1.0)
        self.optimiser.step()
        self.wait()
        return {"seconds": perf_counter() - start, "loss": float(loss.detach())}


def main(folder: Path, threads: int, dtype: str) -> None:
    """Load the model and answer until the input ends."""
    peer = TorchPeer(folder, threads, dtype)
    for line in sys.stdin:
        asked = json.loads(line)
        found = peer.train(asked["batch"]) if asked["do"] == "train" else peer.generate(asked["batch"], asked["new"])
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
