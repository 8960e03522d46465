"""Whatever a user hands to `mebench submit`: a zip, or one sentence with file and row."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from mebench.challenges.submission import write_submission
from mebench.cli.main import main
from mebench.errors import MebenchError

HEADER = "subject,video,onset,offset,emotion\n"
TABLE = f"{HEADER}001,001_2,10,90,negative\ndzw,dzw_a1,3,12,surprise\n"
ANSWER = (
    '{"video_id":"samm_test_SAMM-1_1","video":"SAMM-1","question":"What is the coarse expression class?",'
    '"answer":"negative"}\n'
)

FILES = {"megc2025-str": ("p.csv", TABLE), "megc2025-vqa": ("p.jsonl", ANSWER), "megc2026-lvqa": ("p.jsonl", ANSWER)}


@pytest.fixture
def submit(tmp_path, capsys, monkeypatch):
    """Return a function that calls `mebench submit` and returns exit code and what stands on standard error."""

    def call(challenge, content, *more):
        path, out = tmp_path / FILES[challenge][0], tmp_path / "x.zip"
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.setattr("sys.argv", ["mebench", "submit", challenge, str(path), "--out", str(out), *more])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        assert out.exists() == (not code)
        return code or 0, " ".join(capsys.readouterr().err.split())

    return call


def test_a_good_table(submit):
    assert submit("megc2025-str", TABLE) == (0, "")


@pytest.mark.parametrize("challenge", FILES)
@pytest.mark.parametrize("content", [None, "", "\n\n", b"\xff\xfe", b"a\n\xff\n", "{", "[]", "\x00", ",,,,\n"])
def test_files_that_are_none_at_all(submit, challenge, content):
    code, error = submit(challenge, content)
    assert (code, error.count("mebench: ")) == (2, 1)
    assert FILES[challenge][0] in error


@pytest.mark.parametrize(
    ("challenge", "content", "sentence"),
    [
        ("megc2025-str", TABLE.replace(",emotion", ""), "p.csv row 1: column 'emotion' is missing"),
        ("megc2025-str", TABLE.replace(",10,", ",ten,"), "p.csv row 2: onset 'ten' is not a whole number"),
        ("megc2025-str", TABLE.replace("surprise", "joy"), "p.csv row 3 (subject dzw, video dzw_a1): emotion 'joy'"),
        ("megc2025-str", TABLE.replace("dzw_a1", "dzw_a9"), "p.csv row 3 (subject dzw, video dzw_a9): not a video"),
        ("megc2025-vqa", ANSWER.replace('"video"', '"clip"'), "p.jsonl row 1 (samm_test_SAMM-1_1): the key 'video'"),
        ("megc2025-vqa", ANSWER.replace('"SAMM-1"', "7"), "p.jsonl row 1 (samm_test_SAMM-1_1): video is no text"),
        ("megc2025-vqa", ANSWER * 2, "p.jsonl row 2: video_id 'samm_test_SAMM-1_1' is answered twice"),
        ("megc2025-vqa", ANSWER.replace('"negative"', "null"), "p.jsonl row 1: answer is null, not text"),
        ("megc2025-vqa", ANSWER, "1 rows, but the challenge asks 35 questions"),
        ("megc2026-lvqa", ANSWER.replace("samm_", "smic_"), "0 rows, but the challenge asks 60 questions"),
    ],
)
def test_one_sentence_with_file_and_row(submit, challenge, content, sentence):
    code, error = submit(challenge, content)
    assert (code, error.count("mebench: ")) == (2, 1)
    assert sentence in error


def test_questions_that_cannot_be_read(submit, tmp_path):
    for path in (tmp_path / "none.jsonl", tmp_path / "p.csv"):
        code, error = submit("megc2025-vqa", ANSWER, "--questions", str(path))
        assert (code, error.count("mebench: ")) == (2, 1)
        assert path.name in error


@pytest.mark.parametrize("challenge", ["megc2025-str", "megc2025-vqa"])
@settings(max_examples=share(40), deadline=None)
@given(noise=st.binary(max_size=60), place=st.integers(0, 200))
def test_any_bytes_are_submitted_or_refused(tmp_path_factory, challenge, noise, place):
    folder, (name, text) = tmp_path_factory.getbasetemp() / "submitted", FILES[challenge]
    folder.mkdir(exist_ok=True)
    for content in (noise, text[:place].encode() + noise + text[place:].encode()):
        (folder / name).write_bytes(content)
        with contextlib.suppress(MebenchError):
            write_submission(challenge, [folder / name], folder / "noise.zip")
