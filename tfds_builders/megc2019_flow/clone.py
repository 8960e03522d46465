"""The composite from a copy of the public pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mebench.data.audit import Finding
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree, shortened
from tfds_builders.megc2019_flow.clips import against_copy, counts_of, seen, video_of
from tfds_builders.megc2019_flow.folds import fold_counts, fold_findings
from tfds_builders.megc2019_flow.names import CLASSES, ClipName
from tfds_builders.megc2019_flow.pictures import Fold, Picture, fold_folders, whole_folders
from tfds_builders.megc2019_flow.table import LabelRow, Labels, read_table


def read_clone(tree: Tree) -> Reading:
    """Return the clips of a copy, by its table and its folder of all pictures.

    Where the one or the other is missing, as in the download of STSTNet's authors, the test sides of the folds have
    classes and pictures of all clips too.
    """
    table, labels, findings = read_table(tree)
    (above, folds), *other_folds = fold_folders(tree) or [("", {})]
    (place, pictures), *others = _pictures(whole_folders(tree), above, folds)
    findings += _unused(place, [path for path, _ in (*others, *other_folds)])
    if not labels and folds:
        labels = _tested(folds)
        findings = [_by_folder(finding) for finding in findings]
    chosen = {clip: (pictures[clip], row.label, row.number) for clip, row in labels.items() if clip in pictures}
    findings += _lone(labels, pictures)
    clips, odd = seen(tree, chosen)
    if not clips:
        what = "no picture (006_006_1_2 .png, ...) of a clip with a class"
        action = "clone the repository whole: its pictures are in datasets/STSNet_whole_norm_u_v_os"
        return Reading(findings=(*findings, *odd, Finding("fatal", "no-videos", "", what, action)))
    version, differing = against_copy(clips)
    parts = (("labels", table), ("pictures", place), ("folds", above or "."))
    return Reading(
        videos=tuple(video_of(clip, one) for clip, one in clips.items()),
        version=version,
        parts=tuple(part for part in parts if part[1] and (folds or part[0] != "folds")),
        counts=(*counts_of({clip: CLASSES[one.label] for clip, one in clips.items()}), *fold_counts(folds)),
        findings=tuple(shortened([*findings, *odd, *differing, *fold_findings(tree, folds, clips)])),
    )


def _pictures(
    folders: Sequence[tuple[str, dict[ClipName, Picture]]], above: str, folds: Mapping[str, Fold]
) -> list[tuple[str, dict[ClipName, Picture]]]:
    """Return the folders of pictures with that to be used first; the test sides of the folds count as one.

    They are used where they hold more clips than any folder, and otherwise left out, for they are compared anyway.
    """
    tested = {clip: picture for fold in folds.values() for clip, (_, picture) in fold.test.items()}
    if folders and len(folders[0][1]) >= len(tested):
        return list(folders)
    return [(above or ".", tested), *folders]


def _unused(place: str, paths: Sequence[str]) -> list[Finding]:
    """Return a note for each folder of pictures that is not used."""
    return [
        Finding("note", "folder-unused", f"folder {path or '.'}", "more pictures of clips", f"{place} is used")
        for path in paths
    ]


def _tested(folds: Mapping[str, Fold]) -> Labels:
    """Return the class of each clip that a fold tests on."""
    return {
        clip: LabelRow(f"folder {picture.folder}", 0, label)
        for fold in folds.values()
        for clip, (label, picture) in fold.test.items()
    }


def _by_folder(finding: Finding) -> Finding:
    """Return the finding; that there is no table is no fault where folders tell the classes."""
    if finding.code != "table-missing":
        return finding
    return replace(finding, severity="note", action="the classes are those of the folds' folders")


def _lone(labels: Labels, pictures: Mapping[ClipName, Picture]) -> list[Finding]:
    """Return an error for each clip without a picture, a warning for each picture without a class."""
    findings = [
        Finding("error", "video-missing", row.where, f"no picture of {clip.video_id}", "left out; clone it again")
        for clip, row in sorted(labels.items())
        if clip not in pictures
    ]
    findings += [
        Finding("warning", "video-without-rows", picture.path, "a picture of a clip without a class", "left out")
        for clip, picture in sorted(pictures.items())
        if clip not in labels
    ]
    return findings
