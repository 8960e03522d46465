"""Means over classes, and which classes they are over: one setting for every task."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64

from mebench.metrics.str.figures import ratio

LABELS = ("declared", "present", "union")
"""Classes that the means are over: all that are declared, those of the truth, or those of truth and answers. A declared
class that the truth never has counts 0, so that even the truth itself scores below 1 (`absent_text`)."""

Values = Float64[np.ndarray, " b"]


def label_set(confusion: Int64[np.ndarray, "c predicted"], declared: Sequence[int], labels: str) -> tuple[int, ...]:
    """Return the places of the classes that the means are over.

    Args:
        confusion: rows by true class and predicted class; last column: no class.
        declared: places of the classes that are declared.
        labels: one of `LABELS`.
    """
    if labels == "declared":
        return tuple(declared)
    there = confusion.sum(1) > 0
    if labels == "union":
        there |= confusion[:, :-1].sum(0) > 0
    return tuple(np.flatnonzero(there).tolist())


def uf1_uar(confusion: Float64[np.ndarray, "b c predicted"], classes: tuple[int, ...]) -> tuple[Values, Values]:
    """Return mean F1 and mean recall over the classes; a class without rows scores 0; NaN where there is no row.

    The same as scikit-learn's f1_score and recall_score with these labels, average macro and zero_division 0.
    """
    right = np.einsum("bcc->bc", confusion[:, :, :-1])[:, list(classes)]
    true, said = confusion.sum(2)[:, list(classes)], confusion.sum(1)[:, list(classes)]
    rows = confusion.sum((1, 2))
    none = np.where(rows > 0, 0.0, np.nan)
    if not classes:
        return none * np.nan, none * np.nan
    return ratio(2 * right, true + said).mean(1) + none, ratio(right, true).mean(1) + none


AT_MOST = "at most "
"""How a sentence begins on a figure that even the truth as answer does not bring to 1."""

LEAVE_OUT = " (--labels present leaves them out)"


def absent_text(rows: Sequence[int], names: Sequence[str], else_: str = LEAVE_OUT) -> str:
    """Return what a mean over declared classes cannot exceed, and why; empty where it is 1.

    Args:
        rows: true rows of each declared class.
        names: of the classes.
        else_: how the sentence ends.
    """
    absent = [name for name, count in zip(names, rows, strict=True) if not count]
    if not absent:
        return ""
    if len(absent) == len(names):
        return f"{AT_MOST}0: no true row is of a declared class"
    return (
        f"{AT_MOST}{1 - len(absent) / len(names):.4f}: of {len(names)} declared classes these have no true row and "
        f"count 0: {', '.join(absent)}{else_}"
    )
