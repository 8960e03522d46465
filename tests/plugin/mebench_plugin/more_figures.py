"""Figures of spotting that mebench does not have."""

import numpy as np


def f2_s(precision_s, recall_s):
    """Return F2 of spotting, in which recall counts four times as much as precision; NaN where both are 0."""
    weighed = 4 * precision_s + recall_s
    return np.divide(5 * precision_s * recall_s, weighed, out=np.full(len(weighed), np.nan), where=weighed > 0)


def right_pairs(confusion):
    """Return the share of found micro-expressions that also have the right emotion; NaN where none is found."""
    pairs, right = confusion.sum((1, 2)), np.einsum("bcc->b", confusion[:, :, :-1])
    return np.divide(right, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
