"""Folders of SMIC's clips: whose they are, of which camera and release; micro or not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip
from tfds_builders.archives.tree import Folder, Tree, ancestors, numbered, plain, shortened
from tfds_builders.smic.names import CLASS_OF, Camera, SmicName, camera_of, smic_name, subject_number

Release = Literal["raw", "cropped"]

_CAMERAS = "(?:hs|vis|nir)"
_EXTENDED = re.compile(f"smic{_CAMERAS}?e|smice(?:raw|long|crop|{_CAMERAS}).*|{_CAMERAS}e?long")


@dataclass(frozen=True)
class SmicClip:
    """A clip's files, its name, and the class that the folder above it is named by ("" where none is)."""

    clip: Clip
    name: SmicName
    folder_class: str


@dataclass
class _Passed:
    """Number of folders that were passed over, by reason."""

    non_micro: int = 0
    extended: int = 0
    others: int = 0


def find_clips(tree: Tree, camera: Camera, release: Release) -> tuple[list[SmicClip], list[Finding]]:
    """Return the micro-expression clips of a camera and release, one a name, sorted; and findings.

    Names above the clip tell both, the nearest first: `SMIC_all_cropped` (or a file `reg_image...`) is cropped, all
    else raw. Where no folder of the release names a camera, all its clips are taken for the camera asked for. Clips of
    SMIC-E and those below `non_micro` are passed over.
    """
    found: list[tuple[Folder, SmicName, Camera | None]] = []
    findings: list[Finding] = []
    passed = _Passed()
    for folder in tree.image_folders():
        names = ancestors(folder.path)
        name = smic_name(names[0]) if names else None
        if any(_extended(one) for one in names[1:]):
            passed.extended += 1
        elif any(plain(one) == "nonmicro" for one in names):
            passed.non_micro += 1
        elif name is None:
            what = "images in a folder that is not named like a clip (s1_ne_01)"
            findings.append(Finding("warning", "folder-unknown", f"folder {folder.path}", what, "passed over"))
        elif _release(folder, (*names[1:], tree.root.name)) != release:
            passed.others += 1
        else:
            found.append((folder, name, camera_of((*names[1:], tree.root.name))))
    if passed.non_micro:
        what = f"{passed.non_micro} clips without micro-expressions (non_micro)"
        findings.append(Finding("note", "non-micro", "", what, "passed over"))
    clips, more = _of_camera(found, camera)
    if not clips:
        passed.others += len(found)
        more.append(_nothing(camera, release, passed))
    kept = _once(clips, more)
    return kept, shortened([*findings, *more])


def _of_camera(
    found: Sequence[tuple[Folder, SmicName, Camera | None]], camera: Camera
) -> tuple[list[SmicClip], list[Finding]]:
    """Return the clips of a camera; all where no folder tells one."""
    clips, findings = [], []
    told = any(own is not None for *_, own in found)
    if found and not told:
        what = f"no folder's name tells a camera; taken for {camera.upper()}"
        findings.append(Finding("note", "camera-unknown", "", what, "keep the folders HS, VIS, NIR"))
    for folder, name, own in found:
        if own == camera or not told:
            files, faults = numbered(folder, "last")
            clips.append(SmicClip(Clip(name.key, folder.path, files), name, _folder_class(folder)))
            findings += [*_misfiled(folder, name), *faults]
        elif own is None:
            what = "no folder above tells its camera"
            findings.append(Finding("warning", "camera-unknown", f"folder {folder.path}", what, "passed over"))
    return clips, findings


def _once(clips: Sequence[SmicClip], findings: list[Finding]) -> list[SmicClip]:
    """Return one clip a name: the one with the most files, then the first by path."""
    kept: dict[SmicName, SmicClip] = {}
    for one in sorted(clips, key=lambda one: (-len(one.clip.files), one.clip.folder)):
        first = kept.setdefault(one.name, one)
        if first is not one:
            what = f"the same clip ({one.name.key[1]}) as {first.clip.folder}"
            findings.append(Finding("warning", "video-twice", one.clip.where, what, "left out"))
    return [kept[name] for name in sorted(kept)]


def _extended(name: str) -> bool:
    """Whether a folder is one of SMIC-E."""
    return _EXTENDED.fullmatch(plain(name)) is not None


def _release(folder: Folder, above: Sequence[str]) -> Release:
    """Return the release of a clip, as the folders above tell it, then its files' names."""
    for name in map(plain, above):
        if "crop" in name:
            return "cropped"
        if name.endswith("raw"):
            return "raw"
    return "cropped" if folder.images[0].lower().startswith("reg") else "raw"


def _folder_class(folder: Folder) -> str:
    above = ancestors(folder.path)[1:2]
    return above[0].strip().lower() if above and above[0].strip().lower() in CLASS_OF.values() else ""


def _misfiled(folder: Folder, name: SmicName) -> list[Finding]:
    """Return a finding where a clip lies in the folder of another subject."""
    subject = next((n for n in map(subject_number, ancestors(folder.path)[1:4]) if n is not None), None)
    if subject is None or subject == name.subject:
        return []
    what = f"a clip of subject {name.subject} in the folder of subject {subject}"
    return [Finding("warning", "wrong-subject", f"folder {folder.path}", what, "its own name is followed")]


def _nothing(camera: Camera, release: Release, passed: _Passed) -> Finding:
    """Return the error that a camera's clips are not there in a release, with what is there instead."""
    counts = (
        (passed.others, "clips of other cameras or of the other release"),
        (passed.extended, "clips of SMIC-E"),
        (passed.non_micro, "clips below non_micro"),
    )
    seen = ", ".join(f"{count} {what}" for count, what in counts if count)
    path = f"SMIC_all_{release}/{camera.upper()}/s1/micro/negative/s1_ne_01"
    action = f"unpack SMIC_all_{release}, or take another variant"
    return Finding("fatal", "no-videos", "", f"no clip as {path}; seen: {seen or 'nothing of it'}", action)
