"""A checkpoint with a LoRA adapter added to its weights: a folder like any other, for use without the adapter."""

import contextlib
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from mebench.atomic import write_bytes
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.peft_files import stored_adapter
from mebench.methods.qwen2_5_vl.network.tensor_file import stored_tensors, write_changed
from mebench.methods.qwen2_5_vl.network.weights import model_name, weight_files
from mebench.sealed.document import DamagedFile, read_sealed, write_sealed

BESIDE = ("*.json", "*.tiktoken", "*.txt")
"""Files of a checkpoint that are copied as they are: sizes, index, tokeniser."""

MARK = "merging.json"
"""Lies in an output until it is whole: the names of its files."""

_KEY = "merging"


def write_merged(weights: Path, adapter: Path, out: Path) -> list[Path]:
    """Write the checkpoint with W + alpha / rank * B A in place of each adapted W; return the files of weights.

    Tensors keep their names, types and files; one is in memory at a time. What a merge that was killed left in `out` is
    known by its mark, and replaced.

    Args:
        weights: folder of the checkpoint.
        adapter: folder with PEFT's two files.
        out: folder that is missing, empty, or left by a merge that was killed.

    Raises:
        MebenchError: a file is missing or damaged, the adapter is of another model, a number overflows, or `out` holds
            something else.
    """
    _clear(out)
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
        if found is None:
            return numbers
        with np.errstate(over="ignore", invalid="ignore"):  # `write_changed` names the tensor
            return numbers.astype(np.float32) + found.product()

    beside = sorted({path for pattern in BESIDE for path in weights.glob(pattern)})
    write_sealed(out / MARK, _KEY, [path.name for path in (*weight_files(weights), *beside)])
    for path in weight_files(weights):
        write_changed(out / path.name, stored_tensors(path), changed)
    for path in beside:
        write_bytes(out / path.name, path.read_bytes())
    (out / MARK).unlink()
    return [out / path.name for path in weight_files(weights)]


def _clear(out: Path) -> None:
    """Remove what a merge that was killed left in a folder.

    Raises:
        MebenchError: the folder holds anything else.
    """
    if not out.exists():
        return
    refused = f"{out} holds something already; give a new or empty folder with --out"
    if not out.is_dir():
        raise MebenchError(refused)
    found = sorted(out.iterdir())
    names = {MARK}
    with contextlib.suppress(FileNotFoundError, DamagedFile):
        names |= set(read_sealed(out / MARK, _KEY))
    for path in found:
        begun = path.name.startswith(".") and path.suffix == ".tmp" and any(path.name[1:].startswith(n) for n in names)
        if not path.is_file() or not (path.name in names or begun):
            raise MebenchError(f"{refused} ({path.name} is of no unfinished merge)")
    for path in sorted(found, key=lambda path: path.name == MARK):
        path.unlink()
