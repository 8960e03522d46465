"""Folders of SAMM's images, short clips (`006_1_2`) and long videos (`006_1`) alike."""

import re
from collections import Counter
from dataclasses import dataclass

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip
from tfds_builders.archives.tree import Folder, Tree, ancestors, numbered, numbers, shortened, stem
from tfds_builders.samm.names import Code, code_id, code_of, is_cropped, is_test_set, nearest_code, subject_id

_WHAT = {2: "long videos (006_1)", 3: "short clips (006_1_2)"}


@dataclass(frozen=True)
class CodedClips:
    """Folders of SAMM's coded clips.

    Attributes:
        whole: clips of the images as they were recorded.
        cropped: clips of faces that were cut out (`SAMM_CROP`).
        findings: folders that are none, and odd ones.
    """

    whole: tuple[Clip, ...]
    cropped: tuple[Clip, ...]
    findings: tuple[Finding, ...]


def coded_clips(tree: Tree, parts: int) -> CodedClips:
    """Return the image folders whose name consists of so many numbers, wherever they lie.

    Args:
        tree: of the archive.
        parts: 3: subject, inducement and event (`006_1_2`); 2: subject and inducement (`006_1`).

    The nearest folder of that form counts, in whatever padding; files go by the last number of their name. What lies in
    a challenge's test set is passed over: its subjects are others with the same numbers.
    """
    whole: list[Clip] = []
    cropped: list[Clip] = []
    findings: list[Finding] = []
    passed: Counter[str] = Counter()
    unknown: list[str] = []
    for folder in tree.image_folders():
        names = ancestors(folder.path)
        code = nearest_code(names)
        if is_test_set(names):
            passed["a test set's"] += 1
        elif code is None:
            unknown.append(folder.path or ".")
        elif len(code) != parts:
            passed[f"of SAMM's {_WHAT[len(code)]}"] += 1
        else:
            files, faults = numbered(folder, "last")
            of_kind = cropped if is_cropped(names) else whole
            of_kind.append(Clip((subject_id(code), code_id(code)), folder.path, files))
            findings += [*faults, *_strange(code, folder, names, files)]
    findings += [
        Finding("note", "other-images", "", f"{count} image folders {what}", "passed over")
        for what, count in sorted(passed.items())
    ]
    if unknown:
        what = f"{len(unknown)} image folders without subject and inducement as 006_1 in their path: {unknown[0]}"
        more = ", ..." if len(unknown) > 1 else ""
        findings.append(Finding("warning", "folder-unknown", "", f"{what}{more}", "passed over"))
    return CodedClips(tuple(whole), tuple(cropped), tuple(shortened(findings)))


def no_clips(parts: int, seen: str) -> Finding:
    """Return the error that there is no folder of the kind that is wanted; `seen` says what there is instead."""
    example = "SAMM_longvideos/006_1/006_1_0001.jpg" if parts == 2 else "SAMM/006/006_1_2/006_05562.jpg"
    what = f"no folder of SAMM's {_WHAT[parts]}, as {example}{seen}"
    return Finding("fatal", "no-frames", "", what, "unpack the images there, or point --archive at them")


def _strange(code: Code, folder: Folder, names: tuple[str, ...], files: dict[int, str]) -> list[Finding]:
    """Return a finding where folders above or the first file name another subject (or inducement)."""
    findings = []
    where, action = f"folder {folder.path}", f"taken for {code_id(code)}, as the folder is called"
    own = next(i for i, name in enumerate(names) if code_of(name) == code)
    for name in names[own + 1 : own + 2]:
        if re.fullmatch("[0-9]{1,3}", name) and int(name) != code[0]:
            findings.append(Finding("warning", "wrong-subject", where, f"lies in the folder {name}", action))
    for name in list(files.values())[:1]:
        before = numbers(stem(name))[:-1] if name[:1].isdigit() else ()
        if before and before != code[: len(before)]:
            findings.append(Finding("warning", "wrong-subject", where, f"its first file is {name}", action))
    return findings
