"""Folders of the test sets' videos, of either edition, by name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip
from tfds_builders.archives.tree import Tree, ancestors, numbered, plain, shortened
from tfds_builders.megc2025_str.published import VIDEOS, Edition, Part
from tfds_builders.samm.names import code_id, code_of, subject_id

_CAS = re.compile(r"\s*([a-z]{1,8})[\s_-]+([a-z])\s*0*([0-9]{1,2})\s*", re.ASCII | re.IGNORECASE)
_CAS_2022 = re.compile(r"\s*sub[\s_-]*0*([0-9]{1,2})\s*", re.ASCII | re.IGNORECASE)
_TEST_2022 = re.compile("(?:samm|cas)test(?!set)")
_TEST_2025 = re.compile("sammdata|casdata|unseen|testset")


@dataclass(frozen=True)
class VideoName:
    """Whose video a folder is: part of the test set, subject and name as published."""

    part: Part
    subject: str
    video: str


def clips_of(tree: Tree, edition: Edition, part: Part) -> tuple[list[Clip], list[Finding]]:
    """Return the videos of one part of an edition, wherever they lie, and findings.

    A folder is one whose name is published, or of that form below a folder called like the test set's. Folders of
    the edition of 2022 are told by `SAMM_Test...` and `CAS_Test...` above them.
    """
    clips: list[Clip] = []
    findings: list[Finding] = []
    for folder in tree.image_folders():
        names = ancestors(folder.path)
        place, found = _nearest(names)
        if found is None or found.part != part or not _belongs(found, names[place + 1 :], edition):
            continue
        files, faults = numbered(folder, "last")
        clips.append(Clip((found.subject, found.video), folder.path, files))
        findings += faults
        known = VIDEOS[edition, part]
        if known and found.video not in known:
            what = f"{found.video} is not among the {len(known)} videos that are published"
            findings.append(Finding("warning", "video-surplus", f"folder {folder.path}", what, "kept"))
    return clips, shortened(findings)


def _nearest(names: Sequence[str]) -> tuple[int, VideoName | None]:
    """Return the first name that is a video's, and where it stands."""
    for place, name in enumerate(names):
        found = video_of(name)
        if found is not None:
            return place, found
    return 0, None


def video_of(name: str) -> VideoName | None:
    """Return what video a folder's name is: `001_2`, `dzw_a1` or `sub01`; None for any other name."""
    code = code_of(name)
    if code is not None:
        return VideoName("samm", subject_id(code), code_id(code)) if len(code) == 2 else None
    match = _CAS.fullmatch(name)
    if match:
        subject, clip = match[1].lower(), f"{match[2].lower()}{int(match[3])}"
        return VideoName("cas", subject, f"{subject}_{clip}")
    match = _CAS_2022.fullmatch(name)
    if match:
        subject = f"sub{int(match[1]):02d}"
        return VideoName("cas", subject, subject)
    return None


def _belongs(found: VideoName, above: Sequence[str], edition: Edition) -> bool:
    """Return whether a folder with such folders above it is of the edition."""
    plains = [plain(name) for name in above]
    old = any(_TEST_2022.search(name) for name in plains) or _CAS_2022.fullmatch(found.video) is not None
    if edition == "2022":
        return old
    named = found.video in VIDEOS["2025", found.part]
    return not old and (named or any(_TEST_2025.search(name) for name in plains))
