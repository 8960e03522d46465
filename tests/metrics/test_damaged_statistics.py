"""Statistics that somebody changed or cut: read as they are, or refused in one sentence; never a traceback."""

import contextlib
import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.errors import MebenchError
from mebench.metrics.columns import own_figures
from mebench.metrics.comparison import compare
from mebench.metrics.recognition.score import Recognised, recognition_statistics
from mebench.metrics.samples import samples_of
from mebench.metrics.spotting.counts import spotting_statistics
from mebench.metrics.spotting.rules import named_rules
from mebench.metrics.spotting.videos import joined_videos
from mebench.metrics.str.score import str_statistics
from mebench.metrics.vqa.lvqa_statistics import lvqa_statistics
from mebench.metrics.vqa.statistics import VqaSettings, vqa_statistics
from mebench.tables.intervals import IntervalTable, Manifest
from mebench.tables.questions import QuestionRow
from mebench.tables.spotting import MACRO, MICRO, interval_table


def intervals():
    table = IntervalTable.of([1, 2], ["a", "b"], [0, 9], [9, 30], ["negative", "positive"], score=[0.5, 0.25])
    manifest = Manifest.of(["x", "y"], [1, 2], ["a", "b"], [99, 99], [30, 30])
    return {rules: one.to_json() for rules, one in str_statistics(table, table, manifest).items()}


def spots():
    table = interval_table("t", ["a", "b"], [0, 9], [9, 90], [MICRO, MACRO], subject=["1", "2"])
    return spotting_statistics(joined_videos(table, table), named_rules("megc2020,guan2021,strict")).to_json()


def rows(form, answers):
    made = [QuestionRow(f"q{n}", "samm", f"samm/{n}", form, "?", answer, n) for n, answer in enumerate(answers)]
    return [(row, row) for row in made]


DOCUMENTS = {
    "str": intervals(),
    "spotting": spots(),
    "recognition": recognition_statistics(
        [Recognised("d", "1", "a", "a"), Recognised("e", "2", "b", "a")], ("a", "b")
    ).to_json(),
    "vqa": vqa_statistics(rows("coarse", ["negative", "positive"]), VqaSettings()).to_json(),
    "lvqa": lvqa_statistics(rows("count", ["3", "4"])).to_json(),
}

JUNK = st.sampled_from(
    [10**30, 10**400, -1, 1.5, 1e308, True, None, "", "x", [], {}, [1], [[]], {"a": 1}, float("nan"), float("inf")]
)


@pytest.mark.parametrize("task", DOCUMENTS)
def test_every_figure_of_a_task_is_listed_as_its_own(task):
    computed = {name for one in samples_of(DOCUMENTS[task]) for name in one.compute(np.ones((1, len(one.units))))}
    assert computed <= set(own_figures(task))
    missing = set(own_figures(task)) - computed
    assert all(name.endswith("_error_ms") or "apex" in name for name in missing), missing


def places(value, path=()):
    """Every place of a document, as the keys that lead to it."""
    yield path
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(below, (*path, key))


def changed(document, path, value):
    document = copy.deepcopy(document)
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is KeyError:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


@pytest.mark.parametrize("task", DOCUMENTS)
@settings(max_examples=share(150), deadline=None)
@given(data=st.data())
def test_a_changed_place_is_read_or_refused(task, data):
    good = DOCUMENTS[task]
    path = data.draw(st.sampled_from([one for one in places(good) if one]))
    document = changed(good, path, data.draw(JUNK | st.just(KeyError)))
    with contextlib.suppress(MebenchError):
        samples = samples_of(document)
        for one in samples:
            one.compute(np.ones((1, len(one.units))))
        compare(samples, samples_of(good), resamples=5)


@pytest.mark.parametrize(
    ("task", "path", "values"),
    [
        ("str", ("strict", "subjects", 0, "videos", 0, "tp"), (10**30, 1.5, -1)),
        ("str", ("official", "subjects", 0, "videos", 0, "confusion", 0, 0), (10**30, 0.5, -1)),
        ("recognition", ("subjects", 0, "confusion", 0, 0), (10**30, 1.5, -1)),
        ("vqa", ("clips", 0, "rows"), (10**30, 1.5)),
        ("spotting", ("videos", 0, "strict", 0, 0), (10**30, 1.5)),
        ("lvqa", ("videos", 0, "sums", 0), (10**400, float("nan"))),
    ],
)
def test_counts_are_neither_cut_nor_wrapped(task, path, values):
    for value in values:
        with pytest.raises(MebenchError, match=r"cannot be read: ValueError"):
            samples_of(changed(DOCUMENTS[task], path, value))


@pytest.mark.parametrize("task", DOCUMENTS)
def test_sound_ones_are_read(task):
    document = json.loads(json.dumps(DOCUMENTS[task]))
    found = compare(samples_of(document), samples_of(document), ["all"], resamples=5)
    assert found
    assert {one.difference.difference for one in found} <= {0.0, None}
