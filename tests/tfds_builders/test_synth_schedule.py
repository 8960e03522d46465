"""What happens when in synth_me."""

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.errors import MebenchError
from tfds_builders.synth_me.schedule import annotations, schedule
from tfds_builders.synth_me.settings import VARIANTS, SceneSettings


def plans(variant):
    return {
        (s, v): schedule(variant.scene, variant.seed, s, v, variant.seconds)
        for s in range(variant.subjects)
        for v in range(variant.videos)
    }


@settings(max_examples=share(50), deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 50), st.integers(0, 1))
def test_annotated_events_keep_apart_and_stay_inside(seed, subject, video):
    plan = schedule(SceneSettings(), seed, subject, video, 22.0)
    rest = SceneSettings()
    for event in plan.annotated:
        assert rest.margin_seconds - 1e-9 <= event.onset < event.apex < event.offset
        assert event.offset <= 22.0 - rest.margin_seconds + 1e-9
        low, high = rest.micro_seconds if event.kind == "micro" else rest.macro_seconds
        assert low - 1e-9 <= event.offset - event.onset <= high + 1e-9
        low, high = rest.micro_px if event.kind == "micro" else rest.macro_px
        assert low <= event.px <= high
    for a, b in itertools.pairwise(plan.annotated):
        assert b.onset - a.offset >= rest.gap_seconds - 1e-9


@pytest.mark.parametrize("name", VARIANTS)
def test_counts_and_frames_of_each_variant(name):
    variant = VARIANTS[name]
    for (subject, video), plan in plans(variant).items():
        found = Counter(event.kind for event in plan.annotated)
        number = subject * variant.scene.videos_per_subject + video
        if number % 8 == 5 and variant.scene.empty_from == 5:
            assert found["micro"] == 0
            assert found["macro"] >= 1
        else:
            assert variant.scene.micro_count[0] <= found["micro"] <= variant.scene.micro_count[1]
            assert variant.scene.macro_count[0] <= found["macro"] <= variant.scene.macro_count[1]
        for expression in annotations(plan, variant.fps):
            assert 0 <= expression.onset <= expression.apex <= expression.offset < variant.num_frames
            assert len(expression.interval) >= 4


@pytest.mark.parametrize(("name", "least"), [("quick", 8), ("full", 16), ("long", 2)])
def test_most_subjects_show_every_scored_class(name, least):
    variant = VARIANTS[name]
    shown = {s: set() for s in range(variant.subjects)}
    for (subject, _), plan in plans(variant).items():
        shown[subject] |= {e.coarse for e in annotations(plan, variant.fps) if e.kind == "micro"}
    assert sum(classes >= {"negative", "positive", "surprise"} for classes in shown.values()) >= least


def test_a_schedule_follows_from_its_arguments():
    one = schedule(SceneSettings(), 7, 1, 0, 22.0)
    assert one == schedule(SceneSettings(), 7, 1, 0, 22.0)
    assert one != schedule(SceneSettings(), 8, 1, 0, 22.0)
    assert one != schedule(SceneSettings(), 7, 2, 0, 22.0)
    assert one != schedule(SceneSettings(), 7, 1, 1, 22.0)


def test_the_fast_variant_shows_the_same_scenes():
    assert plans(VARIANTS["200fps"]) == plans(VARIANTS["quick"])


def test_distractors_are_there_and_unannotated():
    found = [event for plan in plans(VARIANTS["quick"]).values() for event in plan.events]
    kinds = Counter(event.kind for event in found)
    assert kinds["distractor"] > kinds["micro"] + kinds["macro"]
    assert all((event.emotion == "") == (event.kind == "distractor") for event in found)


def test_too_short_a_video_is_refused():
    with pytest.raises(MebenchError, match=r"expressions need .* s, the video has 2.0 s"):
        schedule(SceneSettings(), 1, 0, 0, 2.0)
