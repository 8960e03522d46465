"""Timetable of a face: annotated expressions and distractors of one video, in seconds."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mebench.data.interval import Expression
from mebench.data.labels import COARSE_OF
from mebench.errors import MebenchError
from tfds_builders.synth_me.draws import arrivals, one_of, uniform, within
from tfds_builders.synth_me.expressions import (
    BLINK,
    DRIFT_DISTRACTORS,
    EMOTIONS,
    SINGLE_DISTRACTORS,
    emotions_of,
)
from tfds_builders.synth_me.settings import Range, SceneSettings

EventKind = Literal["micro", "macro", "distractor"]

_SCORED = ("negative", "positive", "surprise")
_ORDER_STREAM, _EVENT_STREAM = 0, 1


@dataclass(frozen=True, kw_only=True)
class Event:
    """A movement of the face.

    Attributes:
        kind: `micro` and `macro` are annotated, `distractor` is not.
        aus: action units that move together.
        emotion: of the source's vocabulary; empty for a distractor.
        onset, apex, offset: seconds.
        px: displacement at the apex of the point that moves most, in px of a 256 px wide picture.
    """

    kind: EventKind
    aus: tuple[str, ...]
    emotion: str
    onset: float
    apex: float
    offset: float
    px: float


@dataclass(frozen=True)
class Schedule:
    """The events of a video, in order of onset.

    Attributes:
        seconds: length of the video.
        events: annotated ones do not overlap each other; distractors may overlap anything.
    """

    seconds: float
    events: tuple[Event, ...]

    @property
    def annotated(self) -> tuple[Event, ...]:
        """The micro- and macro-expressions, in order of onset."""
        return tuple(event for event in self.events if event.kind != "distractor")


def schedule(settings: SceneSettings, seed: int, subject_index: int, video_index: int, seconds: float) -> Schedule:
    """Draw the events of a video; equal arguments give equal events.

    A video starts its draw with one micro-expression of each scored coarse class, in an order that turns from video to
    video of a subject, so that most subjects show all three.

    Raises:
        MebenchError: the expressions do not fit into `seconds`.
    """
    rng = np.random.default_rng([seed, subject_index, video_index, _EVENT_STREAM])
    kinds, emotions = _annotated(settings, rng, seed, subject_index, video_index)
    events = [*_place(settings, rng, kinds, emotions, seconds), *_distractors(settings, rng, seconds)]
    return Schedule(seconds, tuple(sorted(events, key=lambda event: (event.onset, event.aus))))


def annotations(plan: Schedule, fps: float) -> tuple[Expression, ...]:
    """Return the annotated events in frames at this rate: round(seconds * fps), 0-based, both ends included."""
    return tuple(
        Expression(
            onset=round(event.onset * fps),
            apex=round(event.apex * fps),
            offset=round(event.offset * fps),
            kind="micro" if event.kind == "micro" else "macro",
            emotion=event.emotion,
            coarse=COARSE_OF[event.emotion],
            fine=event.emotion,
            aus=event.aus,
        )
        for event in plan.annotated
    )


def _annotated(
    settings: SceneSettings, rng: np.random.Generator, seed: int, subject_index: int, video_index: int
) -> tuple[list[EventKind], list[str]]:
    """Draw the kinds and the emotions of the annotated expressions, in order of time."""
    micro = int(rng.integers(settings.micro_count[0], settings.micro_count[1] + 1))
    macro = int(rng.integers(settings.macro_count[0], settings.macro_count[1] + 1))
    number = subject_index * settings.videos_per_subject + video_index
    if number >= settings.empty_from and (number - settings.empty_from) % settings.empty_every == 0:
        micro, macro = 0, max(macro, 1)
    order = np.random.default_rng([seed, subject_index, _ORDER_STREAM]).permutation(_SCORED)
    first = [str(order[(2 * video_index + k) % len(_SCORED)]) for k in range(min(micro, len(_SCORED)))]
    drawn = [one_of(rng, settings.coarse_odds) for _ in range(micro + macro - len(first))]
    families = [emotions_of(coarse) for coarse in [*first, *drawn]]
    emotions = [family[rng.integers(len(family))] for family in families]
    kinds: list[EventKind] = ["micro" if i < micro else "macro" for i in range(micro + macro)]
    turn = rng.permutation(len(kinds))
    return [kinds[i] for i in turn], [emotions[i] for i in turn]


def _place(
    settings: SceneSettings, rng: np.random.Generator, kinds: list[EventKind], emotions: list[str], seconds: float
) -> Iterator[Event]:
    """Yield the annotated events one after the other, the spare time spread evenly at random between them."""
    ranges = {"micro": settings.micro_seconds, "macro": settings.macro_seconds}
    lengths = [within(rng, ranges[kind]) for kind in kinds]
    rest = 2 * settings.margin_seconds + max(len(kinds) - 1, 0) * settings.gap_seconds
    passed = [0.0, *itertools.accumulate(lengths)]
    spare = seconds - rest - passed[-1]
    if spare < 0:
        raise MebenchError(
            f"synth_me: {len(kinds)} expressions need {seconds - spare:.1f} s, the video has {seconds:.1f} s; "
            "ask for fewer expressions or longer videos"
        )
    before = sorted(uniform(rng, 0.0, spare) for _ in kinds)
    for i, (kind, emotion, length) in enumerate(zip(kinds, emotions, lengths, strict=True)):
        onset = settings.margin_seconds + before[i] + i * settings.gap_seconds + passed[i]
        aus = EMOTIONS[emotion][rng.integers(len(EMOTIONS[emotion]))]
        px = settings.micro_px if kind == "micro" else settings.macro_px
        yield _event(settings, rng, kind, aus, emotion, onset, length, px)


def _distractors(settings: SceneSettings, rng: np.random.Generator, seconds: float) -> Iterator[Event]:
    """Yield blinks, single action units and slow drifts, each comes at random."""
    for rate, names, length, px in (
        (settings.blinks_per_second, (BLINK,), settings.blink_seconds, settings.blink_px),
        (settings.singles_per_second, SINGLE_DISTRACTORS, settings.single_seconds, settings.single_px),
        (settings.drifts_per_second, DRIFT_DISTRACTORS, settings.drift_seconds, settings.drift_px),
    ):
        for _ in range(arrivals(rng, rate, seconds)):
            aus = (names[rng.integers(len(names))],)
            onset = uniform(rng, -length[0], seconds)
            yield _event(settings, rng, "distractor", aus, "", onset, within(rng, length), px)


def _event(
    settings: SceneSettings,
    rng: np.random.Generator,
    kind: EventKind,
    aus: tuple[str, ...],
    emotion: str,
    onset: float,
    length: float,
    px: Range,
) -> Event:
    apex = onset + length * within(rng, settings.apex_share)
    return Event(
        kind=kind,
        aus=aus,
        emotion=emotion,
        onset=onset,
        apex=apex,
        offset=onset + length,
        px=within(rng, px),
    )
