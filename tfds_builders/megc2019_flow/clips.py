"""The composite's clips once their pictures are looked at: facts, counts, and whether they are the published ones."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from mebench.data.audit import Count, Finding
from mebench.data.interval import Expression, VideoInfo
from tfds_builders.archives.assemble import ArchiveVideo
from tfds_builders.archives.tree import Tree
from tfds_builders.megc2019_flow.names import CLASSES, PARTS, ClipName
from tfds_builders.megc2019_flow.pictures import SIDE, Picture, pixels
from tfds_builders.megc2019_flow.published import COPY, LABELS, PIXELS, PUBLISHED

NAME = "megc2019_flow"


@dataclass(frozen=True)
class Labelled:
    """A clip's picture and class number, its row in the table (0: known by its folder), and its pixels."""

    picture: Picture
    label: int
    row: int
    pixels: UInt8[np.ndarray, "28 28 3"]


Clips = Mapping[ClipName, Labelled]


def seen(tree: Tree, chosen: Mapping[ClipName, tuple[Picture, int, int]]) -> tuple[Clips, list[Finding]]:
    """Return the clips whose picture can be used, in order of their ids; an error for each other.

    Args:
        tree: of the archive.
        chosen: picture, class number and row of each clip.
    """
    found: dict[ClipName, Labelled] = {}
    findings = []
    for clip, (picture, label, row) in sorted(chosen.items(), key=lambda one: one[0].video_id):
        image = pixels(tree.file(picture.path))
        if image is None:
            what = f"no PNG of {SIDE}x{SIDE} pixels of 3 channels of 8 bits that can be read"
            findings.append(Finding("error", "picture-unusable", picture.path, what, "left out; clone it again"))
        else:
            found[clip] = Labelled(picture, label, row, image)
    return found, findings


def video_of(clip: ClipName, one: Labelled) -> ArchiveVideo:
    """Return a clip as a video of one frame, its picture, which is onset, apex and offset."""
    label = CLASSES[one.label]
    notes = json.dumps({"source": clip.part})
    expression = Expression(0, 0, 0, "micro", label, label, "", raw_row=one.row, notes=notes)
    return ArchiveVideo(info_of(clip, expression), one.picture.folder, (one.picture.name,))


def info_of(clip: ClipName, expression: Expression) -> VideoInfo:
    """Return the facts of a clip's picture."""
    return VideoInfo(
        dataset=NAME,
        video_id=clip.video_id,
        subject=clip.subject,
        video=clip.clip,
        fps=PARTS[clip.part],
        num_frames=1,
        expressions=(expression,),
    )


def counts_of(labels: Mapping[ClipName, str]) -> tuple[Count, ...]:
    """Return how many subjects and clips there are, of each set and class, beside the published numbers."""
    found = {"subjects": len({(clip.part, clip.subject) for clip in labels}), "videos": len(labels)}
    found |= {f"clips of {part}": sum(clip.part == part for clip in labels) for part in PARTS}
    found |= {name: list(labels.values()).count(name) for name in CLASSES}
    return tuple(Count(what, number, PUBLISHED[what]) for what, number in found.items())


def against_copy(clips: Clips) -> tuple[str, list[Finding]]:
    """Return the commit of the copy that clips are those of ("" where they are others), and what differs.

    Nothing is said of fewer clips: their numbers tell.
    """
    if len(clips) < PUBLISHED["videos"]:
        return "", []
    lines = sorted(f"{clip.video_id} {CLASSES[one.label]}\n" for clip, one in clips.items())
    same = {
        "labels": _hash(line.encode() for line in lines) == LABELS,
        "pictures": _hash(clips[clip].pixels.tobytes() for clip in sorted(clips, key=_id)) == PIXELS,
    }
    findings = [
        Finding("warning", f"{what}-differ", "", f"the {what} are not those of commit {COPY}", _ACTION)
        for what, is_same in same.items()
        if not is_same
    ]
    return COPY if all(same.values()) else "", findings


_ACTION = "kept; figures that were computed again from that commit do not hold for these"


def _id(clip: ClipName) -> str:
    return clip.video_id


def _hash(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
