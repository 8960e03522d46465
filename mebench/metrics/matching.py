"""Which predicted interval belongs to which true one, inside one video."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_BLOCK = 1 << 21
"""IoU values held at once: 16 MiB, however many predictions a video has."""


@dataclass(frozen=True, eq=False)
class Edges:
    """Pairs of a prediction and a truth whose IoU is high enough, in order of prediction, then truth.

    Attributes:
        pred, truth: row of either, in the video's own order.
        iou: intersection over union in frames.
    """

    pred: Int64[np.ndarray, " e"]
    truth: Int64[np.ndarray, " e"]
    iou: Float64[np.ndarray, " e"]


def iou_matrix(
    onset: Int64[np.ndarray, " p"],
    offset: Int64[np.ndarray, " p"],
    true_onset: Int64[np.ndarray, " g"],
    true_offset: Int64[np.ndarray, " g"],
) -> Float64[np.ndarray, "p g"]:
    """Return intersection over union in frames of every pair; both ends count (mebench/docs/str.md).

    An interval whose offset lies before its onset holds no frame: its IoU is 0, as in the organisers' script.
    """
    low, high = np.maximum.outer(onset, true_onset), np.minimum.outer(offset, true_offset)
    shared = np.maximum(0, high - low + 1)
    lengths = np.maximum(0, offset - onset + 1), np.maximum(0, true_offset - true_onset + 1)
    union = np.add.outer(*lengths) - shared
    return shared / np.maximum(union, 1)


def edges(
    onset: Int64[np.ndarray, " p"],
    offset: Int64[np.ndarray, " p"],
    true_onset: Int64[np.ndarray, " g"],
    true_offset: Int64[np.ndarray, " g"],
    least: float,
) -> Edges:
    """Return the pairs with an IoU of at least `least` (above 0)."""
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    step = max(1, _BLOCK // max(1, len(true_onset)))
    for start in range(0, len(onset), step):
        block = slice(start, start + step)
        iou = iou_matrix(onset[block], offset[block], true_onset, true_offset)
        pred, truth = np.nonzero(iou >= least)
        found.append((pred + start, truth, iou[pred, truth]))
    none = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    pred, truth, iou = (np.concatenate(parts) for parts in zip(none, *found, strict=True))
    return Edges(pred, truth, iou)


def first_come(pairs: Edges, truths: int) -> Int64[np.ndarray, " g"]:
    """Return for each true interval the first prediction in file order that reaches it, -1 where none does.

    This is the walk of the organisers' script without its loops: it never stops at a match, so a true interval goes to
    the first prediction that fits, whatever else that prediction has taken.
    """
    taker = np.full(truths, -1, np.int64)
    hit, first = np.unique(pairs.truth, return_index=True)  # edges are in order of prediction
    taker[hit] = pairs.pred[first]
    return taker


def one_to_one(pairs: Edges) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]:
    """Return predictions and truths of the matching with most pairs and, among those, the largest total IoU.

    Each connected component is solved by itself (`scipy.optimize.linear_sum_assignment`) with the weight 1 + n + IoU of
    an edge, n the most pairs the component can have: the sum of n IoUs is at most n, so one more pair always wins.
    Ties are decided by the order of rows; sort them first where that must not depend on a file.
    """
    if len(pairs.pred) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    _, pred = np.unique(pairs.pred, return_inverse=True)
    _, truth = np.unique(pairs.truth, return_inverse=True)
    component = _components(pred, truth)
    order = np.argsort(component, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(component[order])) + 1)
    chosen = np.sort(np.concatenate([_best_in(part, pred, truth, pairs.iou) for part in parts]))
    return pairs.pred[chosen], pairs.truth[chosen]


def greedy_by_rank(pairs: Edges) -> Int64[np.ndarray, " m"]:
    """Return the predictions matched when they are taken in order, each its free truth of highest IoU.

    This is the rule of detection benchmarks (ActivityNet's evaluation): the rows of predictions must stand in order of
    descending score. A truth of equal IoU that comes first wins.
    """
    if len(np.unique(pairs.pred)) == len(pairs.pred) == len(np.unique(pairs.truth)):
        return pairs.pred
    taken_pred: set[int] = set()
    taken_truth: set[int] = set()
    order = np.lexsort((pairs.truth, -pairs.iou, pairs.pred))
    for pred, truth in zip(pairs.pred[order].tolist(), pairs.truth[order].tolist(), strict=True):
        if pred not in taken_pred and truth not in taken_truth:
            taken_pred.add(pred)
            taken_truth.add(truth)
    return np.array(sorted(taken_pred), dtype=np.int64)


def _components(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    size = int(pred.max()) + int(truth.max()) + 2
    graph = coo_array((np.ones(len(pred), np.int8), (pred, truth + int(pred.max()) + 1)), shape=(size, size))
    return connected_components(graph.tocsr(), directed=False)[1][pred]


def _best_in(part: np.ndarray, pred: np.ndarray, truth: np.ndarray, iou: np.ndarray) -> np.ndarray:
    """Return the edges of one component that its best matching uses."""
    if len(part) == 1:
        return part
    row = np.unique(pred[part], return_inverse=True)[1]
    column = np.unique(truth[part], return_inverse=True)[1]
    shape = int(row.max()) + 1, int(column.max()) + 1
    weight, edge = np.zeros(shape), np.full(shape, -1, np.int64)
    weight[row, column] = 1 + min(shape) + iou[part]
    edge[row, column] = part
    used = edge[linear_sum_assignment(weight, maximize=True)]
    return used[used >= 0]
