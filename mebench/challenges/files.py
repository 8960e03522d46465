"""Files that each challenge takes: names in the zip, columns, rows, videos and classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

INTERVAL_COLUMNS = ("subject", "video", "onset", "offset", "emotion")
ANSWER_KEYS = ("video_id", "video", "question", "answer")

EMOTIONS = ("negative", "positive", "surprise")

SAMM_VIDEOS = ("001_2", "001_3", "002_1", "002_4", "003_1", "003_7", "004_3", "004_6", "005_2", "005_7")
CAS_VIDEOS = tuple(
    f"{subject}_{clip}"
    for subject, clips in (
        ("dzw", ("a1", "d1", "f3", "h3", "s3")),
        ("gcf", ("a1", "d1", "f2", "h3", "s4")),
        ("smy", ("a1", "d1", "f2", "h3", "s3")),
        ("wy", ("a2", "f1", "f4", "h1", "s1")),
    )
    for clip in clips
)


@dataclass(frozen=True)
class AnswerFile:
    """One file of answers.

    Attributes:
        name: in the zip.
        dataset: whose questions it answers, as `QuestionRow.dataset` has it.
        videos: clips or long videos, each with one question of every form.
    """

    name: str
    dataset: str
    videos: int


@dataclass(frozen=True)
class AnswerChallenge:
    """A challenge that takes answers in words.

    Attributes:
        files: that the zip holds.
        forms: of the questions on each video; a form that may be worded two ways has both names.
    """

    files: tuple[AnswerFile, ...]
    forms: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class IntervalFile:
    """One file of intervals: its name in the zip, and the videos of its part."""

    name: str
    videos: tuple[str, ...]


@dataclass(frozen=True)
class IntervalChallenge:
    """A challenge that takes intervals with an emotion."""

    files: tuple[IntervalFile, ...]
    emotions: tuple[str, ...]


def _clips(name: str) -> tuple[AnswerFile, ...]:
    return tuple(
        AnswerFile(name.format(set=files), dataset, videos)
        for files, dataset, videos in (("samm", "samm", 7), ("casme3", "cas", 17))
    )


_ABOUT_CLIPS = (("coarse",), ("fine",), ("au", "aus"), ("au_present",))

CHALLENGES: Mapping[str, IntervalChallenge | AnswerChallenge] = MappingProxyType(
    {
        "megc2025-str": IntervalChallenge(
            (IntervalFile("samm_pred.csv", SAMM_VIDEOS), IntervalFile("cas_pred.csv", CAS_VIDEOS)), EMOTIONS
        ),
        "megc2025-vqa": AnswerChallenge(_clips("me_vqa_{set}_test_pred.jsonl"), (*_ABOUT_CLIPS, ("joint",))),
        "megc2026-vqa": AnswerChallenge(_clips("me_vqa_{set}_v2_test_pred.jsonl"), (*_ABOUT_CLIPS, ("analysis",))),
        "megc2026-lvqa": AnswerChallenge(
            (
                AnswerFile("me_lvqa_samm_test_pred.jsonl", "samm", len(SAMM_VIDEOS)),
                AnswerFile("me_lvqa_casme3_test_pred.jsonl", "cas", len(CAS_VIDEOS)),
            ),
            (("count",), ("count_micro",), ("count_macro",), ("au_set",), ("kind_of_nth",), ("kind_of_nth",)),
        ),
    }
)
"""By name, as `mebench submit` takes it (challenge pages of 2025 and 2026; mebench/docs/vqa.md)."""
