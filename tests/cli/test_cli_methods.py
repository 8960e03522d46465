"""`mebench methods`: the list, and all about one."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mebench import plugins
from mebench.cli.main import app
from mebench.config.parts import MethodConfig


def shown(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["methods", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_each_method_has_a_line():
    lines = shown().splitlines()
    assert [line.split()[0] for line in lines] == list(plugins.names(plugins.METHODS))
    assert all(len(line.split()) > 4 for line in lines)


def test_all_about_mean(tmp_path):
    lines = shown("mean", "--root", "leaderboard").splitlines()
    assert "paper        Liong, See, Chan: Spot-then-recognize. Signal Processing: Image Communication 110" in lines[3]
    assert "inputs       str: windows, apex_windows" in lines
    assert "inputs       recognition: apex_windows" in lines
    assert "parameters   7,580 (streams, both heads of 3 classes)" in lines
    published = [line for line in lines if line.startswith("published")]
    assert "published    str-loso/v1, SAMM-LV: tp_s 26, fp_s 363, fn_s 133, f1_s 0.0949" in published[1]
    assert any(line.startswith("cost         synth_me/str_mean: ") for line in lines)
    assert "model.behaviour = 'mended'  (one of 'mended', 'faithful')" in lines
    assert "published    see the tables of a checkout (--root DIR)" in shown("mean", "--root", str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("answerer", ["parameters   69,210 (network)"]),
        (
            "qwen2_5_vl",
            [
                "parameters   3,754,622,976 (3B)",
                "parameters   8,292,166,656 (7B)",
                "model.lora.rank = 8",
                "inputs       clip_pictures",
            ],
        ),
        ("constant", ["tasks        str, recognition, vqa", "inputs       none"]),
    ],
)
def test_what_others_say(name, lines):
    found = shown(name).splitlines()
    assert [line for line in lines if line not in found] == []
    assert any(line.startswith("parameters") for line in found) == (name != "constant")


def test_a_network_over_windows_is_counted_without_a_word(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "plugin"))
    counted = 7 * 7 * 3 * 8 + 8 + 36 * 8 + 1
    assert f"parameters   {counted:,} (network)" in shown("mebench_plugin.small_net:SmallNet").splitlines()


class Told:
    """A method that says all about itself."""

    class Config(MethodConfig):
        """One setting."""

        depth: int = 3

    inputs, cost = ("windows",), "1 min on 2 CPU cores"

    def answer(self, run, clips, folds):
        """Return nothing."""

    def parameters(self):
        """Return a made-up count."""
        return {"all": 1234567}


def test_a_method_may_say_more_about_itself():
    assert shown(f"{__name__}:Told").splitlines() == [
        f"{__name__}:Told: A method that says all about itself.",
        "tasks        vqa",
        f"from         {__name__}:Told",
        "parameters   1,234,567 (all)",
        "inputs       windows",
        "cost         1 min on 2 CPU cores",
        "[model]      One setting.",
        "model.depth = 3",
    ]
