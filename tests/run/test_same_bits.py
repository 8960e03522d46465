"""The default experiment gives the same bits on every processor that the settings can simulate."""

import os
from pathlib import Path

import pytest
from fixtures.simulated_processors import in_process, other_settings

SCRIPT = Path(__file__).parent / "run_digest.py"


COMPILED = os.environ["JAX_COMPILATION_CACHE_DIR"]
"""The settings do not reach the compiler, so programs of this run of the suite are taken."""


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return in_process(SCRIPT, "default", str(tmp_path_factory.mktemp("default")), COMPILED)


@pytest.mark.parametrize("setting", other_settings())
def test_features_scores_and_predictions_are_those_of_this_processor(setting, here, tmp_path):
    assert in_process(SCRIPT, setting, str(tmp_path), COMPILED) == here
