"""Folders of DFME's clips: each is called like a row of a table."""

from collections.abc import Iterable

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip, Key
from tfds_builders.archives.tree import Folder, Tree, ancestors, numbered, shortened


def find_clips(tree: Tree, wanted: Iterable[Key], every: Iterable[Key]) -> tuple[list[Clip], list[Finding]]:
    """Return the clips of the wanted keys, and findings.

    `train_data/train_data/sub0003_01/00000.png`, `test_data_A/...`, `test_data_B/...`: what lies above a clip's folder
    does not matter, nor does the case of its name.

    Args:
        tree: of the archive.
        wanted: clips of the variant.
        every: clips of all tables; folders of images with none of their names are told.
    """
    chosen = {key[1].lower(): key for key in wanted}
    known = {key[1].lower() for key in every}
    clips: list[Clip] = []
    findings: list[Finding] = []
    unknown: list[Folder] = []
    for folder in tree.image_folders():
        name = (ancestors(folder.path) or ("",))[0].lower()
        if name in chosen:
            files, faults = numbered(folder, "last")
            clips.append(Clip(chosen[name], folder.path, files))
            findings += faults
        elif name not in known:
            unknown.append(folder)
    if unknown:
        what = f"{len(unknown)} folders of images that no table names, the first is {unknown[0].path or '.'}"
        findings.append(Finding("note", "folder-unknown", "", what, "passed over"))
    return clips, shortened(findings)
