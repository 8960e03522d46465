"""Spotting files of every edition, and what is said where one is wrong."""

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from fixtures.scores import values
from hypothesis import given, settings
from hypothesis import strategies as st

from mebench.errors import MebenchError
from mebench.metrics.score import score_of
from mebench.metrics.spotting.counts import SPOTTING_FIGURES, spotting_from_json, spotting_samples
from mebench.metrics.spotting.files import count_spotting_files, read_intervals
from mebench.metrics.spotting.rules import RULES
from mebench.report.score_text import SPOTTING, score_rows
from mebench.tables.megc_log import is_log, log_rows
from mebench.tables.spotting import MACRO, MICRO, type_of

GOLDEN = Path(__file__).parents[1] / "golden" / "spotting"


def scored(pred, truth, rules="all", manifest=None):
    return score_of(count_spotting_files(pred, truth, rules, manifest), 50)


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("edition", "pred", "truth"),
    [
        ("edition2022", "edition2022_pred", "edition2022_truth"),
        ("edition2023", "edition2023_pred.csv", "edition2023_truth.csv"),
    ],
)
def test_files_of_an_edition_against_counts_found_by_hand(edition, pred, truth):
    expected = json.loads((GOLDEN / "expected.json").read_text())[edition]
    found = scored(GOLDEN / pred, GOLDEN / truth)
    for name, parts in expected.items():
        part = values(found, name)
        for kind, counts in parts.items():
            assert [part[f"{kind}_{one}"] for one in ("tp", "fp", "fn")] == counts, (name, kind)


def test_the_score_and_what_the_terminal_shows():
    found = scored(GOLDEN / "edition2022_pred", GOLDEN / "edition2022_truth")
    strict = found.metrics["strict.overall_f1"]
    assert (found.task, strict.n, strict.unit) == ("spotting", 4, "videos")
    assert set(values(found, "strict")) == set(SPOTTING_FIGURES)
    untyped = found.metrics["guan2021.micro_f1"]
    assert (untyped.value, untyped.reason) == (None, "these rules do not tell macro- from micro-expressions")
    assert "zhao2022" not in found.settings["rules"]
    assert any("zhao2022, lgsnet are left out: they need the frame rate" in text for text in found.warnings)
    header, *rows = score_rows(found)
    assert header == ("rules", *SPOTTING)
    assert [row[0] for row in rows] == [name for name in RULES if name in found.settings["rules"]]


def test_a_manifest_brings_frame_rates_and_subjects(tmp_path):
    manifest = write(
        tmp_path / "m.csv",
        "dataset,subject,video,num_frames,fps",
        "cas,a,a_1,1000,30",
        "cas,b,a_2,1000,30",
        "cas,c,a_3,1000,30",
    )
    pred, truth = GOLDEN / "edition2023_pred.csv", GOLDEN / "edition2023_truth.csv"
    found = scored(pred, truth, manifest=manifest)
    assert list(found.settings["rules"]) == list(RULES)
    strict = found.metrics["strict.overall_f1"]
    assert (strict.n, strict.unit, len(found.counted.statistics["videos"])) == (3, "subjects", 3)
    short = write(tmp_path / "s.csv", "dataset,subject,video,num_frames,fps", "cas,a,a_1,1000,30")
    with pytest.raises(MebenchError, match=r"row 4 .*a_2\): not in .*s.csv; list the video there or mend its ids"):
        count_spotting_files(pred, truth, manifest=short)
    tiny = write(tmp_path / "n.csv", "dataset,subject,video,num_frames,fps", "cas,a,a_1,50,30", "cas,b,a_2,60,30")
    with pytest.raises(MebenchError, match=r"row 3 \(video a_1\): onset 100, offset 120 leave the video's 50 frames"):
        count_spotting_files(pred, truth, manifest=tiny)


def test_logs_hold_both_sides():
    for name, datasets in (("log2020.txt", {"samm", "cas"}), ("log2021.csv", {"cas"})):
        log = GOLDEN / name
        found = spotting_from_json(count_spotting_files(log, log, "megc2020").statistics)
        assert set(found.dataset) == datasets
        sums = found.counts["megc2020"].sum((0, 1))
        marks = [row.mark for row in log_rows(log, log.read_text())]
        assert sums.tolist() == [marks.count(one) for one in ("TP", "FP", "FN")]
    assert not is_log("vid,onset,offset,type\n")


