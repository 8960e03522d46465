"""Questions joined to the videos they are about."""

import dataclasses
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from mebench.data.audit import Count, Finding
from tfds_builders.archives.assemble import ArchiveVideo, Published, counted
from tfds_builders.archives.jsonl import QuestionRow
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import numbers

VideoKey = tuple[Hashable, ...]
"""What a row and a video are joined on: the name of the part, then what names the video in it."""

OTHERS = ("folder-unknown", "video-without-rows", "table-unused")
"""Findings that several sets in one folder make of one another."""

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def clip_key(part: str, subject: str, name: str) -> VideoKey:
    """Return what a clip of SAMM, CASME II or SMIC is joined on, however subject and name are padded.

    SAMM: the numbers of `006_1_2`; SMIC: the class token and numbers of `s20_sur_05` (the source writes ne, po, sur,
    and ME-VQA the same); CASME II: the number of the subject and the clip's name, whatever its case.
    """
    if part == "samm":
        return (part, *numbers(name))
    if part == "smic":
        token = re.search(r"_(ne|po|sur)", name.lower())
        return (part, token.group(1) if token else "", *numbers(name))
    return (part, *numbers(subject)[:1], name.strip().lower())


def joined(
    dataset: str,
    rows: Sequence[QuestionRow],
    key_of: Callable[[QuestionRow], VideoKey],
    videos: Mapping[VideoKey, ArchiveVideo],
    id_of: Callable[[VideoKey, ArchiveVideo], tuple[str, str]],
) -> tuple[list[ArchiveVideo], list[Finding]]:
    """Return the videos that rows ask about, with their questions; and findings for rows without a video.

    Args:
        dataset: name of the question set.
        rows: questions.
        key_of: what a row is joined on.
        videos: of the sets that are asked about.
        id_of: gives a video's id and subject in the question set.
    """
    asked: dict[VideoKey, list[QuestionRow]] = {}
    for row in rows:
        asked.setdefault(key_of(row), []).append(row)
    findings = [f for own in asked.values() for f in _wordings(own)]
    found = []
    for key, own in asked.items():
        if key not in videos:
            what = f"no frames of {own[0].values.get('image_id') or own[0].values.get('video') or own[0].question_id}"
            what += f" (questions: {len(own)})"
            action = "left out; put its dataset into the archive's folder too"
            findings.append(Finding("warning", "video-missing", own[0].where, what, action))
            continue
        video = videos[key]
        video_id, subject = id_of(key, video)
        info = dataclasses.replace(video.info, dataset=dataset, video_id=_UNFIT.sub("-", video_id), subject=subject)
        questions = tuple(row.question() for row in own)
        found.append(dataclasses.replace(video, info=info, questions=questions))
    return sorted(found, key=lambda video: (video.info.subject, video.info.video_id)), findings


def _wordings(rows: Sequence[QuestionRow]) -> Iterable[Finding]:
    for row in rows:
        question = row.question()
        if not question.form:
            what = f"worded like no known question: {question.question[:60]!r}"
            yield Finding("note", "question-unknown", row.where, what, "kept")


def question_counts(
    videos: Sequence[ArchiveVideo], rows: Sequence[QuestionRow], published: Mapping[str, Published]
) -> tuple[Count, ...]:
    """Return the counts of an audit: rows found, questions kept, and the clips they are about, by part."""
    found = {"rows": len(rows), "questions kept": sum(len(v.questions) for v in videos), "videos": len(videos)}
    found |= {name: 0 for name in published if name.startswith("rows of ")}
    for row in rows:
        name = f"rows of {part_of(row)}"
        found[name] = found.get(name, 0) + 1
    return tuple(counted(what, number, published) for what, number in found.items())


def of_part(reading: Reading) -> list[Finding]:
    """Return the findings of one set among several in an archive: folders that it does not know are the others'."""
    return [finding for finding in reading.findings if finding.code not in OTHERS]


def part_of(row: QuestionRow) -> str:
    """Return which dataset a row asks about: its `dataset`, or what its id begins with (samm, casme2, casme3, smic)."""
    return (row.values.get("dataset") or row.question_id.partition("_")[0]).strip().lower()
