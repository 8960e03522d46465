"""Losses of fine-tuning: a sealed file a fold beside its saved states, and `metrics.jsonl`, which is made of them."""

import json
from pathlib import Path

import numpy as np

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.record.run_folder import RunFolder
from mebench.sealed.document import read_sealed, write_sealed


class TuningLosses:
    """The losses of one fold; device numbers are read only when they are written, so that steps do not wait."""

    def __init__(self, folder: RunFolder, fold: str) -> None:
        """Read what an earlier start left.

        Raises:
            DamagedFile: that is not what was written.
        """
        self._folder, self._fold, self._new = folder, fold, list[object]()
        try:
            self._known: list[float] = read_sealed(losses_file(folder, fold), _key(folder, fold))
        except FileNotFoundError:
            self._known = []

    def __len__(self) -> int:
        """Number of steps whose losses are written."""
        return len(self._known)

    def forget(self, done: int) -> None:
        """Drop those of steps that are done again."""
        self._known = self._known[:done]

    def add(self, loss: object) -> None:
        """Take the loss of the next step."""
        self._new.append(loss)

    def write(self) -> None:
        """Write every loss.

        Raises:
            MebenchError: a loss is no number, or the file cannot be written.
        """
        for loss in self._new:
            value, step = float(np.asarray(loss)), len(self._known) + 1
            if not np.isfinite(value):
                raise MebenchError(
                    f"step {step} of tuning.loss.{self._fold} diverged (loss {value}); lower lora.learning_rate"
                )
            self._known.append(value)
        self._new.clear()
        write_sealed(losses_file(self._folder, self._fold), _key(self._folder, self._fold), self._known)


def write_metrics(folder: RunFolder, folds: list[str]) -> None:
    """Write `metrics.jsonl`, a line a step: the losses of these folds, as far as they have come.

    Raises:
        DamagedFile: those of a fold are not what was written.
    """
    lines = []
    for fold in folds:
        losses: list[float] = []
        if losses_file(folder, fold).exists():
            losses = read_sealed(losses_file(folder, fold), _key(folder, fold))
        rows = ({"step": step, "name": f"tuning.loss.{fold}", "value": value} for step, value in enumerate(losses, 1))
        lines += [json.dumps(row) + "\n" for row in rows]
    write_text(folder.metrics, "".join(lines))


def losses_file(folder: RunFolder, fold: str) -> Path:
    """Return where the losses of a fold lie."""
    return folder.checkpoints / fold / "losses.json"


def _key(folder: RunFolder, fold: str) -> dict[str, str]:
    return {"what": "losses", "run": folder.run_id, "fold": fold}