def test_a_logs_own_marks_say_what_was_found(tmp_path):
    """A prediction finds two truths; another lies on a missed truth, since the types, which no log tells, differ."""
    rows = ("2", "v 100 112 101 113 TP", "v 102 114 101 113 TP", "v 200 212 - - FN", "v - - 200 212 FP")
    log = write(tmp_path / "log.txt", *rows)
    found = scored(log, log, "megc2020,megc2021,strict")
    for name in ("megc2020", "megc2021", "strict"):
        assert [found.metrics[f"{name}.overall_{one}"].value for one in ("tp", "fp", "fn")] == [2, 0, 1]
    assert any(text.endswith("its own marks are TP 2, FP 1, FN 1, for 2 predictions") for text in found.warnings)
    other = write(tmp_path / "other.txt", *rows, "v - - 400 412 FP")
    assert scored(log, other, "megc2020").metrics["megc2020.overall_fn"].value == 0


def test_types_of_a_log_are_marked_as_estimates(tmp_path):
    log = write(tmp_path / "log.txt", "1", "v 100 170 100 170 TP")
    found = scored(log, log, "megc2020")
    assert found.settings["types"] == "estimated from duration"
    assert score_rows(found)[0][1:4] == ("macro_f1 (estimate)", "micro_f1 (estimate)", "overall_f1")
    statistics = found.counted.statistics
    assert spotting_from_json(statistics).to_json() == statistics
    assert statistics["types"] == "estimated from duration"
    table = write(tmp_path / "t.csv", "vid,onset,offset,type", "v,100,170,me")
    given = count_spotting_files(table, table, "megc2020")
    assert (given.settings["types"], given.statistics.get("types")) == ("given", None)
    assert count_spotting_files(log, table, "megc2020").settings["types"] == "estimated from duration"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("3", r"row 1: dataset number '3' is unknown; allowed are 1 .* and 2"),
        ("1\nv 1 2 3", r"row 2: 4 cells; a log row has six"),
        ("1\nv 1 2 - - TP", r"row 2: mark 'TP' does not fit the intervals beside it"),
        ("1\nv 1 - - - FN", r"row 2: true interval '1' to '-' is not two whole numbers"),
        ("1\nv 9 2 - - FN", r"row 2: true offset 2 < onset 9"),
        ("1\nv 1 10 9 30 TP", r"row 2: TP, but .* have an IoU of 0.067, below 0.5"),
    ],
)
def test_wrong_logs(tmp_path, row, sentence):
    log = write(tmp_path / "log.txt", row)
    with pytest.raises(MebenchError, match=sentence):
        read_intervals(log, "pred")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *((word, MICRO) for word in ("me", "ME", "Micro", "micro-expression", "micro_expressions", " Me ")),
        *((word, MACRO) for word in ("mae", "MaE", "macro", "Macro-Expression")),
        *((word, None) for word in ("", "x", "meh", "1")),
    ],
)
def test_spellings_of_a_type(word, kind):
    assert type_of(word) == kind


@pytest.mark.parametrize(
    "text",
    [
        "vid,onset,offset,type\na,1,2,me\n",
        "\ufeffVID, Pred_Onset ,pred offset,Type\r\na, 1,2 ,Micro-expression\r\n",
        "type;offset;onset;video_name\nME;2;1;a\n",
        "subject\tvideo\tonset\toffset\ttype\tscore\ns\ta\t1\t2\tmicro\t.5\n\n",
    ],
)
def test_headers_of_every_kind(tmp_path, text):
    (tmp_path / "p.csv").write_text(text, newline="")
    (table,) = read_intervals(tmp_path / "p.csv", "pred").values()
    assert (table.video, table.onset.tolist(), table.offset.tolist(), table.kind.tolist()) == (
        ("a",),
        [1],
        [2],
        [MICRO],
    )


