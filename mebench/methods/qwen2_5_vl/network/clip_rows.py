"""Rows of the vision tower by clip: questions about one clip share them, so that each clip goes through it once."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import jax
import numpy as np
from flax import nnx
from jaxtyping import Float

from mebench.methods.qwen2_5_vl.network.model import Qwen25VL
from mebench.methods.qwen2_5_vl.network.plan import Buckets, Placed, make_inputs


class ClipRows:
    """Rows that were computed, of all clips or of the last few."""

    def __init__(self, model: Qwen25VL, buckets: Buckets, kept: int | None = None) -> None:
        """Take the tower as it is; `kept` clips stay in memory, all where it is None."""
        self.config, self.buckets, self.kept = model.config, replace(buckets, prompts=1), kept
        graph, state = nnx.split(model)
        self._leaves, tree = jax.tree.flatten(state)
        self._rows: dict[str, Float[np.ndarray, "rows d"]] = {}
        self._program = jax.jit(
            lambda leaves, vision: nnx.merge(graph, jax.tree.unflatten(tree, leaves)).features(vision)
        )

    def with_model(self, model: Qwen25VL) -> "ClipRows":
        """Return one with the numbers of another model of the same structure, and no rows yet."""
        other = copy(self)
        other._leaves, other._rows = jax.tree.leaves(nnx.state(model)), {}
        return other

    def __call__(self, names: Sequence[str], placed: Sequence[Placed], rows: int) -> Float[np.ndarray, "rows d"]:
        """Return the rows of some prompts one after another, as `Inputs.features` wants them.

        Args:
            names: of the pictures that each prompt shows; one name must stand for the same pixels every time.
            placed: the prompts.
            rows: prompts that the batch has room for; the rest is 0.
        """
        found = [self._of(name, one) for name, one in zip(names, placed, strict=True)]
        return np.concatenate([*found, *[np.zeros_like(found[0])] * (rows - len(found))])

    def _of(self, name: str, one: Placed) -> Float[np.ndarray, "rows d"]:
        if name not in self._rows:
            vision = make_inputs([one], self.config, replace(self.buckets, tokens=len(one.prompt.ids))).vision
            while self.kept is not None and len(self._rows) >= self.kept:
                self._rows.pop(next(iter(self._rows)))
            self._rows[name] = np.asarray(self._program(self._leaves, vision))
        return self._rows[name]
