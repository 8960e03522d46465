"""Whatever a user hands to `mebench score`: a score, or one sentence with file and row."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebench.cli.main import main
from mebench.errors import MebenchError
from mebench.metrics.recognition.files import count_recognition_files
from mebench.metrics.score import score_of
from mebench.metrics.spotting.files import count_spotting_files
from mebench.metrics.str.files import count_str_files
from mebench.metrics.vqa.files import count_lvqa_files, count_vqa_files

INTERVALS = "subject,video,onset,offset,emotion\n1,a,0,9,negative\n2,b,0,9,positive\n"
SPOTS = "vid,onset,offset,type\na,0,9,me\nb,0,50,mae\n"
EMOTIONS = "subject,video,emotion\n1,a,negative\n2,b,positive\n"
GUESSES = "subject,video,predicted\n1,a,negative\n2,b,positive\n"
ANSWER = (
    '{{"id":"samm_006_1_{n}","dataset":"samm","image_id":"006_{n}","subject":"6","filename":"006_{n}",'
    '"question":"What is the coarse expression class?","answer":"negative"}}\n'
)
LONG = (
    '{{"video_id":"samm_test_SAMM-1_{n}","video":"SAMM-1","question":'
    '"How many micro-expression events appear in this video?","answer":"{n}"}}\n'
)
ANSWERS, COUNTS = ("".join(one.format(n=n) for n in (1, 2)) for one in (ANSWER, LONG))

GOOD = {
    "str": (INTERVALS, INTERVALS, ".csv"),
    "spotting": (SPOTS, SPOTS, ".csv"),
    "recognition": (GUESSES, EMOTIONS, ".csv"),
    "vqa": (ANSWERS, ANSWERS, ".jsonl"),
    "lvqa": (COUNTS, COUNTS, ".jsonl"),
}

SCORERS = {
    "str": count_str_files,
    "spotting": count_spotting_files,
    "recognition": count_recognition_files,
    "vqa": count_vqa_files,
    "lvqa": count_lvqa_files,
}

MANIFEST = "dataset,subject,video,num_frames,fps\nd,1,a,99,30\nd,2,b,99,30\n"


@pytest.fixture
def score(tmp_path, capsys, monkeypatch):
    """Return a function that calls `mebench score TASK` and returns exit code and what stands on standard error."""

    def call(task, pred=None, truth=None, manifest=None):
        good = GOOD[task]
        arguments = ["mebench", "score", task, "--json", str(tmp_path / "o.json")]
        texts = {"pred": pred if pred is not None else good[0], "truth": truth if truth is not None else good[1]}
        suffixes = {"pred": good[2], "truth": good[2], "manifest": ".csv"}
        if manifest is not None:
            texts["manifest"] = manifest
        for name, text in texts.items():
            path = tmp_path / f"{name}{suffixes[name]}"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            arguments += [f"--{name}", str(path)]
        monkeypatch.setattr("sys.argv", arguments)
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        return code or 0, " ".join(capsys.readouterr().err.split())

    return call


@pytest.mark.parametrize("task", GOOD)
def test_good_files_are_scored(score, task, tmp_path):
    assert score(task) == (0, "")
    assert (tmp_path / "o.json").is_file()


@pytest.mark.parametrize("side", ["pred", "truth"])
@pytest.mark.parametrize("task", GOOD)
@pytest.mark.parametrize("text", ["", "\n\n", b"\xff\xfe", b"a\n\xff\n", "{", "[]", "\x00", ",,,,\n"])
def test_files_that_are_none_at_all(score, task, side, text):
    code, error = score(task, **{side: text})
    assert code == 2
    assert error.startswith("mebench: ")
    assert f"{side}." in error


@pytest.mark.parametrize(
    ("task", "files", "sentence"),
    [
        ("str", {"pred": INTERVALS.replace(",emotion", "")}, "pred.csv row 1: column 'emotion' is missing"),
        ("str", {"pred": INTERVALS.replace("1,a,0", "1,a,zero")}, "pred.csv row 2: onset 'zero' is not a whole number"),
        ("str", {"pred": INTERVALS.replace("2,b", "2,c"), "manifest": MANIFEST}, "pred.csv row 3 (subject 2, video c)"),
        ("str", {"manifest": MANIFEST + "d,1,a,99,30\n"}, "manifest.csv row 4"),
        ("str", {"pred": INTERVALS + "1,a,0\n"}, "pred.csv row 4: 3 cells"),
        ("str", {"truth": INTERVALS.replace("9,negative", "999,negative"), "manifest": MANIFEST}, "truth.csv row 2"),
        ("spotting", {"pred": SPOTS.replace(",type", "")}, "pred.csv row 1: column 'type' is missing"),
        ("spotting", {"pred": SPOTS.replace("b,0", "b,x")}, "pred.csv row 3: onset 'x' is not a whole number"),
        ("spotting", {"pred": SPOTS.replace("b,", "c,"), "manifest": MANIFEST}, "pred.csv row 3 (video c): not in"),
        ("spotting", {"truth": SPOTS + "a,0,9,me\n"}, "truth.csv row 4 (video a): this true interval is there twice"),
        ("recognition", {"pred": GUESSES.replace(",predicted", "")}, "pred.csv row 1: column 'predicted' is missing"),
        ("recognition", {"pred": GUESSES.replace("2,b", "2,c")}, "pred.csv row 3"),
        ("recognition", {"pred": GUESSES + "1,a,positive\n"}, "pred.csv row 4"),
        ("recognition", {"truth": EMOTIONS.replace("positive", "")}, "truth.csv row 3"),
        ("vqa", {"pred": ANSWERS.replace('"negative"', "[3]")}, "pred.jsonl row 1: answer is [3], not text"),
        ("vqa", {"truth": ANSWERS.replace('"negative"', '"sad"')}, "truth.jsonl row 1 (samm_006_1_1): answer 'sad'"),
        ("vqa", {"pred": ANSWERS + ANSWER.format(n=1)}, "pred.jsonl row 3"),
        ("vqa", {"pred": ANSWERS + ANSWER.format(n=7)}, "pred.jsonl row 3"),
        ("vqa", {"pred": ANSWER.format(n=1)}, "samm_006_1_2"),
        ("vqa", {"pred": ANSWERS + "{\n"}, "pred.jsonl row 3"),
        ("lvqa", {"truth": COUNTS.replace('"1"', '"some"', 1)}, "truth.jsonl row 1"),
        ("lvqa", {"pred": COUNTS + LONG.format(n=2)}, "pred.jsonl row 3"),
        ("lvqa", {"pred": COUNTS.replace('"answer"', '"said"')}, "pred.jsonl row 1"),
    ],
)
def test_one_sentence_with_file_and_row(score, task, files, sentence):
    code, error = score(task, **files)
    assert (code, error.count("mebench: ")) == (2, 1)
    assert sentence in error


@pytest.mark.parametrize(
    ("task", "bad", "sentence"),
    [
        ("str", "1,a,x,9,negative\n", "row 20002: onset 'x' is not a whole number of frames"),
        ("spotting", "a,x,9,me\n", "row 20002: onset 'x' is not a whole number"),
        ("recognition", "1,a\n", "row 20002: 2 cells, but the header has 3"),
        ("vqa", "[1]\n", "row 20001: list, not an object"),
    ],
)
def test_one_bad_row_after_twenty_thousand(score, task, bad, sentence):
    if task == "vqa":
        good = "".join(ANSWER.format(n=n) for n in range(20_000))
    else:
        header, rows = GOOD[task][0].split("\n", 1)
        good = f"{header}\n{rows * 10_000}"
    code, error = score(task, pred=good + bad)
    assert (code, error.count("mebench: ")) == (2, 1)
    assert sentence in error


def noise_folder(factory):
    """Return the one folder of these tests; hypothesis calls them too often for a folder each."""
    folder = factory.getbasetemp() / "malformed"
    folder.mkdir(exist_ok=True)
    return folder


def mutations(text):
    """Texts that differ from a good one in a few places: cut, doubled, or other letters put in."""

    @st.composite
    def made(draw):
        found = text
        for _ in range(draw(st.integers(1, 3))):
            place, end = sorted(draw(st.tuples(st.integers(0, len(found)), st.integers(0, len(found)))))
            more = draw(st.sampled_from(["", ",", "\n", '"', "-1", "1e9", "nan", "é", "{", "}", found[place:end] * 2]))
            found = found[:place] + more + found[min(end, place + 4) :]
        return found

    return made()


@pytest.mark.parametrize("task", GOOD)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mutated_files_are_scored_or_refused(tmp_path_factory, task, data):
    pred, truth, suffix = GOOD[task]
    texts = {"pred": data.draw(mutations(pred)), "truth": data.draw(st.sampled_from([truth, pred]))}
    paths = [noise_folder(tmp_path_factory) / f"{task}_{name}{suffix}" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    with contextlib.suppress(MebenchError):
        score_of(SCORERS[task](*paths), 0)


@pytest.mark.parametrize("task", GOOD)
@settings(max_examples=40, deadline=None)
@given(noise=st.binary(max_size=60))
def test_any_bytes_are_scored_or_refused(tmp_path_factory, task, noise):
    folder, suffix = noise_folder(tmp_path_factory), GOOD[task][2]
    (folder / f"{task}_noise{suffix}").write_bytes(noise)
    (folder / f"{task}_good{suffix}").write_text(GOOD[task][1])
    with contextlib.suppress(MebenchError):
        score_of(SCORERS[task](folder / f"{task}_noise{suffix}", folder / f"{task}_good{suffix}"), 0)
