"""Every experiment file: it loads, says what it costs and how it is run, and names datasets that there are."""

from pathlib import Path

import pytest

from mebench.config.experiment import load_experiment
from mebench.data.builders import builder_classes

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "experiments").rglob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "experiments")))
def test_header_and_names(path):
    made, place = load_experiment(path), path.relative_to(ROOT).as_posix()
    header = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert f"# Command: mebench run {place}" in [line.removesuffix(" --weights DIR") for line in header]
    assert any(line.startswith("# Cost: ") for line in header)
    assert place == f"experiments/{made.name}.toml"
    for one in made.datasets:
        assert one.variant in builder_classes()[one.name].VARIANTS


def test_the_challenge_protocol_is_complete():
    made = {load_experiment(path).name: load_experiment(path) for path in FILES}
    for name in ("samm_lv", "casme_sq", "casme3", "smic_e_long", "four_dme"):
        assert made[f"{name}/str_mean"].protocol.kind == "loso"
    cross = made["megc2025_str/cross_casme_sq_mean"]
    assert [one.name for one in cross.datasets] == ["casme_sq", "megc2025_str"]
    composite = made["megc2019/recognition_mean"]
    assert [(one.name, one.label_map) for one in composite.datasets] == [
        ("samm", "samm_3"),
        ("casme2", "casme2_3"),
        ("smic", "smic_3"),
    ]
