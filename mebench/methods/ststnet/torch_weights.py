"""Published weights of STSTNet: one file of `torch.save` for each left-out subject."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Float32

from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.methods.picture_training import NetworkState
from mebench.methods.ststnet.network import FILTERS, Network
from mebench.torch_files.reading import read_tensors

Arrays = dict[str, Float32[np.ndarray, "..."]]
"""Arrays of one network by their paths in `Network`, as `conv.kernel`."""

CLASSES = 3


def fold_states(folder: Path, folds: Sequence[Fold]) -> NetworkState:
    """Return the weights of each fold, folds on the first axis: those of the file named after its one test subject.

    Raises:
        MebenchError: a fold tests several subjects, there is no file for one, or it holds something else.
    """
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *(_state(folder, fold) for fold in folds))


def folder_hash(folder: Path) -> str:
    """Return the sha256 over the names and bytes of a folder's files.

    Raises:
        MebenchError: there is none.
    """
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.pth"))
    if not files:
        raise MebenchError(
            f"no *.pth file in {folder}; STSTNet's authors have theirs in STSTNet_Weights of their repository"
        )
    return files


def _state(folder: Path, fold: Fold) -> NetworkState:
    path = folder / f"{fold.test[0]}.pth"
    if len(fold.test) != 1 or path not in _files(folder):
        raise MebenchError(
            f"{folder} has no weights for fold {fold.name}, which tests {', '.join(fold.test)}; the authors' are one "
            "file a left-out subject of megc2019_flow, with protocol.kind loso"
        )
    arrays = arrays_of(read_tensors(path), str(path))
    network = Network(None, CLASSES, nnx.Rngs(0))
    for name, array in arrays.items():
        part, kind = name.split(".")
        getattr(getattr(network, part), kind).set_value(jnp.asarray(array))
    return NetworkState(nnx.state(network, nnx.Param), nnx.state(network, nnx.BatchStat), None)


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
