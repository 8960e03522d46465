"""Sources of the frames of ME-VQA's clips: short sets for training rows, the challenge's clips for test rows."""

from collections.abc import Callable, Sequence
from types import MappingProxyType

from mebench.data.audit import Finding
from tfds_builders.archives.annotation import Clip
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.assemble import ArchiveVideo, Recipe, assemble
from tfds_builders.archives.jsonl import QuestionRow
from tfds_builders.archives.question_sets import VideoKey, clip_key, of_part, part_of
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree, ancestors, numbered, plain
from tfds_builders.casme2.casme2_dataset_builder import Builder as Casme2
from tfds_builders.samm.samm_dataset_builder import Builder as Samm
from tfds_builders.smic.smic_dataset_builder import Builder as Smic

TRAINING = MappingProxyType({"samm": Samm.read, "casme2": Casme2.read, "smic": Smic.read})
"""How the sets of the training rows are read."""

FPS = MappingProxyType({"samm": 200.0, "casme3": 30.0})
"""Frames per second of the test clips, by the set they are from."""

Read = Callable[[Tree, Choice], Reading]


def training_videos(tree: Tree, rows: Sequence[QuestionRow]) -> tuple[dict[VideoKey, ArchiveVideo], list[Finding]]:
    """Return the clips of the sets that rows ask about, and what reading them found.

    A set that is not there, or is unusable, is a warning: copies of the questions are often partial.
    """
    videos: dict[VideoKey, ArchiveVideo] = {}
    findings = []
    for part, read in TRAINING.items():
        if not any(part_of(row) == part for row in rows):
            continue
        reading = read(tree, Choice())
        wrong = [f for f in reading.findings if f.severity == "fatal"]
        for error in wrong:
            action = f"its questions are left out; {error.action}"
            findings.append(Finding("warning", "part-missing", part, error.what, action))
        if not wrong:
            findings += of_part(reading)
            videos |= {clip_key(part, v.info.subject, v.info.video): v for v in reading.videos}
    return videos, findings


def clip_to_answer(row: QuestionRow) -> str:
    """Return what a row to answer calls its clip: its `video`, in early files its `filename`."""
    return row.values.get("video") or row.values.get("filename", "")


def test_videos(
    tree: Tree, rows: Sequence[QuestionRow], cropped: bool
) -> tuple[dict[VideoKey, ArchiveVideo], list[Finding]]:
    """Return the challenge's clips by the name that rows call them; a folder below one "...crop..." is cropped."""
    wanted = {(part_of(row), plain(clip_to_answer(row))): clip_to_answer(row) for row in rows}
    videos: dict[VideoKey, ArchiveVideo] = {}
    findings: list[Finding] = []
    for (part, name), shown in wanted.items():
        clips = []
        for folder in tree.image_folders():
            above = [plain(one) for one in ancestors(folder.path)]
            if above[0:1] == [name] and cropped == any("crop" in one for one in above):
                files, odd = numbered(folder, "last")
                findings += odd
                clips.append(Clip((f"{part}_test", shown), folder.path, files))
        if clips and name:
            recipe = Recipe(dataset="me_vqa", fps=FPS.get(part, 30.0), policy="as_published", has_labels=False)
            made, more = assemble(recipe, clips, ())
            findings += more
            videos.update(((part, name), video) for video in made)
    return videos, findings
