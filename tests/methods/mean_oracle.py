"""MEAN in plain numpy and scipy, float64: what every other form is held against (mebench/docs/mean.md, Network)."""

import jax
import numpy as np
from scipy.signal import correlate


def oracle(weights, windows):
    """Return spotting scores and class probabilities."""
    tree = jax.tree.map(lambda a: np.asarray(a, np.float64), weights)
    pairs = [_oracle(tree, np.asarray(window, np.float64)) for window in windows]
    return np.array([score for score, _ in pairs]), np.stack([p for _, p in pairs])


def convolve(x, conv):
    padded = np.pad(x, ((2, 2), (2, 2), (0, 0)))
    planes = [correlate(padded, conv["kernel"][..., o], "valid")[..., 0] for o in range(conv["kernel"].shape[-1])]
    return np.maximum(np.stack(planes, -1) + conv["bias"], 0)


def pool(x, n):
    h, w, c = x.shape
    return x.reshape(h // n, n, w // n, n, c).max(axis=(1, 3))


def _oracle(tree, window):
    maps = []
    for i, name in enumerate(("u", "v", "strain")):
        norm, stats = tree.params[name]["norm"], tree.stats[name]["norm"]
        x = convolve(window[..., i : i + 1], tree.params[name]["conv"])
        maps.append(pool((x - stats["mean"]) / np.sqrt(stats["var"] + 1e-3) * norm["scale"] + norm["bias"], 3))
    maps = np.concatenate(maps, -1)
    outputs = []
    for name in ("spotting", "recognition"):
        head = tree.params[name]
        outputs.append(pool(convolve(maps, head["conv"]), 2).ravel() @ head["dense"]["kernel"] + head["dense"]["bias"])
    power = np.exp(outputs[1] - outputs[1].max())
    return outputs[0][0], power / power.sum()