HEADER = "vid,onset,offset,type"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"p.csv is empty"),
        ("vid,onset,offset\na,1,2\n", r"row 1: column 'type' is missing"),
        ("vid,onset,offset,type,mood\na,1,2,me,x\n", r"row 1: unknown column 'mood'"),
        ("vid,video,onset,offset,type\na,a,1,2,me\n", r"row 1: column 'video' is there twice"),
        (f"{HEADER}\na,1,2\n", r"row 2: 3 cells, but the header has 4"),
        (f"{HEADER}\na,1,2,me\na,1.5,2,me\n", r"row 3: onset '1.5' is not a whole number of frames"),
        (f"{HEADER}\na,1,,me\n", r"row 2: offset '' is not a whole number of frames"),
        (f"{HEADER}\na,1,2,happy\n", r"row 2: type 'happy' is not a type"),
        (f"{HEADER}\na,3,2,me\n", r"row 2 \(video a\): offset 2 < onset 3"),
        (f"{HEADER}\na,3,9999999999,me\n", r"row 2 \(video a\): .* are no frame numbers"),
        (f"{HEADER}\n,3,4,me\n", r"row 2: the video has no name"),
        (f"{HEADER},score\na,3,4,me,nan\n", r"row 2: score 'nan' is not a finite number"),
    ],
)
def test_wrong_tables(tmp_path, text, sentence):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(MebenchError, match=sentence):
        read_intervals(tmp_path / "p.csv", "pred")


def test_files_and_folders_that_do_not_fit(tmp_path):
    table = write(tmp_path / "t.csv", HEADER, "a,1,20,me")
    twice = write(tmp_path / "twice.csv", HEADER, "a,1,20,me", "a,1,20,me")
    with pytest.raises(MebenchError, match=r"row 3 \(video a\): this true interval is there twice; keep one"):
        count_spotting_files(table, twice)
    assert any("1 predictions are there twice" in text for text in count_spotting_files(twice, table).warnings)
    other = write(tmp_path / "o.csv", HEADER, "b,1,20,me")
    with pytest.raises(MebenchError, match=r"no video of .*o.csv is in .*t.csv"):
        count_spotting_files(other, table)
    (tmp_path / "bad.csv").write_bytes(b"vid,onset,offset,type\n\xff,1,2,me\n")
    with pytest.raises(MebenchError, match=r"bad.csv row 2: not UTF-8"):
        read_intervals(tmp_path / "bad.csv", "pred")
    with pytest.raises(MebenchError, match=r"cannot read .*none.csv: no such file"):
        read_intervals(tmp_path / "none.csv", "pred")
    for folder in ("empty", "pred", "truth"):
        (tmp_path / folder).mkdir()
    with pytest.raises(MebenchError, match=r"holds no .csv, .txt or .log file"):
        read_intervals(tmp_path / "empty", "pred")
    write(tmp_path / "pred" / "cas_pred.csv", HEADER, "a,1,20,me")
    write(tmp_path / "truth" / "cas_truth.csv", HEADER, "a,1,20,me")
    write(tmp_path / "truth" / "samm_gt.csv", HEADER, "a,1,20,me")
    with pytest.raises(MebenchError, match=r"truth has a file of dataset samm and .*pred has none; add samm_pred.csv"):
        count_spotting_files(tmp_path / "pred", tmp_path / "truth")
    write(tmp_path / "truth" / "cas_labels.csv", HEADER)
    with pytest.raises(MebenchError, match=r"are both of dataset cas; keep one"):
        read_intervals(tmp_path / "truth", "truth")


def test_videos_of_one_name_in_two_datasets_are_two(tmp_path):
    for side in ("pred", "truth"):
        (tmp_path / side).mkdir()
    write(tmp_path / "pred/cas_pred.csv", HEADER, "a,1,20,me")
    write(tmp_path / "pred/samm_pred.csv", HEADER, "b,1,20,me")
    write(tmp_path / "truth/cas_truth.csv", HEADER)
    write(tmp_path / "truth/samm_truth.csv", HEADER, "a,1,20,me", "b,1,20,me")
    found = values(scored(tmp_path / "pred", tmp_path / "truth", "strict"), "strict")
    assert [found[f"overall_{one}"] for one in ("tp", "fp", "fn")] == [1, 1, 1]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.text("vid,onset\n;type me123-\t\"'", max_size=120).map(str.encode)))
def test_any_bytes_are_read_or_refused_in_one_sentence(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "spotting_any.csv"
    path.write_bytes(data)
    with contextlib.suppress(MebenchError):
        read_intervals(path, "pred")


def test_statistics_that_were_written_when_the_schema_was_made():
    stored = json.loads((GOLDEN / "statistics.json").read_text())
    found = {one.name: one.compute(np.ones((1, len(one.units)))) for one in spotting_samples(stored)}
    for name, parts in json.loads((GOLDEN / "expected.json").read_text())["edition2022"].items():
        for kind, counts in parts.items():
            assert [found[name][f"{kind}_{one}"][0] for one in ("tp", "fp", "fn")] == counts
