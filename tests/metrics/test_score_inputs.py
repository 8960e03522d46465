"""The truth that nobody named: found beside the predictions, and said; without one, a sentence with the command."""

import pytest

from mebench.cli.main import main
from mebench.errors import MebenchError
from mebench.metrics.score_inputs import ScoreInputs, is_table, score_inputs

TABLE = "subject,video,onset,offset,emotion\n1,a,0,9,negative\n"


@pytest.fixture
def files(tmp_path):
    for name in ("p.csv", "truth.csv"):
        (tmp_path / name).write_text(TABLE)
    return tmp_path


def test_what_lies_beside(files):
    pred, truth, manifest = files / "p.csv", files / "truth.csv", files / "manifest.csv"
    assert score_inputs("str", pred) == ScoreInputs(pred, truth, None, (("truth", truth),))
    manifest.write_text("dataset,subject,video,num_frames,fps\nd,1,a,99,30\n")
    assert score_inputs("str", pred).manifest == manifest
    assert score_inputs("recognition", pred) == ScoreInputs(pred, None, None)
    assert score_inputs("str", pred, pred) == ScoreInputs(pred, pred, None)
    assert score_inputs("str", pred, None, pred).manifest == pred
    with pytest.raises(MebenchError, match=r"put truth_spotting.csv beside it \(mebench data truth NAME --out DIR"):
        score_inputs("spotting", pred)


def test_the_folder_of_a_run(files):
    (files / "p.csv").rename(files / "predictions.csv")
    assert score_inputs("str", files).pred == files / "predictions.csv"
    assert is_table(files)
    (files / "statistics.json").write_text("{}")
    assert not is_table(files)


def test_json_and_truth_are_optional(files, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["mebench", "score", "str", "--pred", str(files / "p.csv")])
    with pytest.raises(SystemExit) as stop:
        main()
    shown = capsys.readouterr().out.splitlines()
    assert stop.value.code == 0
    assert shown[0] == f"truth        {files / 'truth.csv'}"
    assert [line.split()[0] for line in shown[1:3]] == ["classes", "left"]
    assert not any(line.startswith("scores") for line in shown)
    assert sorted(one.name for one in files.iterdir()) == ["p.csv", "truth.csv"]
