"""MEAN's published Keras weights (HDF5, one file a subject) to our own flat `.npz` (mebench/docs/mean.md, Weights).

Layers are told apart by their order in `layer_names` and by their shapes, never by the numbers in their names, which
differ from file to file.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax.numpy as jnp
import numpy as np

from mebench.atomic import write_bytes
from mebench.errors import MebenchError
from mebench.methods.mean.keras_file import Layer, read_layers
from mebench.methods.mean.network import HEAD_CHANNELS, HEAD_FEATURES, STREAM_CHANNELS, MeanWeights, Tree
from mebench.sealed.npz_files import read_arrays

Kind = Literal["spot", "recog", "spot_recog"]

SUFFIXES = (".h5", ".hdf5")
HEADS = ("spotting", "recognition")
_MAPS = sum(STREAM_CHANNELS.values())
_NORM = {"gamma": "scale", "beta": "bias", "moving_mean": "mean", "moving_variance": "var"}


@dataclass(frozen=True)
class ImportedFile:
    """One file of weights that was read, and what it held.

    Attributes:
        source: the HDF5 file.
        target: the `.npz` file that was written.
        kind: which heads it has.
        num_classes: of the recognition head; 0 where there is none.
    """

    source: Path
    target: Path
    kind: Kind
    num_classes: int


def import_keras(directory: Path, out: Path) -> list[ImportedFile]:
    """Write `<out>/<relative path>.npz` for every HDF5 file below a folder, and return what was read, by name.

    Raises:
        MebenchError: there is no such file, two of them would get the same name, or one is not MEAN's.
    """
    sources = sorted(path for path in directory.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not sources:
        raise MebenchError(f"no Keras weights ({', '.join(SUFFIXES)}) below {directory}; give the folder that has them")
    targets = [(out / path.relative_to(directory)).with_suffix(".npz") for path in sources]
    for i, target in enumerate(targets[1:], 1):
        if target in targets[:i]:
            raise MebenchError(f"{sources[i]} and another file would both become {target}; rename one of them")
    return [_import_file(source, target) for source, target in zip(sources, targets, strict=True)]


def _import_file(source: Path, target: Path) -> ImportedFile:
    weights = read_keras(source)
    save_mean(weights, target)
    heads = weights.params.keys() & set(HEADS)
    kind: Kind = "spot_recog" if len(heads) == 2 else "spot" if heads == {"spotting"} else "recog"
    classes = weights.params["recognition"]["dense"]["bias"].shape[0] if "recognition" in heads else 0
    return ImportedFile(source, target, kind, classes)


def read_keras(path: Path) -> MeanWeights:
    """Return the weights of one file that Keras' `save_weights` wrote: the streams and one head or both.

    Raises:
        MebenchError: it is no HDF5 file, or a layer is missing or has another shape than MEAN's.
    """
    layers = read_layers(path)
    streams, stats = _streams(layers, path)
    return MeanWeights({**streams, **_heads(layers, path)}, stats)


def _streams(layers: list[tuple[str, Layer]], path: Path) -> tuple[Tree, Tree]:
    """Return parameters and statistics of u, v and strain: the next conv and the next batch norm of their width."""
    params: Tree = {}
    stats: Tree = {}
    convs = [entry for entry in layers if _shape(entry, "kernel")[:3] == (5, 5, 1)]
    norms = [entry for entry in layers if "gamma" in entry[1]]
    for name, channels in STREAM_CHANNELS.items():
        conv = _take(convs, "kernel", (5, 5, 1, channels), f"convolution of stream {name}", path)
        norm = _take(norms, "gamma", (channels,), f"batch norm of stream {name}", path)
        ours = {_NORM[key]: norm[key] for key in _NORM}
        params[name] = {"conv": conv, "norm": {key: ours[key] for key in ("scale", "bias")}}
        stats[name] = {"norm": {key: ours[key] for key in ("mean", "var")}}
    _refuse_rest(convs + norms, path)
    return params, stats


def _heads(layers: list[tuple[str, Layer]], path: Path) -> Tree:
    """Return the heads that the file has; the first convolution of a head belongs to the first dense layer."""
    convs = [entry for entry in layers if len(_shape(entry, "kernel")) == 4 and _shape(entry, "kernel")[2] != 1]
    dense = [entry for entry in layers if len(_shape(entry, "kernel")) == 2]
    if not dense:
        raise MebenchError(f"{path}: the dense layer (392 to 1, or to the classes) is missing; it has no head of MEAN")
    heads: Tree = {}
    for entry in dense:
        outputs = _shape(entry, "kernel")[1]
        head = "spotting" if outputs == 1 else "recognition"
        if head in heads:
            raise MebenchError(f"{path}: layer {entry[0]!r} is a second {head} head; MEAN has one")
        conv = _take(convs, "kernel", (5, 5, _MAPS, HEAD_CHANNELS), f"convolution of the {head} head", path)
        found = _take([entry], "kernel", (HEAD_FEATURES, outputs), f"dense layer of the {head} head", path)
        heads[head] = {"conv": conv, "dense": found}
    _refuse_rest(convs, path)
    return heads


def _shape(entry: tuple[str, Layer], array: str) -> tuple[int, ...]:
    return entry[1][array].shape if array in entry[1] else ()


def _take(entries: list[tuple[str, Layer]], array: str, shape: tuple[int, ...], what: str, path: Path) -> Layer:
    """Remove and return the first layer whose array has the shape; the others are vectors as long as its last axis."""
    for i, (name, layer) in enumerate(entries):
        if layer[array].shape == shape:
            others = {"bias"} if array == "kernel" else set(_NORM) - {"gamma"}
            for other in sorted(others):
                if other not in layer or layer[other].shape != shape[-1:]:
                    raise MebenchError(f"{path}: layer {name!r} ({what}) needs {other!r} of shape {shape[-1:]}")
            del entries[i]
            return layer
    seen = ", ".join(f"{name} {layer[array].shape}" for name, layer in entries) or "none is left"
    raise MebenchError(f"{path}: the {what} is missing; it needs {array} {shape}, and there are: {seen}")


def _refuse_rest(entries: list[tuple[str, Layer]], path: Path) -> None:
    if entries:
        raise MebenchError(f"{path}: layer {entries[0][0]!r} has no place in MEAN; give the weights of MEAN itself")


def save_mean(weights: MeanWeights, path: Path) -> None:
    """Write the weights as `.npz` with flat names, `params/u/conv/kernel` and so on; whole or not at all."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(_flat({"params": weights.params, "stats": weights.stats})))
    write_bytes(path, buffer.getvalue())


