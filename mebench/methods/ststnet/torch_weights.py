"""Import of STSTNet's published weights: one file of `torch.save` for each left-out subject."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from mebench.errors import MebenchError
from mebench.methods.ststnet.network import FILTERS
from mebench.torch_files.reading import read_tensors

Arrays = dict[str, Float32[np.ndarray, "..."]]
"""Arrays of one network by their paths in `Network`, as `conv.kernel`."""

CLASSES = 3


def read_folder(folder: Path) -> dict[str, Arrays]:
    """Return the arrays of each file of a folder, by the subject that its name tells (`006.pth`).

    Raises:
        MebenchError: no such file there, or one that holds something else.
    """
    files = sorted(folder.glob("*.pth"))
    if not files:
        raise MebenchError(
            f"no *.pth file in {folder}; STSTNet's authors have theirs in STSTNet_Weights of their repository"
        )
    return {path.stem: arrays_of(read_tensors(path), str(path)) for path in files}


def arrays_of(tensors: Mapping[str, np.ndarray], where: str) -> Arrays:
    """Return one file's tensors in the order of `Network`: three convolutions side by side, channels last.

    Raises:
        MebenchError: a tensor is missing or has another shape.
    """

    def take(name: str, *shape: int) -> Float32[np.ndarray, "..."]:
        found = tensors.get(name)
        if found is None or found.shape != shape:
            told = "is missing" if found is None else f"has the shape {found.shape}"
            raise MebenchError(
                f"{where}: {name} {told} where STSTNet has {shape}; give a folder of STSTNet's own weights"
            )
        return found.astype(np.float32)

    def streams(name: str, kind: str) -> Float32[np.ndarray, " 16"]:
        return np.concatenate([take(f"{name}{i}.{kind}", width) for i, width in enumerate(FILTERS, start=1)])

    kernels = [take(f"conv{i}.weight", width, 3, 3, 3) for i, width in enumerate(FILTERS, start=1)]
    dense = take("fc.weight", CLASSES, 25 * sum(FILTERS)).reshape(CLASSES, sum(FILTERS), 5, 5)
    return {
        "conv.kernel": np.concatenate(kernels).transpose(2, 3, 1, 0).reshape(27, -1),  # row, column, channel; filter
        "conv.bias": streams("conv", "bias"),
        "norm.scale": streams("bn", "weight"),
        "norm.bias": streams("bn", "bias"),
        "norm.mean": streams("bn", "running_mean"),
        "norm.var": streams("bn", "running_var"),
        "dense.kernel": dense.transpose(2, 3, 1, 0).reshape(-1, CLASSES),
        "dense.bias": take("fc.bias", CLASSES),
    }
