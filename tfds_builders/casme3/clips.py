"""Folders of CAS(ME)^3's images: clips of part A, colour or depth, and the subjects of part C."""

from collections.abc import Sequence
from typing import Literal

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip
from tfds_builders.archives.tree import Folder, Tree, ancestors, numbered, numbers, plain, shortened
from tfds_builders.casme3.names import clip_of, is_cut_out, subject_of

Medium = Literal["colour", "depth"]

PART_C_VIDEO = "mock_crime"
"""What the one video of a subject of part C is called here."""


def part_a_clips(tree: Tree, medium: Medium) -> tuple[list[Clip], list[Finding]]:
    """Return part A's clips in colour or depth, and findings.

    `spNO.1/a/color/355.jpg`, `spNO.1/a/depth/355.png`, `depth/spNO.1/a/355.png` and `depth/spNO210/a/355.png` are all
    known, at any depth of the archive and in any case.
    """
    clips: list[Clip] = []
    findings: list[Finding] = []
    cut_out, other = 0, 0
    for folder in tree.image_folders():
        names = ancestors(folder.path)
        if any(is_cut_out(name) for name in names):
            cut_out += 1
        elif not _in_part(names, "b") and not _in_part(names, "c"):
            key, fault = _key(names)
            if fault:
                findings.append(Finding("warning", "folder-unknown", f"folder {folder.path}", fault, "passed over"))
            elif key and _medium(names, folder) != medium:
                other += 1
            elif key:
                files, faults = numbered(folder, "last")
                clips.append(Clip(key, folder.path, files))
                findings += faults
    findings = shortened(findings)
    if not clips:
        findings.append(_nothing(medium, cut_out, other))
    elif cut_out:
        what = f"{cut_out} folders of micro-expressions that were cut out of their videos (spNo.1_a_355)"
        findings.append(Finding("note", "cut-out-clips", "", what, "passed over; the videos hold them"))
    return clips, findings


def part_c_clips(tree: Tree) -> tuple[list[Clip], list[Finding]]:
    """Return a clip for every folder of part C's images, by the subject's number; and findings.

    How part C lies is not known. The subject is the one number in the name of the first folder below `part_C` (of any
    spelling) that has exactly one; without a folder `part_C`, of the first folder that has one, and part A's and part
    B's folders are passed over. Depth images are passed over.
    """
    folders = [(folder, tuple(reversed(ancestors(folder.path)))) for folder in tree.image_folders()]
    below = [(folder, names[_place(names) + 1 :]) for folder, names in folders if _in_part(names, "c")]
    if not below:
        below = [(f, names) for f, names in folders if not _in_part(names, "a") and not _in_part(names, "b")]
        below = [(f, names) for f, names in below if not any(subject_of(n) or is_cut_out(n) for n in names)]
    clips: list[Clip] = []
    findings: list[Finding] = []
    for folder, names in below:
        if _medium(tuple(reversed(names)), folder) == "depth":
            continue
        found = next((numbers(name)[0] for name in names if len(numbers(name)) == 1), None)
        if found is None:
            what = "no folder with a subject's number in its path"
            findings.append(Finding("warning", "folder-unknown", f"folder {folder.path}", what, "passed over"))
            continue
        files, faults = numbered(folder, "last")
        clips.append(Clip((str(found), PART_C_VIDEO), folder.path, files))
        findings += faults
    return clips, shortened(findings)


def _key(names: Sequence[str]) -> tuple[tuple[str, str] | None, str]:
    """Return subject and clip of a path's names, nearest first (None where no subject is in it), and what is wrong."""
    place = next((i for i, name in enumerate(names) if subject_of(name)), None)
    if place is None:
        return None, ""
    clip = clip_of(names[place - 1]) if place else ""
    if not clip:
        return None, f"images of {subject_of(names[place])} that lie in no folder named by a clip's letter"
    return (subject_of(names[place]), clip), ""


def _medium(names: Sequence[str], folder: Folder) -> Medium:
    """Return what the nearest folder's name says that speaks of one of both; else PNG is depth, as published."""
    for name in map(plain, names):
        colour = "color" in name or "colour" in name or name == "rgb"
        if colour != ("depth" in name):
            return "colour" if colour else "depth"
    return "depth" if folder.images and folder.images[0].lower().endswith(".png") else "colour"


def _in_part(names: Sequence[str], letter: str) -> bool:
    return any(f"part{letter}" in plain(name) for name in names)


def _place(names: Sequence[str]) -> int:
    """Return where in a path, from the top, the last folder of part C stands."""
    return max(i for i, name in enumerate(names) if "partc" in plain(name))


def _nothing(medium: Medium, cut_out: int, other: int) -> Finding:
    """Return the error that part A has no clip in one medium."""
    what = f"no folder of {medium} images of a clip, as part_A/spNO.1/a/{'depth' if medium == 'depth' else 'color'}"
    action = "unpack part A there; it is the folder part_A of the release"
    if cut_out:
        what += f"; {cut_out} folders of micro-expressions that were cut out of their videos (spNo.1_a_355)"
        action = "the release of cut-out micro-expressions is not enough: get the long videos of part A"
    elif other:
        found, variant = ("colour", "without depth") if medium == "depth" else ("depth", "with depth")
        what += f"; {other} folders of {found} images"
        action = f"unpack the {medium} images too, or take a variant {variant}"
    return Finding("fatal", "no-frames", "", what, action)
