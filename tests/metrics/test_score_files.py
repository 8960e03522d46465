"""Scores of files: which emotions count, and what is written."""

import pytest
from fixtures.scores import values

from mebench.errors import MebenchError
from mebench.metrics.score import score_of
from mebench.metrics.str.files import count_str_files
from mebench.metrics.str.official import DEPARTURES

HEADER = "subject,video,onset,offset,emotion\n"
PRED = "1,EP02_01f,10,70,happiness\n1,EP03_02,100,170,others\n1,EP04_02,0,70,others\n2,EP01_11f,20,90,happiness\n"
TRUE = "1,EP02_01f,45,85,happiness\n1,EP03_02,130,160,others\n1,EP04_02,20,75,others\n2,EP01_11f,45,95,repression\n"


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "p.csv").write_text(HEADER + PRED + "2,EP02_04f,70,140,happiness\n")
    (tmp_path / "t.csv").write_text(HEADER + TRUE + "2,EP02_04f,30,140,repression\n")
    return tmp_path / "p.csv", tmp_path / "t.csv"


def score_files(*tables, **settings):
    return score_of(count_str_files(*tables, **settings), 10)


@pytest.mark.smoke
def test_example_of_the_organisers_script(tables):
    official = values(score_files(*tables), "official")
    assert [official[name] for name in ("tp_s", "fp_s", "fn_s", "tp_a", "fp_a", "fn_a")] == [3, 2, 2, 1, 2, 2]
    assert official["strs"] == pytest.approx(0.2)


def test_labels_of_the_source_all_count(tmp_path):
    """One of the true emotions is a word of the challenge too; all of them count, and the script says .5714."""
    rows = ["1,a,0,9,{}", "2,b,0,9,{}", "3,c,0,9,{}"]
    for name, said in (("t", ("happiness", "disgust", "surprise")), ("p", ("happiness", "disgust", "disgust"))):
        table = "".join(f"{row.format(word)}\n" for row, word in zip(rows, said, strict=True))
        (tmp_path / f"{name}.csv").write_text(HEADER + table)
    found = score_files(tmp_path / "p.csv", tmp_path / "t.csv")
    official, said = values(found, "official"), found.settings
    assert official["f1_a"] == official["strs"] == pytest.approx(0.5714, abs=5e-5)
    assert said["classes"] == ["disgust", "happiness", "surprise"]
    assert said["left_out"] == {"rows": 0, "of": 3, "emotions": {}}
    assert "since disgust, happiness are none of the challenge's" in said["classes_because"]
    three = count_str_files(tmp_path / "p.csv", tmp_path / "t.csv", classes="negative, surprise")
    assert three.settings["left_out"] == {"rows": 2, "of": 3, "emotions": {"disgust": 1, "happiness": 1}}


def test_unknown_rules_and_missing_files(tables, tmp_path):
    with pytest.raises(MebenchError, match="unknown rules 'stict'; did you mean 'strict'"):
        count_str_files(*tables, rules="stict")
    with pytest.raises(MebenchError, match="cannot read"):
        count_str_files(tmp_path / "none.csv", tables[1])


def test_official_says_where_it_departs_from_the_script(tmp_path):
    (tmp_path / "t.csv").write_text(HEADER + "1,a,0,9,negative\n")
    (tmp_path / "p.csv").write_text(HEADER + " 1 ,a , 0,9, negative\n")
    found = score_files(tmp_path / "p.csv", tmp_path / "t.csv")
    assert (values(found, "official")["tp_s"], values(found, "official")["tp_a"]) == (1, 1)
    assert found.settings["departures"] == list(DEPARTURES)
    assert "spaces around ids and emotions are dropped" in DEPARTURES[0]
    assert "departures" not in count_str_files(tmp_path / "p.csv", tmp_path / "t.csv", rules="strict").settings
    for classes in ("negative,negative", "negative,"):
        with pytest.raises(MebenchError, match=r"are empty or hold one twice"):
            count_str_files(tmp_path / "p.csv", tmp_path / "t.csv", classes=classes, rules="official")
    (tmp_path / "p.csv").write_text(HEADER + "1,a,0,9,\n")
    with pytest.raises(MebenchError, match=r"emotion is empty"):
        count_str_files(tmp_path / "p.csv", tmp_path / "t.csv", rules="official")


def test_official_says_which_classes_hold_its_means_down(tmp_path):
    (tmp_path / "t.csv").write_text(HEADER + "1,a,0,9,negative\n1,a,20,29,positive\n")
    found = score_files(tmp_path / "t.csv", tmp_path / "t.csv")
    assert values(found, "official")["uf1"] == pytest.approx(2 / 3)
    assert (
        "official: classes without a kept pair count 0, so precision_a, recall_a, uf1 are at most 0.6667: surprise"
        in found.warnings
    )
    assert values(found, "strict")["uf1"] == 1
