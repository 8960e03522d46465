"""Checkpoints of the training of all folds (orbax): the same bits again; a kill or damage costs only that one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from jaxtyping import Float

from mebench.errors import MebenchError
from mebench.sealed.steps import Say, keep_whole_steps, seal_step

KEPT = 2
"""Checkpoints that stay; older ones are deleted."""


class Checkpoints:
    """The checkpoints of one run, numbered by the epochs that are done in all stages."""

    def __init__(self, manager: ocp.CheckpointManager, folder: Path, key: str) -> None:
        self._manager, self._folder, self._key = manager, folder, key

    def save(self, number: int, state: Any, losses: dict[str, Float[np.ndarray, "f e *s"]]) -> None:
        """Write a checkpoint and wait until it is whole on the disk.

        Args:
            number: of epochs that are done.
            state: of all folds, a tree of arrays.
            losses: of each stage so far, as `spotting`; an empty one is left out.
        """
        tree = {"state": _leaves(state), "losses": {name: value for name, value in losses.items() if value.size}}
        self._manager.save(number, args=ocp.args.StandardSave(tree))
        self._manager.wait_until_finished()
        seal_step(self._folder, self._key, number)

    def restore(self, like: Any) -> tuple[Any, dict[str, Float[np.ndarray, "f e *s"]]] | None:
        """Return the last whole checkpoint, or None where there is none yet.

        Args:
            like: an untrained state of the same folds; its shapes count, and its `keys`, the numbers of the folds.

        Raises:
            MebenchError: the checkpoint is of other folds, or of an orbax that this one cannot read.
        """
        step = self._manager.latest_step()
        if step is None:
            return None
        try:
            tree: dict[str, Any] = self._manager.restore(step, args=ocp.args.StandardRestore())
        except (ValueError, OSError, KeyError) as error:
            raise MebenchError(
                f"checkpoint {step} in {self._folder} cannot be read; delete its folder to go on from the one before"
            ) from error
        expected, found = _leaves(like), tree["state"]
        same = expected.keys() == found.keys() and all(
            np.shape(found[name]) == np.shape(leaf) and found[name].dtype == leaf.dtype
            for name, leaf in expected.items()
        )
        if not same or not np.array_equal(found["keys"], np.asarray(like.keys)):
            raise MebenchError(
                f"checkpoint {step} in {self._folder} is of other folds or classes than this experiment's; "
                "delete that folder to train anew"
            )
        leaves = [jnp.asarray(np.asarray(found[name])) for name in expected]
        state = jax.tree.unflatten(jax.tree.structure(like), leaves)
        return state, {name: np.asarray(value) for name, value in tree["losses"].items()}


@contextmanager
def open_checkpoints(folder: Path, key: str, say: Say) -> Iterator[Checkpoints]:
    """Open the folder of checkpoints, which is made where it is missing; on leaving, every save is whole.

    Args:
        folder: of one run.
        key: what the checkpoints are of, as the id of the run; those of another count as damaged.
        say: is told of checkpoints that are damaged; they are deleted.
    """
    keep_whole_steps(folder, key, say)
    options = ocp.CheckpointManagerOptions(max_to_keep=KEPT, enable_async_checkpointing=False)
    with ocp.CheckpointManager(folder.absolute(), options=options) as manager:
        yield Checkpoints(manager, folder, key)


def _leaves(state: Any) -> dict[str, Any]:
    """Return the arrays of a state by name, in order of the tree: `weights.params.u.conv.kernel`."""
    named = jax.tree_util.tree_leaves_with_path(state)
    return {jax.tree_util.keystr(path, simple=True, separator="."): leaf for path, leaf in named}