def _flat(tree: Tree, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    for key in sorted(tree):
        name, value = f"{prefix}{key}", tree[key]
        if isinstance(value, dict):
            yield from _flat(value, f"{name}/")
        else:
            yield name, np.asarray(value)


def load_mean(path: Path, *others: Path) -> MeanWeights:
    """Return the weights that `save_mean` or `import_keras` wrote.

    Args:
        path: the file of the streams; a file of kind `spot` or `recog` has one head only.
        others: files from which heads are taken that the first does not have.

    Raises:
        MebenchError: a file cannot be read or is none of these.
    """
    first = _load(path)
    params = dict(first.params)
    for other in others:
        params = {**_load(other).params, **params}
    return MeanWeights(params, first.stats)


def _load(path: Path) -> MeanWeights:
    try:
        with path.open("rb") as file:
            arrays = read_arrays(file)
    except (OSError, ValueError) as error:
        raise MebenchError(f"{path} cannot be read as weights of MEAN; write it anew with import_keras") from error
    ends = {head: arrays.get(f"params/{head}/dense/bias", np.zeros(0)) for head in HEADS}
    wanted = _shapes({head: bias.shape[0] for head, bias in ends.items() if bias.ndim == 1 and len(bias)})
    if wrong := sorted(name for name in wanted.keys() | arrays.keys() if _shape_of(arrays, name) != wanted.get(name)):
        raise MebenchError(
            f"{path} holds no weights of MEAN: {wrong[0]} has shape {_shape_of(arrays, wrong[0])}, MEAN's is "
            f"{wanted.get(wrong[0])}; give a file that import_keras wrote"
        )
    tree: Tree = {}
    for name, array in arrays.items():
        if not np.isfinite(array).all() or (name.endswith("/var") and (array < 0).any()):
            raise MebenchError(f"{path}: {name} holds a number that cannot be; write it anew with import_keras")
        *parents, last = name.split("/")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = jnp.asarray(array, jnp.float32)
    return MeanWeights(tree["params"], tree["stats"])


def _shape_of(arrays: Mapping[str, np.ndarray], name: str) -> tuple[int, ...] | None:
    return arrays[name].shape if name in arrays and arrays[name].dtype.kind == "f" else None


def _shapes(outputs: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array by its flat name; `outputs` are those of the heads that there are."""
    found: dict[str, tuple[int, ...]] = {}
    for name, channels in STREAM_CHANNELS.items():
        found[f"params/{name}/conv/kernel"] = (5, 5, 1, channels)
        vectors = ("conv/bias", "norm/scale", "norm/bias")
        found |= {f"params/{name}/{vector}": (channels,) for vector in vectors}
        found |= {f"stats/{name}/norm/{vector}": (channels,) for vector in ("mean", "var")}
    for name, classes in outputs.items():
        found[f"params/{name}/conv/kernel"] = (5, 5, _MAPS, HEAD_CHANNELS)
        found[f"params/{name}/conv/bias"] = (HEAD_CHANNELS,)
        found[f"params/{name}/dense/kernel"] = (HEAD_FEATURES, classes)
        found[f"params/{name}/dense/bias"] = (classes,)
    return found
