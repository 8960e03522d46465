"""The log of answers: on the disk at once, read back, torn lines dropped, damage told."""

import os

import pytest

from mebench.errors import MebenchError
from mebench.tasks.answer_log import AnswerLog, LoggedAnswer


def answer(key, raw="yes"):
    return LoggedAnswer(key, f"q{key}", raw, raw, "ok", 0.5, 3)


def test_answers_are_read_back(tmp_path):
    log = AnswerLog(tmp_path / "run" / "answers.jsonl")
    for key in ("a", "b"):
        log.append(answer(key, "größer"))
    again = AnswerLog(tmp_path / "run" / "answers.jsonl")
    assert len(again) == 2
    assert again.get("b") == answer("b", "größer")
    assert again.get("c") is None


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_is_dropped_and_written_again(tmp_path, cut):
    path = tmp_path / "answers.jsonl"
    log = AnswerLog(path)
    log.append(answer("a"))
    whole = path.read_bytes()
    log.append(answer("b"))
    path.write_bytes(path.read_bytes()[:-cut])
    again = AnswerLog(path)
    assert (again.get("a"), again.get("b")) == (answer("a"), None)
    assert path.read_bytes() == whole
    again.append(answer("b"))
    assert AnswerLog(path).get("b") == answer("b")


def test_every_answer_is_synced(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(number))
    AnswerLog(tmp_path / "a.jsonl").append(answer("a"))
    assert len(synced) == 1


def test_the_first_answer_of_a_key_stays(tmp_path):
    log = AnswerLog(tmp_path / "a.jsonl")
    log.append(answer("a", "yes"))
    log.append(answer("a", "no"))
    assert AnswerLog(tmp_path / "a.jsonl").get("a") == log.get("a") == answer("a", "yes")


def test_damage_is_told(tmp_path):
    path = tmp_path / "a.jsonl"
    AnswerLog(path).append(answer("a"))
    path.write_bytes(b'{"key": 1}\n' + path.read_bytes())
    with pytest.raises(MebenchError, match=r"a.jsonl row 1 is no answer of this version; delete the file"):
        AnswerLog(path)
    with pytest.raises(MebenchError, match=r"cannot keep answers in"):
        AnswerLog(tmp_path / "a.jsonl" / "b.jsonl")
