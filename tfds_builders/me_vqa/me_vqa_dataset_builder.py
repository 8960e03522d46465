"""TFDS builder of ME-VQA: the challenge's questions about short clips, joined to frames and annotation."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.audit import Finding
from mebench.data.card import Card
from tfds_builders.archives.archive_builder import ArchiveBuilder, Choice
from tfds_builders.archives.assemble import ArchiveVideo, Published
from tfds_builders.archives.jsonl import QuestionRow, question_files
from tfds_builders.archives.question_sets import VideoKey, clip_key, joined, part_of, question_counts
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree, plain
from tfds_builders.me_vqa.sources import clip_to_answer, test_videos, training_videos

NAME = "me_vqa"
TRAINING_KEYS = ("dataset", "image_id", "subject", "filename")
"""Keys of a training row besides `id`, `question` and `answer`; early rows to answer have them too."""

TEST_KEYS = ("video_id", "video")
"""Keys of a row to answer."""

PUBLISHED: Mapping[str, Mapping[str, Published]] = MappingProxyType(
    {
        "": {
            "rows": (1903, 1891),
            "questions kept": (1903, 1891),
            "rows of samm": 828,
            "rows of casme2": 911,
            "rows of smic": (164, 152),
            "videos": (442, 430),
        },
        "test": {"rows": 120, "questions kept": 120, "rows of samm": 35, "rows of casme3": 85, "videos": 24},
    }
)
"""Counts of the 2025 files; smic has 152 rows in some copies."""


class Builder(ArchiveBuilder):
    """Builder of ME-VQA; see README.md."""

    VERSION = tfds.core.Version("1.0.1")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {
        "1.0.0": "First release.",
        "1.0.1": "Labels of SAMM 1.0.1; early files of rows to answer are of the test side.",
    }
    DESCRIPTION = (
        "ME-VQA of the Micro-Expression Grand Challenges 2025 (v1) and 2026 (v2): questions about short clips of SAMM, "
        "CASME II, SMIC (training) and of the challenge's own test clips."
    )
    HOMEPAGE = "https://megc2025.github.io"
    FORMS = ("frames", "videos", "clips")
    CHOICES: ClassVar[Mapping[str, Choice]] = MappingProxyType(
        {name: Choice(pixels=name) for name in ("", "v2", "test", "test_cropped", "v2_test", "v2_test_cropped")}
    )
    CARD: ClassVar[Card] = Card(
        holds="questions and answers about clips of micro-expressions",
        kind="questions",
        subjects=None,
        videos=442,
        micro=442,
        macro=0,
        fps="200 (SAMM, CASME II), 100 (SMIC), 30 (CAS(ME)^3)",
        licence="research only; each set's own agreement",
        apply="https://megc2025.github.io",
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Get the question files from the challenge's page (me_vqa_samm_casme2_smic.jsonl; with the test clips "
        "me_vqa_*_test_to_answer.jsonl), and put them into one folder with the unpacked archives of SAMM, CASME II and "
        "SMIC."
    )

    @staticmethod
    def read(tree: Tree, choice: Choice) -> Reading:
        """Return the clips that the questions of one edition and side ask about, with the questions."""
        test, second, cropped = "test" in choice.pixels, choice.pixels.startswith("v2"), "cropped" in choice.pixels
        files, findings = side_files(tree, test)
        chosen = [(path, rows) for path, rows in files if is_second(path, rows) == second]
        rows = _distinct([row for _, rows in chosen for row in rows], findings)
        if not rows:
            return Reading(findings=(*findings, _missing(tree, test, second)))
        videos, more = test_videos(tree, rows, cropped) if test else training_videos(tree, rows)
        kept, last = joined(NAME, rows, test_key if test else training_key, videos, _name)
        if not kept:
            what = "no frames of any clip that the questions ask about"
            last.append(Finding("fatal", "no-videos", "", what, "put the unpacked clips into the archive's folder too"))
        return Reading(
            videos=tuple(kept),
            version="2026" if second else "2025",
            parts=tuple(("questions", path) for path, _ in chosen),
            counts=question_counts(kept, rows, {} if second else PUBLISHED["test" if test else ""]),
            findings=(*findings, *more, *last),
        )


def side_files(tree: Tree, test: bool) -> tuple[list[tuple[str, list[QuestionRow]]], list[Finding]]:
    """Return the question files of one side, and findings.

    A file with the keys of training rows and no answer at all is an early one of rows to answer.
    """
    files, findings = question_files(tree, TRAINING_KEYS)
    own = [(path, rows) for path, rows in files if test != any(row.question().has_answer for row in rows)]
    if not test:
        return own, findings
    usual, more = question_files(tree, TEST_KEYS)
    return sorted(dict([*own, *usual]).items(), key=lambda file: file[0]), [*findings, *more]


def is_second(path: str, rows: Sequence[QuestionRow]) -> bool:
    """Return whether a file is of the 2026 edition: it asks for an analysis, or is called v2."""
    return any(row.question().form == "analysis" for row in rows) or "v2" in plain(path.rpartition("/")[2])


def training_key(row: QuestionRow) -> VideoKey:
    """Return what a training row is joined on."""
    return clip_key(part_of(row), row.values["subject"], row.values["filename"])


def test_key(row: QuestionRow) -> VideoKey:
    """Return what a row to answer is joined on."""
    return (part_of(row), plain(clip_to_answer(row)))


def _name(key: VideoKey, video: ArchiveVideo) -> tuple[str, str]:
    """Return a clip's id and subject; the subjects of several sets stay apart."""
    part = str(key[0])
    subject = video.info.subject if video.info.subject.startswith(f"{part}_") else f"{part}_{video.info.subject}"
    return f"{part}_{video.info.video_id.removeprefix(f'{part}_test_')}", subject


def _distinct(rows: Sequence[QuestionRow], findings: list[Finding]) -> list[QuestionRow]:
    """Return the rows whose id no file before holds: copies of a file lie in many archives."""
    seen: dict[str, str] = {}
    kept = []
    for row in rows:
        first = seen.setdefault(row.question_id, row.file)
        if first == row.file:
            kept.append(row)
    for path in sorted({row.file for row in rows} - {row.file for row in kept}):
        findings.append(Finding("note", "file-twice", path, "all its questions stand in another file", "left out"))
    return kept


def _missing(tree: Tree, test: bool, second: bool) -> Finding:
    seen = ", ".join(tree.named(".jsonl", ".json")[:10]) or "none"
    side, edition = "test" if test else "training", "2026" if second else "2025"
    what = f"no {side} questions of {edition}; .jsonl files seen: {seen}"
    action = "put the challenge's .jsonl file into the archive's folder"
    return Finding("fatal", "table-missing", "", what, action)
