"""Question rows of every edition, and what is said of files that are none."""

import json

import pytest

from mebench.errors import MebenchError
from mebench.tables.questions import joined, read_rows

TRAINING = {
    "id": "samm_006_1_2_1", "dataset": "samm", "image_id": "006_1_2", "subject": "6", "filename": "006_1_2",
    "question": "What is the coarse expression class?", "answer": "negative",
}  # fmt: skip
TEST = {"video_id": "casme3_test_CAS-3_2", "video": "CAS-3", "question": "What are the action units?", "answer": " x "}


def write(path, *rows):
    path.write_bytes(b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows))
    return path


def test_training_and_test_rows(tmp_path):
    first, second = read_rows(write(tmp_path / "r.jsonl", b"\xef\xbb\xbf", TRAINING, b"\r\n", TEST))
    assert (first.id, first.dataset, first.clip, first.form) == ("samm_006_1_2_1", "samm", "samm/006_1_2", "coarse")
    assert (second.id, second.dataset, second.clip, second.form) == (TEST["video_id"], "cas", "casme3/CAS-3", "aus")
    assert (first.answer, second.answer, second.line) == ("negative", "x", 3)


def test_answers_of_other_types_and_rows_without_a_video(tmp_path):
    rows = ({"id": "smic_s1_sur_1_2", "answer": 3}, {"id": "casme2_a_1", "answer": ["brow lowerer", "jaw drop"]})
    first, second = read_rows(write(tmp_path / "r.jsonl", *rows))
    assert (first.dataset, first.clip, first.answer, first.form) == ("", "smic_s1_sur_1", "3", "")
    assert (second.dataset, second.answer) == ("cas", "brow lowerer, jaw drop")


def test_a_folder_stands_for_its_files(tmp_path):
    write(tmp_path / "b.jsonl", TRAINING)
    write(tmp_path / "a.jsonl", TEST)
    assert [row.id for row in read_rows(tmp_path)] == [TEST["video_id"], TRAINING["id"]]
    with pytest.raises(MebenchError, match=r"holds no \*.jsonl"):
        read_rows(write(tmp_path / "x.txt", b"").parent / "..")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty; it must hold one JSON object a line"),
        (b"\n\n", "is empty"),
        (b'{"id": "a", "answer": "b"}\n{', r"row 2: no JSON \("),
        (b"[1]", "row 1: list, not an object"),
        (b'{"id": "a", "answer": "\xff"}', "row 1: not UTF-8"),
        (b'{"answer": "b"}', "row 1: neither video_id nor id"),
        (b'{"id": "a"}', r"row 1 \(a\): the key 'answer' is missing"),
        (b'{"id": "a", "answer": null}', "row 1: answer is null, not text"),
        (b'{"id": "a", "answer": {"x": 1}}', "row 1: answer is .* not text"),
        (b'{"id": true, "answer": "x"}', "row 1: id is true, not text"),
        (b'{"id": "a", "answer": "x", "question": 3.5, "dataset": []}' + b"[" * 3, "row 1: no JSON"),
        (b"[" * 100_000, "row 1: no JSON"),
    ],
)
def test_files_that_are_none(tmp_path, data, sentence):
    with pytest.raises(MebenchError, match=sentence):
        read_rows(write(tmp_path / "r.jsonl", data))


def test_no_file(tmp_path):
    with pytest.raises(MebenchError, match=r"cannot read .* no such file"):
        read_rows(tmp_path / "none.jsonl")


def test_joined_in_order_of_the_truth(tmp_path):
    truth = read_rows(write(tmp_path / "t.jsonl", TRAINING, TEST))
    guessed = read_rows(
        write(
            tmp_path / "p.jsonl", {"id": TEST["video_id"], "answer": "y"}, {"video_id": TRAINING["id"], "answer": "z"}
        )
    )
    pairs = joined(guessed, truth, "p", "t")
    assert [(pred.answer, pred.form, true.answer) for pred, true in pairs] == [
        ("z", "coarse", "negative"),
        ("y", "aus", "x"),
    ]
    with pytest.raises(MebenchError, match=r"p.jsonl row 1: id 'casme3_test_CAS-3_2' is not in t"):
        joined(guessed[:1], truth[:1], "p", "t")
    with pytest.raises(MebenchError, match=r"p: no row has the id 'samm_006_1_2_1' \(.*t.jsonl row 1\)"):
        joined(guessed[:1], truth, "p", "t")
    with pytest.raises(MebenchError, match=r"p.jsonl row 1: id .* is there twice \(row 1\)"):
        joined((guessed[0], guessed[0]), truth, "p", "t")
    other = read_rows(write(tmp_path / "q.jsonl", b"\n", {"id": TEST["video_id"], "answer": "z"}))
    with pytest.raises(MebenchError, match=r"q.jsonl row 2: id .* is there twice \(.*p.jsonl row 1\)"):
        joined((guessed[0], *other), truth, "p", "t")


def test_half_a_character(tmp_path):
    path = write(tmp_path / "h.jsonl", rb'{"id":"samm_1_1","answer":"\ud800"}')
    with pytest.raises(MebenchError, match=r"h.jsonl row 1: answer holds half of a character \(.*ud800.*\)"):
        read_rows(path)
    path = write(path, rb'{"id":"samm_1_1","answer":"\ud83d\ude00 \u00e9"}')
    assert read_rows(path)[0].answer == "\U0001f600 \u00e9"
