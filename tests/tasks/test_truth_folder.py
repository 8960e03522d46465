"""`mebench data truth`: truth and manifest of a built dataset, as `mebench score` takes them without a word more."""

import csv

import pytest
from fixtures.archives import megc2025_str
from fixtures.scores import values
from typer.testing import CliRunner

from mebench.cli.main import app
from mebench.data.builders import build_dataset
from mebench.data.source import read_infos
from mebench.errors import MebenchError
from mebench.metrics.score import score_of
from mebench.metrics.spotting.files import count_spotting_files
from mebench.metrics.str.files import count_str_files
from mebench.progress import Silent
from mebench.tables.csv import read_manifest, read_truth
from mebench.tasks.truth_folder import write_truth


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth") / "data"
    build_dataset("synth_me", "tiny", folder, Silent(), jobs=2)
    return folder


def test_the_command_writes_what_score_takes(data, tmp_path):
    out = tmp_path / "t"
    done = CliRunner().invoke(app, ["data", "truth", "synth_me/tiny", "--data", str(data), "--out", str(out)])
    assert done.exit_code == 0, done.output
    infos = read_infos("synth_me", "tiny", data)
    files = {line.split()[1].rpartition("/")[2] for line in done.output.splitlines()}
    assert files == {"truth.csv", "truth_spotting.csv", "truth.jsonl", "manifest.csv"}
    truth, manifest = read_truth(out / "truth.csv"), read_manifest(out / "manifest.csv")
    assert len(truth) == sum(len(info.micro) for info in infos)
    assert manifest.keys == tuple((info.subject, info.video) for info in infos)
    (out / "p.csv").write_bytes((out / "truth.csv").read_bytes())
    scored = CliRunner().invoke(app, ["score", "str", "--pred", str(out / "p.csv"), "--rules", "strict"])
    assert scored.exit_code == 0, scored.output
    assert "manifest.csv" in scored.output
    asked = CliRunner().invoke(app, ["score", "lvqa", "--pred", str(out / "truth.jsonl")])
    assert asked.exit_code == 0, asked.output


def test_every_expression_is_in_the_truth_for_spotting(data, tmp_path):
    paths = {path.name: path for path in write_truth("synth_me", "tiny", data, tmp_path)}
    infos = read_infos("synth_me", "tiny", data)
    with paths["truth_spotting.csv"].open() as file:
        rows = list(csv.DictReader(file))
    kinds = [one.kind for info in infos for one in info.expressions]
    assert [sum(row["type"] == word for row in rows) for word in ("me", "mae")] == [
        kinds.count("micro"),
        kinds.count("macro"),
    ]
    spots = paths["truth_spotting.csv"]
    counted = count_spotting_files(spots, spots, "strict", paths["manifest.csv"])
    found = values(score_of(counted, 0), "strict")
    assert (found["overall_tp"], found["overall_fp"], found["overall_fn"]) == (len(kinds), 0, 0)


def test_words_of_the_emotion_column(data, tmp_path):
    infos = read_infos("synth_me", "tiny", data)
    for label in ("coarse", "fine", "emotion"):
        path = write_truth("synth_me", "tiny", data, tmp_path / label, label)[0]
        assert sorted(read_truth(path).emotion) == sorted(getattr(one, label) for info in infos for one in info.micro)
        assert score_of(count_str_files(path, path, rules="strict"), 0).metrics["strict.strs"].value == 1
    with pytest.raises(MebenchError, match=r"unknown label 'course'; did you mean 'coarse'"):
        write_truth("synth_me", "tiny", data, tmp_path, "course")


def test_what_has_no_truth(tmp_path):
    archive = tmp_path / "unseen"
    megc2025_str.write_video(archive / megc2025_str.SAMM.format(video="001_2"), "samm", frames=4)
    build_dataset("megc2025_str", "samm", tmp_path / "data", Silent(), archive=archive)
    with pytest.raises(MebenchError, match=r"megc2025_str/samm has no labels, as a challenge's test set"):
        write_truth("megc2025_str", "samm", tmp_path / "data", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(MebenchError, match=r"synth_me/tiny is not built in .*; run: mebench data build synth_me/tiny"):
        write_truth("synth_me", "tiny", tmp_path / "data", tmp_path / "out")
