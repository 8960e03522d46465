"""Figures of spotting that mebench does not have."""

import numpy as np


def f2_s(precision_s, recall_s):
    """Return F2 of spotting, in which recall counts more than precision."""
    return 5 * precision_s * recall_s / (4 * precision_s + recall_s)


def right_pairs(confusion):
    """Return the share of found micro-expressions that also have the right emotion."""
    return np.einsum("bcc->b", confusion[:, :, :-1]) / confusion.sum((1, 2))
