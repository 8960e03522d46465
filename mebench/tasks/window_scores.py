"""What a model says of each window of a video, as a file."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from mebench.atomic import write_bytes


@dataclass(frozen=True)
class WindowScores:
    """Spotting score and class probabilities of each window; window i begins at frame i."""

    spotting: Float32[np.ndarray, " n"]
    recognition: Float32[np.ndarray, "n c"]


def write_scores(folder: Path, video_id: str, scores: WindowScores) -> None:
    """Write `<folder>/<video_id>.npz`, whole or not at all.

    Raises:
        MebenchError: the disk is full, or the file cannot be written.
    """
    buffer = io.BytesIO()
    np.savez(buffer, spotting=scores.spotting, recognition=scores.recognition)
    write_bytes(folder / f"{video_id}.npz", buffer.getvalue())


def read_scores(folder: Path, video_id: str) -> WindowScores:
    """Return what `write_scores` wrote."""
    with np.load(folder / f"{video_id}.npz", allow_pickle=False) as file:
        return WindowScores(file["spotting"], file["recognition"])
