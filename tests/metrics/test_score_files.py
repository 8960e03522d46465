"""Scores of files: which emotions count, and what is written."""

import json

import pytest

from mebench.errors import MebenchError
from mebench.metrics.str.files import CHALLENGE_CLASSES, classes_of, score_str_files
from mebench.tables.csv import read_truth

HEADER = "subject,video,onset,offset,emotion\n"
PRED = "1,EP02_01f,10,70,happiness\n1,EP03_02,100,170,others\n1,EP04_02,0,70,others\n2,EP01_11f,20,90,happiness\n"
TRUE = "1,EP02_01f,45,85,happiness\n1,EP03_02,130,160,others\n1,EP04_02,20,75,others\n2,EP01_11f,45,95,repression\n"


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "p.csv").write_text(HEADER + PRED + "2,EP02_04f,70,140,happiness\n")
    (tmp_path / "t.csv").write_text(HEADER + TRUE + "2,EP02_04f,30,140,repression\n")
    return tmp_path / "p.csv", tmp_path / "t.csv"


@pytest.mark.smoke
def test_example_of_the_organisers_script(tables, tmp_path):
    out = tmp_path / "o.json"
    document = score_str_files(*tables, out=out)
    assert json.loads(out.read_text()) == document
    official = document["official"]
    assert [official[name] for name in ("tp_s", "fp_s", "fn_s", "tp_a", "fp_a", "fn_a")] == [3, 2, 2, 1, 2, 2]
    assert official["strs"] == pytest.approx(0.2)


def test_which_emotions_count(tables, tmp_path):
    own = read_truth(tables[1])
    assert classes_of(None, own) is None
    assert classes_of("happiness, others", own) == ("happiness", "others")
    (tmp_path / "c.csv").write_text(HEADER + "1,a,1,2,negative\n1,a,5,9,others\n")
    challenge = read_truth(tmp_path / "c.csv")
    assert classes_of(None, challenge) == CHALLENGE_CLASSES
    assert classes_of("all", challenge) is None


def test_unknown_rules_and_missing_files(tables, tmp_path):
    with pytest.raises(MebenchError, match="unknown rules 'stict'; did you mean 'strict'"):
        score_str_files(*tables, rules="stict")
    with pytest.raises(MebenchError, match="cannot read"):
        score_str_files(tmp_path / "none.csv", tables[1])
