"""The default experiment gives the same bits on every processor that the settings can simulate."""

from pathlib import Path

import pytest
from fixtures.simulated_processors import SETTINGS, in_process

SCRIPT = Path(__file__).parent / "run_digest.py"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    return str(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="module")
def here(tmp_path_factory, compiled):
    return in_process(SCRIPT, "default", str(tmp_path_factory.mktemp("default")), compiled)


@pytest.mark.parametrize("setting", [name for name in SETTINGS if name != "default"])
def test_features_scores_and_predictions_are_those_of_this_processor(setting, here, compiled, tmp_path):
    assert in_process(SCRIPT, setting, str(tmp_path), compiled) == here
