"""Whether the folds of a copy agree with its clips: each left-out subject with all clips, on one side or the other."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8

from mebench.data.audit import Count, Finding
from tfds_builders.archives.tree import Tree
from tfds_builders.megc2019_flow.clips import Clips
from tfds_builders.megc2019_flow.names import ClipName
from tfds_builders.megc2019_flow.pictures import Fold, Picture, decoded
from tfds_builders.megc2019_flow.published import PUBLISHED

ACTION = "the protocol makes its own folds; clone the repository again if these are to be used elsewhere"

Decoded = dict[bytes, UInt8[np.ndarray, "28 28 3"] | None]


def fold_counts(folds: Mapping[str, Fold]) -> tuple[Count, ...]:
    """Return how many folds there are and how many pictures they hold; nothing where there is none."""
    if not folds:
        return ()
    every = PUBLISHED["subjects"]
    pictures = sum(len(fold.train) + len(fold.test) for fold in folds.values())
    return Count("folds", len(folds), every), Count("pictures in folds", pictures, every * PUBLISHED["videos"])


def fold_findings(tree: Tree, folds: Mapping[str, Fold], clips: Clips) -> list[Finding]:
    """Return a warning for each side of a fold that has other clips, classes or pixels than the clips themselves."""
    if not folds:
        return []
    held: Decoded = {}
    findings = []
    for subject in sorted({clip.subject for clip in clips} - folds.keys()):
        findings.append(Finding("warning", "fold-missing", subject, "no fold leaves this subject out", ACTION))
    for subject, fold in sorted(folds.items()):
        own = {clip for clip in clips if clip.subject == subject}
        for side, found, wanted in (("u_train", fold.train, clips.keys() - own), ("u_test", fold.test, own)):
            faults = _faults(tree, found, wanted, clips, held)
            if faults:
                findings.append(Finding("warning", "fold-differs", f"{subject}/{side}", ", ".join(faults), ACTION))
    return findings


def _faults(
    tree: Tree,
    found: Mapping[ClipName, tuple[int, Picture]],
    wanted: set[ClipName],
    clips: Clips,
    held: Decoded,
) -> list[str]:
    """Return what differs on one side, each as a clause with its number of clips."""
    shared = found.keys() & wanted
    numbers = {
        "missing": len(wanted - found.keys()),
        "of the other side or of none": len(found.keys() - wanted),
        "of another class": sum(found[clip][0] != clips[clip].label for clip in shared),
        "with other pixels": sum(not _same(tree, found[clip][1], clips[clip].pixels, held) for clip in shared),
    }
    return [f"{number} clips {what}" for what, number in numbers.items() if number]


def _same(tree: Tree, picture: Picture, wanted: UInt8[np.ndarray, "28 28 3"], held: Decoded) -> bool:
    """Return whether a picture has the wanted pixels; each sequence of bytes is decoded once."""
    try:
        data = tree.file(picture.path).read_bytes()
    except OSError:
        return False
    if data not in held:
        held[data] = decoded(data)
    image = held[data]
    return image is not None and np.array_equal(image, wanted)
