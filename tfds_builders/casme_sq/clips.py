"""Folders of CAS(ME)^2's images: which are whole videos, of which release, and whose."""

import re
from typing import Literal

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip, Key
from tfds_builders.archives.tree import Folder, Tree, ancestors, numbered, numbers, plain, shortened
from tfds_builders.casme_sq.names import CODES, SUBJECTS

Release = Literal["raw", "cropped", "other"]
"""rawpic; the separate longVideoFaceCropped; crops that users made (rawpic_crop and the like)."""

_VIDEO = re.compile(r"s?(\d{1,3})[_\- ]+(\d{3,5})[a-z]*", re.IGNORECASE | re.ASCII)
_CUT_OUT = re.compile(r"(disgust|anger|happy)\d+_\d+", re.IGNORECASE | re.ASCII)
_RAW_NAME = "rawpic"


def find_clips(tree: Tree, release: Literal["raw", "cropped"]) -> tuple[list[Clip], list[Finding]]:
    """Return the videos of a release, at most one a subject and code, and findings.

    The subject is the number in the video's own folder, whatever folder it lies in; of two folders of one video that
    under its own subject is kept (mebench/docs/datasets.md, CAS(ME)^2). Clips that were cut out
    (`selectedpic/s15/anger1_1`, `cropped/15/anger1_1`) are passed over: the videos hold them.
    """
    found: list[tuple[bool, Clip]] = []
    findings: list[Finding] = []
    cut_out, other = 0, 0
    for folder in tree.image_folders():
        name = ancestors(folder.path)[0] if folder.path else ""
        if _CUT_OUT.fullmatch(name):
            cut_out += 1
            continue
        match = _VIDEO.fullmatch(name)
        if match is None:
            continue
        if release_of(folder) != release:
            other += 1
            continue
        key = _key(match)
        if key is None:
            what = f"{name[:40]!r} is none of the dataset's 22 subjects and 9 stimuli"
            findings.append(Finding("warning", "video-unknown", f"folder {folder.path}", what, "passed over"))
            continue
        files, faults = numbered(folder, "first")
        found.append((_misfiled(folder, key), Clip(key, folder.path, files)))
        findings += faults
    clips = _own(found, findings)
    if not clips:
        findings.append(_nothing(tree, release, cut_out, other))
    return clips, shortened(findings)


def release_of(folder: Folder) -> Release:
    """Return which release a video's folder belongs to, by its file names and then by the folders above.

    `img_1.jpg` is longVideoFaceCropped, `img001.jpg` rawpic; below a folder that speaks of crops it is a user's own.
    """
    above = [plain(name) for name in ancestors(folder.path)]
    unpadded = sum(name.lower().startswith("img_") for name in folder.images)
    if 2 * unpadded > len(folder.images) or any("longvideofacecropped" in name for name in above):
        return "cropped"
    for name in above:
        if name == _RAW_NAME:
            return "raw"
        if "crop" in name:
            return "other"
    return "raw"


def _key(match: re.Match[str]) -> Key | None:
    """Return subject and code of a video's folder; codes that lost their zeros (`101`) are known too."""
    subject, code = f"s{int(match[1])}", f"{int(match[2]):04d}"
    return (subject, code) if subject in SUBJECTS and code in CODES else None


def _misfiled(folder: Folder, key: Key) -> bool:
    """Whether a video lies in the folder of another subject."""
    above = ancestors(folder.path)[1:]
    if not above or not re.fullmatch(r"s(ub)?0*\d{1,3}|\d{1,3}", plain(above[0])):
        return False
    return f"s{numbers(above[0])[0]}" != key[0]


def _own(found: list[tuple[bool, Clip]], findings: list[Finding]) -> list[Clip]:
    """Return one clip a key, those under their own subject first, then the longest, then by path."""
    clips: dict[Key, Clip] = {}
    for misfiled, clip in sorted(found, key=lambda pair: (pair[0], -len(pair[1].files), pair[1].folder)):
        subject = clip.key[0]
        if clip.key in clips:
            what = f"the same video ({'/'.join(clip.key)}) as {clips[clip.key].folder}"
            findings.append(Finding("warning", "video-twice", clip.where, what, "left out"))
            continue
        if misfiled:
            what = f"a video of subject {subject} in the folder of another subject"
            findings.append(Finding("warning", "wrong-subject", clip.where, what, f"taken as a video of {subject}"))
        clips[clip.key] = clip
    return sorted(clips.values(), key=lambda clip: clip.key)


def _nothing(tree: Tree, release: Release, cut_out: int, other: int) -> Finding:
    """Return the error that the release is not there, with what is there instead."""
    wanted = {"raw": "rawpic/s15/15_0101disgustingteeth/img001.jpg", "cropped": "s15/15_0101disgustingteeth/img_1.jpg"}
    seen = []
    if cut_out:
        seen.append(f"{cut_out} clips that were cut out (selectedpic, cropped)")
    if other:
        seen.append(f"{other} videos of another release or of users' crops")
    if tree.named(".avi"):
        seen.append(f"{len(tree.named('.avi'))} .avi files")
    action = "unpack rawpic"
    if release == "cropped":
        action = "unpack CAS(ME)2_longVideoFaceCropped"
    elif other:
        action = "unpack rawpic, or build the variant cropped of longVideoFaceCropped"
    what = f"no video as {wanted[release]}; seen: {', '.join(seen) or 'nothing of it'}"
    return Finding("fatal", "no-videos", "", what, action)
