"""Subjects 001 and 1: what pandas and spreadsheets do to ids is told, not scored as a miss."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.errors import MebenchError
from mebench.metrics.recognition.files import count_recognition_files
from mebench.metrics.spotting.files import count_spotting_files
from mebench.metrics.str.files import count_str_files
from mebench.tables.intervals import IntervalTable, Manifest
from mebench.tables.near_ids import NearIds, refuse_near, without_zeros
from mebench.tables.questions import joined, read_rows


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        *(("001", "1"), ("s06", "s6"), ("006_1_02", "6_1_2"), ("0", "0"), ("000", "0"), ("10", "10")),
        *(("6.0", "6"), ("a", "a"), ("100", "100"), ("EP02_01f", "EP2_1f")),
    ],
)
def test_ids_without_zeros(name, bare):
    assert without_zeros(name) == bare


@given(st.integers(0, 999), st.integers(1, 6))
def test_padding_never_matters(number, width):
    known = NearIds.of([(f"{number:0{width}d}", "v")])
    assert known.near((str(number), "v")) == (None if len(str(number)) >= width else (f"{number:0{width}d}", "v"))
    assert known.near((str(number + 1), "v")) is None


def table(*ids):
    return IntervalTable.of(*zip(*ids, strict=True), [0] * len(ids), [9] * len(ids), ["negative"] * len(ids))


@pytest.mark.parametrize("rules", ["official", "strict", "both"])
def test_the_near_pair_is_named(tmp_path, rules):
    header = "subject,video,onset,offset,emotion"
    truth = write(tmp_path / "t.csv", header, "001,a,0,9,negative", "006,b,0,9,positive")
    pred = write(tmp_path / "p.csv", header, "001,a,0,9,negative", "6,b,0,9,positive")
    with pytest.raises(
        MebenchError, match=r"p.csv row 3 \(subject 6, video b\): the subject is not in .*t.csv, which "
    ):
        count_str_files(pred, truth, rules=rules)
    pred = write(tmp_path / "p.csv", header, "1.0,a,0,9,negative")
    with pytest.raises(MebenchError, match=r"which has 001: they differ by zeros alone; read ids as text"):
        count_str_files(pred, truth, rules=rules)


def test_videos_and_manifests():
    with pytest.raises(MebenchError, match=r"the video is not in table, which has s/02: they differ by zeros alone"):
        refuse_near(table(("s", "2")), table(("s", "02")))
    with pytest.raises(MebenchError, match=r"no video of table is in table \(the first are s/a and s/b\)"):
        refuse_near(table(("s", "a")), table(("s", "b")))
    listed = Manifest.of(["d"] * 2, ["s", "s"], ["a", "b"], [99, 99], [30, 30])
    refuse_near(table(("s", "a")), table(("s", "b")), listed)
    numbered = Manifest.of(["d"], ["1"], ["a"], [99], [30])
    with pytest.raises(MebenchError, match=r"subject 001, video a\): the subject is not in manifest, which has 1"):
        refuse_near(table(("1", "a")), table(("001", "a")), numbered)
    refuse_near(table(("1", "a"), ("01", "b")), table(("1", "a"), ("01", "c")))
    of_video = {("1", "a"): "cas", ("1", "b"): "samm", ("001", "b"): "samm"}
    with pytest.raises(MebenchError, match=r"subject 1, video b\): the subject is not in table, which has samm/001"):
        refuse_near(table(("1", "a"), ("1", "b")), table(("1", "a"), ("001", "b")), None, of_video)


def test_every_command_names_the_pair(tmp_path):
    pred = write(tmp_path / "p.csv", "subject,video,predicted", "1,a,negative")
    truth = write(tmp_path / "t.csv", "subject,video,emotion", "001,a,negative")
    with pytest.raises(MebenchError, match=r"p.csv row 2: 1/a is not in .*, which has 001/a: they differ by zeros"):
        count_recognition_files(pred, truth)
    pred = write(tmp_path / "p.csv", "subject,video,onset,offset,type", "1,a,0,9,me", "2,b,0,9,me")
    truth = write(tmp_path / "t.csv", "subject,video,onset,offset,type", "001,a,0,9,me", "2,b,0,9,me")
    with pytest.raises(MebenchError, match=r"p.csv row 2 .*, which has 001/a: they differ by zeros alone"):
        count_spotting_files(pred, truth)
    row = {"question": "What is the coarse expression class?", "answer": "negative"}
    rows = [
        read_rows(write(tmp_path / "q.jsonl", json.dumps(row | {"id": name}))) for name in ("samm_6_1", "samm_006_1")
    ]
    with pytest.raises(MebenchError, match=r"id 'samm_6_1' is not in T, which has samm_006_1: they differ by zeros"):
        joined(*rows, "P", "T")
