"""A checkpoint with a LoRA adapter added to its weights: a folder like any other, for use without the adapter."""

import shutil
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from mebench.errors import MebenchError
from mebench.models.qwen2_5_vl.peft_files import stored_adapter
from mebench.models.qwen2_5_vl.tensor_file import stored_tensors, write_changed
from mebench.models.qwen2_5_vl.weights import model_name, weight_files

BESIDE = ("*.json", "*.tiktoken", "*.txt")
"""Files of a checkpoint that are copied as they are: sizes, index, tokeniser."""


def write_merged(weights: Path, adapter: Path, out: Path) -> list[Path]:
    """Write the checkpoint with W + alpha / rank * B A in place of each adapted W; return the files of weights.

    Tensors keep their names, types and files; one is in memory at a time.

    Args:
        weights: folder of the checkpoint.
        adapter: folder with PEFT's two files.
        out: folder that is missing or empty.

    Raises:
        MebenchError: a file is missing or damaged, the adapter is of another model, or `out` holds something.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise MebenchError(f"{out} holds something already; give a new or empty folder with --out")
    products = stored_adapter(adapter)
    shapes = {model_name(key): one.shape for path in weight_files(weights) for key, one in stored_tensors(path).items()}
    for name, matrices in products.items():
        if shapes.get(f"{name}.weight") != matrices.shape:
            raise MebenchError(
                f"{adapter}: {name} adapts a matrix of shape {list(matrices.shape)}, the checkpoint in {weights} has "
                f"{shapes.get(f'{name}.weight', 'none')}; give the checkpoint that the adapter was tuned on"
            )

    def changed(key: str, numbers: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
        found = products.get(model_name(key).removesuffix(".weight"))
        return numbers if found is None else numbers.astype(np.float32) + found.product()

    written = []
    for path in weight_files(weights):
        write_changed(out / path.name, stored_tensors(path), changed)
        written.append(out / path.name)
    for path in sorted({path for pattern in BESIDE for path in weights.glob(pattern)}):
        shutil.copyfile(path, out / path.name)
    return written
