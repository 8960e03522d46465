"""The log of answers: on the disk at once, read back, torn lines dropped, damage told."""

import os

import pytest

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.answer_log import AnswerLog, LoggedAnswer


def opened(path, run="run", say=print):
    return AnswerLog(path, run, say)


def answer(key, raw="yes"):
    return LoggedAnswer(key, f"q{key}", raw, raw, "ok", 0.5, 3)


def test_answers_are_read_back(tmp_path):
    log = opened(tmp_path / "run" / "answers.jsonl")
    for key in ("a", "b"):
        log.append(answer(key, "größer"))
    again = opened(tmp_path / "run" / "answers.jsonl")
    assert len(again) == 2
    assert again.get("b") == answer("b", "größer")
    assert again.get("c") is None


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_is_dropped_and_written_again(tmp_path, cut):
    path = tmp_path / "answers.jsonl"
    log = opened(path)
    log.append(answer("a"))
    whole = path.read_bytes()
    log.append(answer("b"))
    path.write_bytes(path.read_bytes()[:-cut])
    again = opened(path)
    assert (again.get("a"), again.get("b")) == (answer("a"), None)
    assert path.read_bytes() == whole
    again.append(answer("b"))
    assert opened(path).get("b") == answer("b")


def test_every_answer_is_synced(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(number))
    opened(tmp_path / "a.jsonl").append(answer("a"))
    assert len(synced) == 1


def test_the_first_answer_of_a_key_stays(tmp_path):
    log = opened(tmp_path / "a.jsonl")
    log.append(answer("a", "yes"))
    log.append(answer("a", "no"))
    assert opened(tmp_path / "a.jsonl").get("a") == log.get("a") == answer("a", "yes")


def _flip(line):
    return line.replace(b"yes", b"yea", 1)


@pytest.mark.parametrize(
    "change", [_flip, lambda line: line[: len(line) // 2] + b"\n", lambda line: b'{"key": 1}\n', lambda line: b"\0\n"]
)
def test_a_damaged_line_is_dropped_and_named(tmp_path, change):
    path, said = tmp_path / "a.jsonl", []
    for key in ("a", "b"):
        opened(path).append(answer(key))
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(change(first) + second)
    again = opened(path, say=said.append)
    assert (again.get("a"), again.get("b")) == (None, answer("b"))
    assert said == [f"{path}: row 1 cut off, changed or of another run: dropped, and asked again"]
    assert path.read_bytes() == second
    assert opened(path, say=said.append).get("b") == answer("b")
    assert len(said) == 1


def test_answers_of_another_run_are_not_taken(tmp_path):
    path, said = tmp_path / "a.jsonl", []
    for key in "abcdefghijkl":
        opened(path).append(answer(key))
    assert len(opened(path, "other", said.append)) == 0
    assert said == [
        f"{path}: rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and more cut off, changed or of another run: dropped, "
        "and asked again"
    ]


def test_a_folder_in_the_way_is_told(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"")
    with pytest.raises(MebenchError, match=r"cannot keep answers in"):
        opened(tmp_path / "a.jsonl" / "b.jsonl")
