"""The data commands as a user meets them: list, check, build, info; wrong input is a sentence and exit code 2."""

import json
import sys

import pytest
from fixtures.archives import casme_sq

from mebench.cli import main as cli
from mebench.cli import terminal
from mebench.data import builders, overview
from tfds_builders.synth_me.settings import VARIANTS
from tfds_builders.synth_me.synth_me_dataset_builder import video_info


def run(*arguments, monkeypatch, capsys):
    """Run `mebench data ARGUMENTS` in this process; return exit code, standard output and standard error."""
    monkeypatch.setattr(sys, "argv", ["mebench", "data", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    shown = capsys.readouterr()
    return int(caught.value.code or 0), shown.out, shown.err


@pytest.fixture
def data(monkeypatch, capsys):
    """Run a data command."""
    return lambda *arguments: run(*arguments, monkeypatch=monkeypatch, capsys=capsys)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return casme_sq.write(tmp_path_factory.mktemp("cli") / "archive")


EVERY = {
    "casme", "casme2", "casme3", "casme_sq", "dfme", "four_dme", "me_lvqa", "me_vqa", "megc2019_flow", "megc2025_str",
    "mmew", "samm", "samm_lv", "smic", "smic_e_long", "synth_me",
}  # fmt: skip


def test_list_names_every_dataset_and_what_is_built(data, tmp_path, archive):
    code, shown, _ = data("list", "--data", tmp_path, "--json")
    rows = {row["name"]: row for row in json.loads(shown)}
    assert code == 0
    assert set(rows) >= EVERY
    assert all(rows[name]["card"]["licence"] and rows[name]["card"]["apply"] for name in EVERY)
    assert rows["samm_lv"]["card"]["micro"] == 159
    assert not any(rows[name]["built"] for name in EVERY)
    data("build", "casme_sq", "--data", tmp_path, "--archive", archive, "--config", "mean")
    _, shown, _ = data("list", "--data", tmp_path)
    line = next(line for line in shown.splitlines() if line.split()[:1] == ["casme_sq"])
    assert line.split()[-1] == "mean"
    _, shown, _ = data("list", "--data", tmp_path, "--variants")
    assert [line.split()[-2:] for line in shown.splitlines() if line.startswith("casme_sq/mean ")] == [
        ["1.0.0", "built"]
    ]


def test_check_prints_counts_and_rows_and_what_to_do(data, archive):
    code, shown, _ = data("check", "casme_sq", "--archive", archive, "--deep")
    assert code == 0
    assert "policy recommended" in shown
    assert "published" in shown
    assert "wrong-subject" in shown or "video-without-rows" in shown
    assert "mebench data build casme_sq --archive" in shown.splitlines()[-2]
    assert shown.splitlines()[-1].startswith("not complete as published: missing are 18 of 22 subjects, ")


def test_check_in_json_is_the_whole_audit(data, archive):
    code, shown, _ = data("check", "casme_sq", "--archive", archive, "--policy", "mean", "--json")
    document = json.loads(shown)
    assert (code, document["usable"], document["variant"], document["policy"]) == (0, True, "mean", "mean")
    assert {"what", "found", "published", "also"} == set(document["counts"][0])
    assert document["complete"] is False
    assert {"severity", "code", "where", "what", "action"} == set(document["findings"][0])


def test_an_unusable_archive_is_exit_code_2(data, tmp_path):
    (tmp_path / "archive").mkdir()
    code, shown, error = data("check", "samm_lv", "--archive", tmp_path / "archive")
    assert code == 2
    assert "table-missing" in shown
    assert "not usable" in shown.splitlines()[-1]
    assert "Traceback" not in error
    code, shown, _ = data("check", "samm_lv", "--archive", tmp_path / "archive", "--json")
    assert (code, json.loads(shown)["usable"]) == (2, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "samm_vl", "--archive", "."), "did you mean 'samm_lv'"),
        (("check", "samm_lv/v9", "--archive", "."), "unknown variant of samm_lv 'v9'"),
        (("check", "samm_lv", "--archive", "/nowhere/at/all"), "/nowhere/at/all is no folder"),
        (("check", "samm_lv"), "--archive DIR (to get it apply at https://helward"),
        (("check", "samm_lv", "--archive", "FILE"), "is no folder"),
        (("check", "samm_lv/v1", "--archive", ".", "--config", "v2"), "give one of them"),
        (("check", "synth_me/tiny", "--archive", "."), "is made without an archive"),
        (("check", "synth_me"), "is made without an archive; run: mebench data build synth_me/tiny"),
        (("check", "samm", "--archive", ".", "--policy", "mean"), "unknown repair policy of samm 'mean'"),
        (("build", "samm_lv", "--data", "DATA"), "it is made from an archive; get the archive from"),
        (("build", "samm_lv", "--data", "DATA", "--archive", "/nowhere/at/all"), "is no folder"),
        (("build", "samm_lv", "--data", "DATA", "--archive", "EMPTY"), "missing or empty"),
        (("build", "samm_lv", "--data", "DATA", "--archive", "FILE"), "is no folder"),
        (("build", "synth_me", "--data", "DATA"), "name a variant of synth_me, as synth_me/tiny"),
        (("info", "samm_vl"), "did you mean 'samm_lv'"),
    ],
)
def test_wrong_input_is_one_sentence(data, tmp_path, arguments, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    places = {"DATA": tmp_path / "data", "EMPTY": tmp_path / "empty", "FILE": tmp_path / "file"}
    code, _, error = data(*(places.get(word, word) for word in arguments))
    assert code == 2
    assert said in error.splitlines()[-1]
    assert "Traceback" not in error


def test_build_of_one_form_and_info_of_what_is_not_built(data, tmp_path, archive):
    code, shown, error = data("build", "casme_sq", "--data", tmp_path, "--archive", archive, "--config", "videos")
    assert code == 0
    assert shown.strip().endswith("casme_sq/videos/1.0.0")
    assert "(policy recommended)" in error
    assert not (tmp_path / "casme_sq" / "frames").exists()
    code, shown, _ = data("info", "casme_sq", "--data", tmp_path, "--out", tmp_path / "card")
    assert code == 0
    assert "mebench data build casme_sq --archive DIR" in shown
    assert "| pixels |" in shown or "policy" in shown
    assert "  built here    (main): videos alone" in shown.splitlines()
    assert "  it holds      " in shown
    assert "of casme_sq frames is not built" in shown
    _, listed, _ = data("list", "--data", tmp_path, "--variants")
    assert any(line.split() == ["casme_sq", "1.0.0", "built:", "videos", "alone"] for line in listed.splitlines())
    _, listed, _ = data("list", "--data", tmp_path, "--json")
    assert [row["partly"] for row in json.loads(listed) if row["name"] == "casme_sq"] == [[["", ["videos"]]]]
    assert not (tmp_path / "card").exists()


def test_info_without_a_variant_shows_the_first_that_is_built(data, tmp_path):
    _, shown, _ = data("info", "synth_me", "--data", tmp_path)
    assert "synth_me/tiny is not built" in shown
    assert overview.first_variant("samm_lv", tmp_path) == ""
    for form in ("videos", "frames", "clips"):
        folder = tmp_path / "synth_me" / f"quick_{form}" / str(builders.builder_classes()["synth_me"].VERSION)
        folder.mkdir(parents=True)
        (folder / "dataset_info.json").write_text("{}")
    assert overview.first_variant("synth_me", tmp_path) == "quick"


def test_the_card_of_the_embedded_dataset_says_what_is_drawn():
    size = VARIANTS["quick"]
    infos = [video_info(size, subject, video) for subject in range(size.subjects) for video in range(size.videos)]
    kinds = [e.kind for info in infos for e in info.expressions]
    card = builders.builder_classes()["synth_me"].CARD
    assert (card.subjects, card.videos) == (len({info.subject for info in infos}), len(infos))
    assert (card.micro, card.macro) == (kinds.count("micro"), kinds.count("macro"))


def test_the_list_fits_80_columns_and_a_dataset_without_a_card_has_a_row(data, tmp_path, monkeypatch, capsys):
    _, shown, _ = data("list", "--data", tmp_path)
    table = [line for line in shown.split("synth_me", 1)[0].splitlines() if line.strip()]
    assert any(line.split()[:1] == ["megc2025_str"] for line in table)
    assert max(map(len, table)) <= 80
    terminal.show_overview([overview.Overview("bare", None, ("",), ())])
    row = next(line for line in capsys.readouterr().out.splitlines() if "bare" in line)
    assert row.split() == ["bare", "-", "-", "-", "-", "-", "no"]


def test_info_of_a_built_dataset_writes_its_card(data, tmp_path, archive):
    data("build", "casme_sq", "--data", tmp_path, "--archive", archive, "--jobs", 2)
    code, shown, _ = data("info", "casme_sq", "--data", tmp_path, "--out", tmp_path / "card")
    assert code == 0
    assert (tmp_path / "card/card.png").read_bytes().startswith(b"\x89PNG")
    assert "card.png" in (tmp_path / "card/card.md").read_text()
    assert "is not built" not in shown
