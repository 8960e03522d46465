"""Rows of SMIC, which has no table: clips' names tell the class, and the expression spans the clip."""

from collections.abc import Sequence

from mebench.data.audit import Finding, Severity
from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.rules import Policy
from tfds_builders.smic.clips import SmicClip


def annotations_of(clips: Sequence[SmicClip], policy: Policy) -> tuple[list[Annotation], list[Finding]]:
    """Return one micro-expression a clip, from its first file to its last, apex unknown; and findings.

    Where the folder above tells another class than the clip's name, `recommended` follows the name, which ME-VQA and
    SMIC-E use as its id, and `as_published` the folder.
    """
    rows = []
    findings = []
    for one in clips:
        if not one.clip.files:
            continue  # said where clips and rows are put together
        emotion = one.name.emotion
        repairs: tuple[str, ...] = ()
        if one.folder_class and one.folder_class != emotion:
            what = f"folder {one.folder_class}, but the clip is named {one.name.token}"
            follows = "the name" if policy == "recommended" else "the folder"
            severity: Severity = "repair" if policy == "recommended" else "warning"
            findings.append(Finding(severity, "label-mismatch", one.clip.where, what, f"{follows} is followed"))
            emotion = emotion if policy == "recommended" else one.folder_class
            repairs = (f"{what}: {follows} is followed",) if policy == "recommended" else ()
        rows.append(_annotation(one, emotion, repairs))
    return rows, findings


def _annotation(one: SmicClip, emotion: str, repairs: tuple[str, ...]) -> Annotation:
    return Annotation(
        table=f"folder {one.clip.folder}",
        row=0,
        key=one.clip.key,
        name=one.clip.key[1],
        onset=min(one.clip.files),
        apex=None,
        offset=max(one.clip.files),
        kind="micro",
        emotion=emotion,
        coarse=emotion,
        fine="",  # the dataset has coarse classes only
        notes={"folder": one.clip.folder},
        repairs=repairs,
        has_apex=False,
    )
