"""The bytes of synth_me: the same on every processor, simulated by switching code for newer ones off."""

from pathlib import Path

import pytest
from fixtures.simulated_processors import in_process, other_settings

SCRIPT = Path(__file__).parent / "synth_digest.py"

COMMITTED = {
    "tiny": "dc822329b7635d942bb314f9742dadfe85bcb95b21d5ae4c27a3be16a4531c58",
    "quick": "61d0723cf6f50f85db9e11ee9f5f83f0f1e4c1aabb2de3b52a003f9ac5589da7",
    "200fps": "7c0c60568c24b93c1c13d42e591916271fa37a3672a1bee7cfd92ea1f34c9bc5",
    "clips": "2040dc66ef6db83df7b0f3978f0d6ebd5bada661b951cf9c20e273d87b77e46f",
    "clips_v2": "c78d56d156c7196f2dc222bfb1bce6119cdfc7b37a313a45a9a7e63b151a1276",
}
"""Output of `synth_digest.py`; raise the dataset's version where it changes."""


@pytest.mark.smoke
def test_this_processor_draws_the_committed_bytes():
    assert in_process(SCRIPT, "default", "2") == COMMITTED


@pytest.mark.parametrize("setting", other_settings())
def test_every_other_processor_draws_them_too(setting):
    assert in_process(SCRIPT, setting, "1" if setting == "one core" else "2") == COMMITTED
