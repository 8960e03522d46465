"""Spotting scores and class probabilities of a video's windows, as a file."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from mebench.record.run_folder import RunFolder
from mebench.sealed.arrays import read_sealed_arrays, write_sealed_arrays


@dataclass(frozen=True)
class WindowScores:
    """Spotting score and class probabilities of each window; window i begins at frame i."""

    spotting: Float32[np.ndarray, " n"]
    recognition: Float32[np.ndarray, "n c"]


def write_scores(folder: RunFolder, video_id: str, scores: WindowScores) -> None:
    """Write the scores of a video, `scores/<video_id>.npz` of the run, whole or not at all.

    Raises:
        MebenchError: the disk is full, or the file cannot be written.
    """
    arrays = {"spotting": scores.spotting, "recognition": scores.recognition}
    write_sealed_arrays(folder.scores_of(video_id), _key(folder, video_id), arrays)


def read_scores(folder: RunFolder, video_id: str) -> WindowScores | None:
    """Return what `write_scores` wrote; None where there is nothing yet.

    Raises:
        DamagedFile: the file was cut or changed, or is of another video or run.
    """
    try:
        return WindowScores(**read_sealed_arrays(folder.scores_of(video_id), _key(folder, video_id)))
    except FileNotFoundError:
        return None


def _key(folder: RunFolder, video_id: str) -> dict[str, str]:
    return {"what": "scores", "run": folder.run_id, "video": video_id}
