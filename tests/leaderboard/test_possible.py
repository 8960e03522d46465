"""Statistics of every task: what scorers write is possible, and whatever is done to it is read or refused."""

import contextlib
import json

import pytest
from fixtures import made_boards as made
from hypothesis import given, settings
from hypothesis import strategies as st

from mebench.errors import MebenchError
from mebench.leaderboard.checked_statistics import possible_statistics
from mebench.leaderboard.truth_counts import counts_hash, refuse_other_counts, truth_counts
from mebench.metrics.recognition.score import Recognised, recognition_statistics
from mebench.metrics.spotting.files import count_spotting_files
from mebench.metrics.str.score import str_statistics
from mebench.metrics.vqa.lvqa_statistics import lvqa_statistics
from mebench.metrics.vqa.statistics import VqaSettings, vqa_statistics
from mebench.tables.held import Held
from mebench.tables.questions import row_of

LONG = (
    ("How many expression events appear in this video?", "3"),
    ("How many micro-expression events appear in this video?", "1"),
    ("How many macro-expression events appear in this video?", "2"),
    ("What distinct action units appear in this video?", "brow lowerer"),
    ("What is the expression type of the 1-th expression event in this video?", "micro-expression"),
)
SHORT = (("What is the coarse expression class?", "negative"), ("What is the fine-grained expression class?", "anger"))
SPOTS = Held("t.csv", b"dataset,subject,video,onset,offset,type\ncas,1,v1,3,9,micro\ncas,1,v2,3,90,macro\n")


def pairs(asked):
    keys = {"video": "a"}
    rows = [
        row_of("t", n, {"id": f"samm_a_{n}", "question": question, "answer": answer} | keys)
        for n, (question, answer) in enumerate(asked, start=1)
    ]
    return [(row, row) for row in rows]


def intervals():
    found = str_statistics(made.predictions(0), made.truth(), made.manifest(), made.CLASSES, "both", 0.5)
    return {name: one.to_json() for name, one in found.items()}


PEOPLE = [Recognised("smic", "1", "negative", "positive"), Recognised("samm", "1", "surprise", "surprise")]
DOCUMENTS = {
    "str": intervals(),
    "spotting": count_spotting_files(SPOTS, SPOTS).statistics,
    "recognition": recognition_statistics(PEOPLE, made.CLASSES).to_json(),
    "vqa": vqa_statistics(pairs(SHORT), VqaSettings()).to_json(),
    "vqa of sentences": vqa_statistics(pairs(SHORT), VqaSettings(bleu="sentence4-smooth1")).to_json(),
    "lvqa": lvqa_statistics(pairs(LONG)).to_json(),
}
VALUES = (-1, 0, 1, 2.5, None, "x", [], {}, True, 10**30, [1])


def places(value, path=()):
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in children:
        yield (*path, key)
        yield from places(one, (*path, key))


def changed(document, path, value):
    copy = json.loads(json.dumps(document))
    node = copy
    for key in path[:-1]:
        node = node[key]
    if value == "gone":
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return json.dumps(copy).encode()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_scorers_write_is_possible(name):
    checked = possible_statistics(json.dumps(DOCUMENTS[name]).encode(), "statistics")
    counts = truth_counts(checked.document)
    assert counts
    assert all(sum(one) > 0 for one in counts.values())
    assert counts_hash(dict(reversed(counts.items()))) == counts_hash(counts)


@settings(max_examples=300)
@given(st.data())
def test_whatever_is_done_to_statistics_is_read_or_refused(data):
    document = DOCUMENTS[data.draw(st.sampled_from(sorted(DOCUMENTS)))]
    path = data.draw(st.sampled_from(list(places(document))))
    text = changed(document, path, data.draw(st.sampled_from((*VALUES, "gone"))))
    with contextlib.suppress(MebenchError):
        truth_counts(possible_statistics(text, "statistics").document)


@pytest.mark.parametrize(
    ("name", "path", "value", "sentence"),
    [
        ("vqa", ("clips", 0, "failures"), 1, r"samm/a: 1 answers without a class"),
        ("vqa", ("clips", 0, "rows"), 1, r"2 answers to 1 questions"),
        ("vqa", ("clips", 0, "rouge"), 3.5, r"a summed ROUGE-1 of 3.5 for 2 questions"),
        ("vqa", ("clips", 0, "bleu", 0), 9, r"more n-grams matched than there are"),
        ("vqa", ("clips", 0, "bleu", 8), 9, r"n-grams that do not fit the lengths"),
        ("vqa of sentences", ("clips", 0, "bleu", 0), 2.5, r"a summed BLEU of \[2.5\] for 2 questions"),
        ("lvqa", ("videos", 0, "sums", 12), 2.0, r"action units: F1 2 and Jaccard 1 in 1 questions"),
        ("lvqa", ("videos", 0, "sums", 3), 4.0, r"count: squared errors of 0 for errors of 4"),
        ("lvqa", ("videos", 0, "sums", 1), 9.0, r"questions of 5"),
        ("lvqa", ("videos", 0, "sums", 14), 2.0, r"more sums of counts than a video has"),
        ("recognition", ("subjects", 0, "confusion", 0, 0), -1, r"is no table of samples in 3 classes"),
        ("recognition", ("subjects", 0, "dataset"), "smic", r"smic/1 is there twice"),
        ("spotting", ("videos", 0, "strict", 1, 1), -1, r"tp, fp, fn of \[1, -1, 0\] under strict"),
        ("str", ("strict", "subjects", 0, "videos", 0, "fp"), 10**30, r"not a whole number from 0"),
        ("str", ("task",), "sing", r"unknown task of statistics 'sing'"),
    ],
)
def test_counts_of_each_task_that_cannot_be(name, path, value, sentence):
    with pytest.raises(MebenchError, match=sentence):
        possible_statistics(changed(DOCUMENTS[name], path, value), "statistics")


def test_truths_that_differ():
    one, other = truth_counts(DOCUMENTS["str"]), truth_counts(DOCUMENTS["str"]) | {"made/9/v9": [1]}
    refuse_other_counts(one, {}, "record 1")
    with pytest.raises(MebenchError, match=r"made/9/v9: the true counts are nothing, but 1 in record 1; results"):
        refuse_other_counts(one, other, "record 1")


@pytest.mark.parametrize("labels", ["declared", "union", "all", [], None])
def test_boards_leave_absent_classes_out_of_the_means(labels):
    document = changed(DOCUMENTS["recognition"] | {"labels": "present"}, ("labels",), labels)
    with pytest.raises(MebenchError, match=r"boards leave classes without a true sample out of the means"):
        possible_statistics(document, "statistics")
