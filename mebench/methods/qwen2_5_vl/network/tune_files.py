"""Saved states of fine-tuning (orbax): training goes on from them to the same bits."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.finetune import TuneState
from mebench.sealed.steps import Say, keep_whole_steps, seal_step

KEPT = 2
"""States that stay; older ones are deleted."""


class TuneFiles:
    """The saved states of one fine-tuning, numbered by the steps that are done."""

    def __init__(self, manager: ocp.CheckpointManager, folder: Path, key: str) -> None:
        self._manager, self._folder, self._key = manager, folder, key

    def save(self, state: TuneState) -> None:
        """Write a state and wait until it is whole on the disk."""
        step = int(state.step)
        self._manager.save(step, args=ocp.args.StandardSave(_leaves(state)))
        self._manager.wait_until_finished()
        seal_step(self._folder, self._key, step)

    def restore(self, like: TuneState) -> TuneState | None:
        """Return the last whole state, or None where there is none yet.

        Args:
            like: a state of the same adapters, as `Finetuner.start` returns; only its shapes and devices count.

        Raises:
            MebenchError: the state is of other adapters, or of an orbax that this one cannot read.
        """
        step = self._manager.latest_step()
        if step is None:
            return None
        try:
            found: dict[str, Any] = self._manager.restore(step, args=ocp.args.StandardRestore())
        except (ValueError, OSError, KeyError) as error:
            raise MebenchError(
                f"state {step} in {self._folder} cannot be read; delete its folder to go on from the one before"
            ) from error
        expected = _leaves(like)
        shapes = [{name: (np.shape(leaf), leaf.dtype) for name, leaf in tree.items()} for tree in (expected, found)]
        if shapes[0] != shapes[1]:
            raise MebenchError(
                f"state {step} in {self._folder} is of other adapters than this model's; delete it to tune anew"
            )
        leaves = [jax.device_put(np.asarray(found[name]), leaf.sharding) for name, leaf in expected.items()]
        return jax.tree.unflatten(jax.tree.structure(like), [jnp.asarray(leaf) for leaf in leaves])


@contextmanager
def open_tune_files(folder: Path, key: str, say: Say) -> Iterator[TuneFiles]:
    """Open the folder of states, which is made where it is missing; on leaving, every save is whole.

    Args:
        folder: of one fine-tuning.
        key: what the states are of, as run and fold; those of another count as damaged.
        say: is told of states that are damaged; they are deleted.
    """
    keep_whole_steps(folder, key, say)
    options = ocp.CheckpointManagerOptions(max_to_keep=KEPT, enable_async_checkpointing=False)
    with ocp.CheckpointManager(folder.absolute(), options=options) as manager:
        yield TuneFiles(manager, folder, key)


def _leaves(state: TuneState) -> dict[str, Any]:
    """Return the arrays of a state by name, in order of the tree."""
    named = jax.tree_util.tree_leaves_with_path(state)
    return {jax.tree_util.keystr(path): leaf for path, leaf in named}
