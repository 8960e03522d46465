"""TFDS builder of ME-LVQA: the challenge's questions about long videos, joined to frames and annotation."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.audit import Finding
from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice
from tfds_builders.archives.assemble import ArchiveVideo
from tfds_builders.archives.jsonl import QuestionRow, question_files
from tfds_builders.archives.question_sets import VideoKey, joined, of_part, part_of, question_counts
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree, numbers
from tfds_builders.casme3.casme3_dataset_builder import Builder as Casme3
from tfds_builders.megc2025_str.megc2025_str_dataset_builder import Builder as TestVideos
from tfds_builders.samm_lv.samm_lv_dataset_builder import Builder as SammLv

NAME = "me_lvqa"
PUBLISHED = MappingProxyType(
    {"rows": 180, "questions kept": 180, "rows of samm": 60, "rows of casme3": 120, "videos": 30}
)
"""Counts of the test rows: six for each of 10 SAMM and 20 CAS(ME)^3 videos."""


class Builder(ArchiveBuilder):
    """Builder of ME-LVQA; see README.md."""

    VERSION = tfds.core.Version("1.0.1")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {
        "1.0.0": "First release.",
        "1.0.1": "Labels of SAMM Long Videos 1.0.1 and CAS(ME)^3 1.0.1.",
    }
    DESCRIPTION = (
        "ME-LVQA of the Micro-Expression Grand Challenge 2026: how many expressions a long video holds, of which kind, "
        "with which action units."
    )
    HOMEPAGE = "https://megc2026.github.io"
    FORMS = ("frames", "videos", "clips")
    CHOICES: ClassVar[Mapping[str, Choice]] = MappingProxyType({name: Choice(pixels=name) for name in ("", "training")})
    CARD: ClassVar[Card] = Card(
        holds="questions about long videos, to be answered (test); training rows where the user has them",
        kind="questions",
        subjects=None,
        videos=30,
        micro=None,
        macro=None,
        fps="200 (SAMM), 30 (CAS(ME)^3)",
        licence="research only; each set's own agreement",
        apply="https://megc2026.github.io",
        experimental=True,
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Get me_lvqa_samm_test_to_answer.jsonl and me_lvqa_casme3_test_to_answer.jsonl from the challenge's page, and "
        "put them into one folder with the unpacked test videos (SAMM_data, CAS_data)."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the long videos that the questions ask about, with the questions."""
        training = choice.pixels == "training"
        files, findings = question_files(tree, ())
        chosen = [(path, rows) for path, rows in files if is_long(rows) and has_answers(rows) == training]
        rows = [row for _, own in chosen for row in own]
        if not rows:
            return Reading(findings=(*findings, _missing(files, training)))
        videos, more = _training_videos(tree) if training else _test_videos(tree)
        kept, last = joined(NAME, rows, video_key, videos, _name)
        if not kept:
            what = "no frames of any video that the questions ask about"
            action = "put the unpacked videos into the archive's folder too"
            last.append(Finding("fatal", "no-videos", "", what, action))
        return Reading(
            videos=tuple(kept),
            parts=tuple(("questions", path) for path, _ in chosen),
            counts=question_counts(kept, rows, {} if training else PUBLISHED),
            findings=(*findings, *more, *last),
        )


def is_long(rows: Sequence[QuestionRow]) -> bool:
    """Return whether rows ask about long videos: one of them counts expressions."""
    return any(row.question().form in ("count", "count_micro", "count_macro") for row in rows)


def has_answers(rows: Sequence[QuestionRow]) -> bool:
    """Return whether rows are answered."""
    return any(row.question().has_answer for row in rows)


def video_key(row: QuestionRow) -> VideoKey:
    """Return what a row is joined on: `1_001_2` and `001_2` are video 001_2 of SAMM, `11_dzw_a1` is dzw_a1 of CAS."""
    name = next((row.values[key] for key in ("video", "image_id", "filename") if row.values.get(key)), "")
    return name_key(part_of(row), name)


def name_key(part: str, name: str) -> VideoKey:
    """Return what a video is joined on: of SAMM its last two numbers, of CAS(ME)^3 the name without a leading count."""
    if part == "samm":
        return (part, *numbers(name)[-2:])
    return (part, re.sub(r"^\d+_", "", name.strip()).lower())


def _test_videos(tree: Tree) -> tuple[dict[VideoKey, ArchiveVideo], list[Finding]]:
    reading = TestVideos.read(tree, Choice())
    return _by_key(reading), [f for f in of_part(reading) if f.severity != "fatal"]


def _training_videos(tree: Tree) -> tuple[dict[VideoKey, ArchiveVideo], list[Finding]]:
    found: dict[VideoKey, ArchiveVideo] = {}
    findings = []
    for part, read in (("samm", SammLv.read), ("casme3", Casme3.read)):
        reading = read(tree, Choice())
        found |= {name_key(part, v.info.video_id): v for v in reading.videos}
        findings += [f for f in of_part(reading) if f.severity != "fatal"]
    return found, findings


def _by_key(reading: Reading) -> dict[VideoKey, ArchiveVideo]:
    parts = {200.0: "samm"}
    return {name_key(parts.get(v.info.fps, "casme3"), v.info.video): v for v in reading.videos}


def _name(key: VideoKey, video: ArchiveVideo) -> tuple[str, str]:
    """Return a video's id and subject; the subjects of several sets stay apart."""
    return f"{key[0]}_{video.info.video_id}", f"{key[0]}_{video.info.subject}"


def _missing(files: Sequence[tuple[str, list[QuestionRow]]], training: bool) -> Finding:
    seen = ", ".join(path for path, _ in files) or "none"
    what = f"no {'answered ' if training else ''}questions about long videos; question files seen: {seen}"
    action = "put the challenge's me_lvqa .jsonl files into the archive's folder"
    return Finding("fatal", "table-missing", "", what, action)
