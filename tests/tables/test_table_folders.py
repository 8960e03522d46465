"""Folders with a table for each dataset: pooled for Overall, each by itself beside it, never mixed."""

import pytest

from mebench.errors import MebenchError
from mebench.metrics.samples import samples_of
from mebench.metrics.score import score_of
from mebench.metrics.str.files import count_str_files
from mebench.metrics.str.score import counted_str, str_statistics
from mebench.tables.csv import read_predictions
from mebench.tables.folders import dataset_of_file, read_tables
from mebench.tables.intervals import IntervalTable, Manifest

HEADER = "subject,video,onset,offset,emotion"


@pytest.fixture
def folders(tmp_path):
    tables = {
        "pred/cas_pred.csv": ["dzw,a1,0,9,positive", "dzw,a1,50,59,negative"],
        "pred/samm_pred.csv": ["001,2,0,9,negative", "002,4,0,9,negative"],
        "truth/CAS-truth.csv": ["dzw,a1,0,9,positive", "gcf,d1,10,30,surprise"],
        "truth/samm_gt.csv": ["001,2,0,10,negative", "002,4,100,110,surprise"],
    }
    for name, rows in tables.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("\n".join([HEADER, *rows]) + "\n")
    return tmp_path / "pred", tmp_path / "truth"


def counts(score, part):
    return [score.metrics[f"{part}.{name}"].value for name in ("tp_s", "fp_s", "fn_s")]


def test_datasets_together_and_apart(folders):
    found = score_of(count_str_files(*folders), 20)
    assert counts(found, "official") == [2, 2, 1]  # gcf has no prediction, so the script misses nothing there
    assert counts(found, "strict") == [2, 2, 2]
    assert list(found.settings["samples"])[:3] == ["official", "official.cas", "official.samm"]
    for rules in ("official", "strict"):
        cas, samm = (counts(found, f"{rules}.{name}") for name in ("cas", "samm"))
        assert samm == [1, 1, 1]
        assert [sum(one) for one in zip(cas, samm, strict=True)] == counts(found, rules)


def test_overall_is_the_scorer_on_the_pooled_tables(folders, tmp_path):
    pooled = [tmp_path / "p.csv", tmp_path / "t.csv"]
    for folder, path in zip(folders, pooled, strict=True):
        rows = [line for one in sorted(folder.iterdir()) for line in one.read_text().splitlines()[1:]]
        path.write_text("\n".join([HEADER, *rows]) + "\n")
    together, single = (score_of(count_str_files(*one), 0).metrics for one in (folders, pooled))
    for rules in ("official", "strict"):
        for name in ("f1_s", "f1_a", "strs", "uf1", "uar"):
            assert together[f"{rules}.{name}"].value == single[f"{rules}.{name}"].value
    assert "strict.cas.f1_s" in together.keys() - single.keys()


def test_subjects_of_two_datasets_with_one_id_are_apart(tmp_path):
    """Subject 1 of samm has no prediction; that subject 1 of cas has one makes no difference to it."""
    tables = {
        "pred/cas_pred.csv": ["1,a1,0,9,positive"],
        "pred/samm_pred.csv": ["2,b2,0,9,negative"],
        "truth/cas_truth.csv": ["1,a1,0,9,positive"],
        "truth/samm_truth.csv": ["1,b1,0,9,negative", "2,b2,0,9,negative"],
    }
    for name, rows in tables.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("\n".join([HEADER, *rows]) + "\n")
    found = score_of(count_str_files(tmp_path / "pred", tmp_path / "truth"), 0)
    alone = score_of(count_str_files(tmp_path / "pred/samm_pred.csv", tmp_path / "truth/samm_truth.csv"), 0)
    assert counts(found, "official") == [2, 0, 0]
    assert counts(found, "official.samm") == counts(alone, "official") == [1, 0, 0]
    assert found.warnings[0] == (
        "official: 1 subjects without a prediction: their 1 true intervals are not counted as missed"
    )
    assert counts(found, "strict") == [2, 0, 1]
    assert found.metrics["strict.f1_s"].n == 3


def test_a_manifest_names_the_datasets_too():
    pred = IntervalTable.of(["1", "2"], ["a", "b"], [0, 0], [9, 9], ["positive", "negative"])
    true = IntervalTable.of(["1", "2"], ["a", "b"], [1, 50], [9, 59], ["positive", "negative"])
    for names, wanted in ((["x", "y"], {"", ".x", ".y"}), (["x", "x"], {""})):
        manifest = Manifest.of(names, ["1", "2"], ["a", "b"], [100, 100], [30.0, 30.0])
        samples = samples_of(counted_str(str_statistics(pred, true, manifest, ("positive", "negative"))).statistics)
        assert {one.name for one in samples} == {f"{rules}{end}" for rules in ("official", "strict") for end in wanted}


def test_errors_name_the_file_and_the_row(folders):
    pred, truth = folders
    (pred / "samm_pred.csv").write_text(f"{HEADER}\n001,2,0,9,negative\n001,2,9,8,negative\n")
    with pytest.raises(MebenchError, match=r"samm_pred.csv row 3 \(subject 001, video 2\): offset 8 < onset 9"):
        count_str_files(pred, truth)
    (pred / "samm_pred.csv").write_text(f"{HEADER}\ndzw,a1,0,9,negative\n")
    with pytest.raises(MebenchError, match=r"samm_pred.csv row 2 .* of dataset samm here and of cas in another file"):
        count_str_files(pred, truth)
    (pred / "samm_pred.csv").write_text(f"{HEADER}\ngcf,d1,0,9,negative\n")
    with pytest.raises(MebenchError, match=r"samm_pred.csv row 2 .* of dataset samm here and of cas in another file"):
        count_str_files(pred, truth)
    (pred / "samm_pred.csv").unlink()
    with pytest.raises(MebenchError, match=r"truth has a file of dataset samm and .*pred has none; add samm_pred.csv"):
        count_str_files(pred, truth)
    (pred / "cas_prediction.csv").write_text(f"{HEADER}\n")
    with pytest.raises(MebenchError, match=r"are both of dataset cas; keep one"):
        count_str_files(pred, truth)
    (pred.parent / "none").mkdir()
    with pytest.raises(MebenchError, match=r"holds no .csv file; give files such as cas_pred.csv"):
        read_tables(pred.parent / "none", read_predictions)


@pytest.mark.parametrize(
    ("name", "dataset"),
    [("cas_pred.csv", "cas"), ("SAMM-truth.csv", "samm"), ("casme3_ground_truth.csv", "casme3"), ("pred.csv", "pred")],
)
def test_names_of_files(tmp_path, name, dataset):
    assert dataset_of_file(tmp_path / name) == dataset
