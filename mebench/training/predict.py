"""Scores and class probabilities of any number of windows, in batches of one size; memory does not grow with them."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float16, Float32

from mebench.errors import MebenchError
from mebench.models import mean_cells
from mebench.models.mean import MeanWeights

BATCH = 256
"""Windows of one call; the last batch is filled up, so there is one compiled shape."""

_infer = jax.jit(mean_cells.infer)


def predict_windows(
    weights: MeanWeights, windows: Float16[np.ndarray, "n 42 42 3"]
) -> tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, "n c"]]:
    """Return the spotting score and the class probabilities of each window.

    A window's result does not depend on the windows beside it, nor on how many there are.

    Args:
        weights: of one fold (`mebench.training.folds.fold_weights`), with both heads.
        windows: any number; a memory-mapped file is read a batch at a time.

    Raises:
        MebenchError: a head is missing.
    """
    missing = sorted({"spotting", "recognition"} - weights.params.keys())
    if missing:
        raise MebenchError(
            f"the weights have no {missing[0]} head; load the file that has it as well (mebench.models.mean_keras)"
        )
    classes = weights.params["recognition"]["dense"]["bias"].shape[0]
    scores = np.empty(len(windows), np.float32)
    probabilities = np.empty((len(windows), classes), np.float32)
    for start in range(0, len(windows), BATCH):
        part = np.asarray(windows[start : start + BATCH])
        score, probability = _infer(weights, jnp.asarray(_filled(part)))
        scores[start : start + BATCH] = np.asarray(score)[: len(part)]
        probabilities[start : start + BATCH] = np.asarray(probability)[: len(part)]
    return scores, probabilities


def _filled(part: Float16[np.ndarray, "k 42 42 3"]) -> Float16[np.ndarray, "b 42 42 3"]:
    return np.pad(part, ((0, BATCH - len(part)), (0, 0), (0, 0), (0, 0)))
