"""Answers for the challenges of 2025 and 2026: rows, ids and questions are checked before the zip is written."""

import json
import zipfile

import pytest
from fixtures.archives.me_lvqa import to_answer as long_rows
from fixtures.archives.me_vqa import to_answer as clip_rows
from fixtures.archives.me_vqa import write_jsonl

from mebench.challenges.files import CAS_VIDEOS, SAMM_VIDEOS
from mebench.challenges.submission import write_submission
from mebench.errors import MebenchError

ANSWERS = ("negative", "anger", "brow lowerer", "yes", "The action unit present is: brow lowerer.")
LONG = ("3", "2", "1", "brow lowerer, lip corner puller", "micro-expression", "macro-expression")


def answered(rows, answers):
    return [row | {"answer": answers[n % len(answers)], "raw": "x", "seconds": 0.5} for n, row in enumerate(rows)]


def questions(second=False):
    samm = clip_rows("samm", [f"SAMM-{n}" for n in range(1, 8)], second)
    return samm, clip_rows("casme3", [f"CAS-{n}" for n in range(1, 18)], second)


def run_of(folder, rows):
    write_jsonl(folder / "predictions.jsonl", rows)
    return folder


@pytest.mark.parametrize(
    ("challenge", "second", "version"), [("megc2025-vqa", False, ""), ("megc2026-vqa", True, "_v2")]
)
def test_clips(tmp_path, challenge, second, version):
    samm, cas = questions(second)
    run = run_of(tmp_path / "run", answered([*samm, *cas], ANSWERS))
    asked = [write_jsonl(tmp_path / "samm.jsonl", samm), write_jsonl(tmp_path / "cas.jsonl", cas)]
    made = write_submission(challenge, [run], tmp_path / "x.zip", asked)
    names = [f"me_vqa_samm{version}_test_pred.jsonl", f"me_vqa_casme3{version}_test_pred.jsonl"]
    with zipfile.ZipFile(made.path) as archive:
        assert archive.namelist() == names
        rows = [json.loads(line) for line in archive.read(names[0]).decode().splitlines()]
    assert made.rows == dict(zip(names, (35, 85), strict=True))
    assert [list(row) for row in rows] == [["video_id", "video", "question", "answer"]] * 35
    assert [row["video_id"] for row in rows] == [row["video_id"] for row in samm]
    assert rows[1]["answer"] == "anger"
    assert made.notes == ()


def test_long_videos(tmp_path):
    samm = [row for n, video in enumerate(SAMM_VIDEOS, 1) for row in long_rows("samm", f"{n}_{video}")]
    cas = [row for n, video in enumerate(CAS_VIDEOS, 11) for row in long_rows("casme3", f"{n}_{video}")]
    run = run_of(tmp_path / "run", answered([*samm, *cas], LONG))
    made = write_submission("megc2026-lvqa", [run], tmp_path / "x.zip")
    assert made.rows == {"me_lvqa_samm_test_pred.jsonl": 60, "me_lvqa_casme3_test_pred.jsonl": 120}
    assert made.notes == ("ids and wordings were not compared with the challenge's own files (--questions FILE)",)


def test_free_answers_are_counted_and_order_is_the_challenges(tmp_path):
    samm, cas = questions()
    rows = answered([*samm, *cas], ("It looks negative.", *ANSWERS[1:]))
    run = run_of(tmp_path / "run", rows[::-1])
    asked = [write_jsonl(tmp_path / "q" / "samm.jsonl", samm), write_jsonl(tmp_path / "q" / "cas.jsonl", cas)]
    made = write_submission("megc2025-vqa", [run], tmp_path / "x.zip", asked)
    with zipfile.ZipFile(made.path) as archive:
        first = json.loads(archive.read("me_vqa_samm_test_pred.jsonl").splitlines()[0])
    assert first["video_id"] == samm[0]["video_id"]
    assert made.notes[0] == (
        "me_vqa_samm_test_pred.jsonl: 7 answers to 'coarse' are not one of negative, positive, surprise"
    )


def without(rows, place):
    return [*rows[:place], *rows[place + 1 :]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda rows: without(rows, 3), "34 rows, but the challenge asks 35 questions"),
        (lambda rows: [*rows, rows[0]], r"predictions.jsonl row 121: video_id .* answered twice \(.*row 1\)"),
        (lambda rows: [rows[0] | {"answer": " "}, *rows[1:]], r"row 1 .*answer is empty"),
        (
            lambda rows: [{k: v for k, v in rows[0].items() if k != "question"}, *rows[1:]],
            "the key 'question' is missing",
        ),
        (
            lambda rows: [rows[0] | {"question": rows[1]["question"]}, *rows[1:]],
            "video SAMM-1 has 0 questions of the form",
        ),
        (lambda rows: [rows[0] | {"video": ["SAMM-1"]}, *rows[1:]], r"row 1 .*: video is no text"),
        (lambda rows: [rows[0] | {"answer": "\ud800"}, *rows[1:]], r"row 1: answer holds half of a character"),
        (lambda rows: [rows[0] | {"video": "SAMM-9"}, *rows[1:]], "8 videos, but the challenge has 7"),
        (lambda rows: [rows[0] | {"video_id": "samm_test_SAMM-1_99"}, *rows[1:]], "is not answered|is no question"),
        (lambda rows: [rows[0] | {"video_id": "smic_test_1"}, *rows[1:]], "34 rows"),
    ],
)
def test_what_the_challenge_would_refuse(tmp_path, change, sentence):
    samm, cas = questions()
    run = run_of(tmp_path / "run", change(answered([*samm, *cas], ANSWERS)))
    asked = [write_jsonl(tmp_path / "samm.jsonl", samm), write_jsonl(tmp_path / "cas.jsonl", cas)]
    with pytest.raises(MebenchError, match=sentence):
        write_submission("megc2025-vqa", [run], tmp_path / "x.zip", asked)
    assert not (tmp_path / "x.zip").exists()


def test_a_folder_without_answers(tmp_path):
    with pytest.raises(MebenchError, match="holds no answers"):
        write_submission("megc2025-vqa", [tmp_path], tmp_path / "x.zip")
    with pytest.raises(MebenchError, match="none: no such file or folder"):
        write_submission("megc2025-vqa", [tmp_path / "none"], tmp_path / "x.zip")
