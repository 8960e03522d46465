"""Folders of 4DME's images: long grey videos, and the cut-out micro-expressions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Annotation, Clip, Key
from tfds_builders.archives.sheets import whole
from tfds_builders.archives.tree import Folder, Tree, ancestors, missing_runs, numbered, plain, shortened
from tfds_builders.four_dme.names import FolderNames, is_name, subject_of


def clips_of(
    tree: Tree, rows: Sequence[Annotation], form: Literal["long", "micro"]
) -> tuple[list[Clip], list[Annotation], list[Finding]]:
    """Return the clips in one form, the rows with the keys of the clips that they mean, and findings.

    Args:
        tree: of the archive.
        rows: their keys hold the subject and what the table calls the clip.
        form: long videos (`long gray video/{subject}/{clip}/Frame_000001826.jpg`) or cut-out micro-expressions
            (`gray_micro/{sub_ID}/{fold_name}/...`, or folders such as `S13_1st_001_01_1`).
    """
    clips, findings = _found(tree, form)
    names: dict[str, list[str]] = {}
    for clip in clips:
        names.setdefault(clip.key[0], []).append(clip.key[1])
    of_subject = {subject: FolderNames(subject, folders) for subject, folders in names.items()}
    chosen: dict[Key, Key] = {}
    for key in sorted({row.key for row in rows if row.key[0] in of_subject}):
        folders = of_subject[key[0]].meant(key[1], loosely=form == "long")
        if len(folders) == 1:
            chosen[key] = (key[0], folders[0])
        elif folders:
            what = f"clip {key[1]} of {key[0]} can be any of the folders {', '.join(folders[:5])}"
            findings.append(Finding("warning", "video-unclear", "", what, "its rows are left out"))
    joined = [replace(row, key=chosen.get(row.key, row.key)) for row in rows]
    if form == "micro":
        clips, more = _counted_from_onset(clips, joined)
        findings += more
    return clips, joined, shortened(findings)


def _found(tree: Tree, form: Literal["long", "micro"]) -> tuple[list[Clip], list[Finding]]:
    """Return a clip for each subject and folder name in a form, of grey images where there are any."""
    folders = [(folder, ancestors(folder.path)) for folder in tree.image_folders()]
    long = [entry for entry in folders if any("long" in plain(name) for name in entry[1])]
    rest = [entry for entry in folders if entry not in long]
    if form == "micro":
        candidates = [entry for entry in rest if any("micro" in plain(name) for name in entry[1][1:])] or rest
    else:
        candidates = long or [entry for entry in rest if not any("micro" in plain(name) for name in entry[1])]
    grey = [entry for entry in candidates if any("gray" in plain(name) or "grey" in plain(name) for name in entry[1])]
    candidates = sorted(grey or candidates, key=_preference)
    clips: dict[Key, Clip] = {}
    findings: list[Finding] = []
    copies = 0
    for folder, names in candidates:
        key = _key(names)
        if key is None:
            what = "no subject (as S13 or 13) in its name or in the one above"
            findings.append(Finding("warning", "folder-unknown", f"folder {folder.path}", what, "passed over"))
        elif key in clips:
            copies += 1
        else:
            files, faults = numbered(folder, "last")
            clips[key] = Clip(key, folder.path, files)
            findings += faults
    if copies:
        what = f"{copies} folders more of clips that are there already, as crops"
        findings.append(Finding("note", "video-twice", "", what, "passed over"))
    return list(clips.values()), findings


def _preference(entry: tuple[Folder, tuple[str, ...]]) -> tuple[bool, int, str]:
    """Originals before crops, then more files, then by path."""
    folder, names = entry
    made = any(word in plain(name) for name in names for word in ("crop", "register", "align"))
    return made, -len(folder.images), folder.path


def _key(names: Sequence[str]) -> Key | None:
    """Return subject and folder name: the folder above is the subject, or the name's first part is."""
    if not names or not is_name(names[0]):
        return None
    subject = subject_of(names[1]) if len(names) > 1 else ""
    subject = subject or subject_of(names[0].split("_")[0])
    return (subject, names[0]) if subject else None


def _counted_from_onset(clips: Sequence[Clip], rows: Sequence[Annotation]) -> tuple[list[Clip], list[Finding]]:
    """Return the clips, those numbered anew whose files are counted from 0 or 1 and not from the onset of their row.

    That is sure only where a folder holds as many files, without a gap, as its only row says.
    """
    spans: dict[Key, list[tuple[int | None, int | None]]] = {}
    for row in rows:
        spans.setdefault(row.key, []).append((whole(row.onset), whole(row.offset)))
    changed = []
    anew = 0
    for clip in clips:
        own = spans.get(clip.key, [])
        onset, offset = own[0] if len(own) == 1 else (None, None)
        if onset is not None and offset is not None and _can_be(clip.files, onset, offset):
            anew += 1
            files = {onset + i: clip.files[n] for i, n in enumerate(sorted(clip.files))}
            clip = replace(clip, files=files)
        changed.append(clip)
    if not anew:
        return changed, []
    what = f"{anew} folders count their files from 0 or 1, and hold as many as their row says"
    return changed, [Finding("note", "numbered-from-onset", "", what, "their first file is taken for the onset")]


def _can_be(files: dict[int, str], onset: int, offset: int) -> bool:
    """Whether files are counted from 0 or 1, and are those of onset to offset."""
    if not files or min(files) > 1 or (min(files) <= onset and offset <= max(files)):
        return False
    return len(files) == offset - onset + 1 and not missing_runs(files)
