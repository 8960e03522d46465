"""Folders of SMIC-E's images: whose clip they are, and of which camera."""

from collections.abc import Sequence

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip
from tfds_builders.archives.tree import Folder, Tree, ancestors, numbered, plain, shortened
from tfds_builders.smic.names import Camera, SmicName, camera_of, smic_name, subject_number

_SHORT = ("micro", "nonmicro")


def find_clips(tree: Tree, camera: Camera) -> tuple[list[Clip], list[Finding]]:
    """Return a camera's clips, one for each folder that is named like one; and findings.

    Clips of SMIC itself, the short ones (below `micro/`, `SMIC_all_raw`, `SMIC_all_cropped`), are passed over. Where no
    folder's name tells a camera, all clips are taken for the camera that is asked for.
    """
    found: list[tuple[Folder, SmicName, Camera | None]] = []
    short, unnamed = 0, []
    for folder in tree.image_folders():
        names = ancestors(folder.path)
        if is_short(names):
            short += 1
            continue
        name = smic_name(names[0]) if names else None
        if name is None:
            unnamed.append(folder.path)
        else:
            found.append((folder, name, camera_of((*names[1:], tree.root.name))))
    findings = [_unnamed(path) for path in unnamed]
    told = any(own is not None for *_, own in found)
    if found and not told:
        what = f"no folder's name tells a camera; taken for {camera.upper()}"
        findings.append(Finding("note", "camera-unknown", "", what, "keep the folders HS_long, VIS_long, NIR_long"))
    clips = []
    for folder, name, own in found:
        if own == camera or not told:
            files, faults = numbered(folder, "last")
            clips.append(Clip(name.key, folder.path, files))
            findings += [*_misfiled(folder, name), *faults]
        elif own is None:
            what = "no folder above tells its camera"
            findings.append(Finding("warning", "camera-unknown", f"folder {folder.path}", what, "passed over"))
    if not clips:
        findings.append(_nothing(camera, len(found), short))
    return clips, shortened(findings)


def is_short(names: Sequence[str]) -> bool:
    """Return whether a path's names are those of a clip of SMIC itself."""
    return any(plain(name) in _SHORT or plain(name).startswith("smicall") for name in names)


def _misfiled(folder: Folder, name: SmicName) -> list[Finding]:
    """Return a finding where a clip lies in the folder of another subject."""
    above = ancestors(folder.path)[1:2]
    subject = subject_number(above[0]) if above else None
    if subject is None or subject == name.subject:
        return []
    what = f"a clip of subject {name.subject} in the folder of subject {subject}"
    return [Finding("warning", "wrong-subject", f"folder {folder.path}", what, "its own name is followed")]


def _unnamed(path: str) -> Finding:
    what = "images in a folder that is not named like a clip (s1_ne_01)"
    return Finding("warning", "folder-unknown", f"folder {path}", what, "passed over")


def _nothing(camera: Camera, others: int, short: int) -> Finding:
    """Return the error that a camera's images are not there, with what is there instead."""
    seen = [f"{others} clips of other cameras"] if others else []
    seen += [f"{short} clips of SMIC itself (micro/, SMIC_all_raw)"] if short else []
    name = camera.upper()
    what = f"no clip of {name}, as {name}_long/SMIC-{name}-E/s01/s1_ne_01; seen: {', '.join(seen) or 'nothing of it'}"
    return Finding("fatal", "no-videos", "", what, f"unpack the folder {name}_long of SMIC-E_raw image")
