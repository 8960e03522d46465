"""Which of experiment, checkpoint and default holds, and that it is said."""

import json
import shutil
from pathlib import Path

import pytest

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl import QwenConfig
from mebench.methods.qwen2_5_vl.network.config import read_config
from mebench.methods.qwen2_5_vl.network.tokeniser import SpecialIds
from mebench.methods.qwen2_5_vl.settings import DEFAULTS, asked_with

GOLDEN = Path(__file__).parents[1] / "golden" / "qwen"
SPECIAL = SpecialIds(149, 1, 154, 152, 153, 150, 151)
FILES = {
    "generation_config.json": {"do_sample": True, "temperature": 0.1, "repetition_penalty": 1.05, "eos_token_id": [9]},
    "preprocessor_config.json": {"min_pixels": 3136, "max_pixels": 12845056},
    "video_preprocessor_config.json": {"min_pixels": 100352},
}


@pytest.fixture
def folder(tmp_path):
    shutil.copy(GOLDEN / "tiny" / "config.json", tmp_path)
    return tmp_path


def found(folder, video=False, **own):
    return asked_with(QwenConfig(**own), folder, read_config(folder), SPECIAL, video)


def with_files(folder):
    for name, tree in FILES.items():
        (folder / name).write_text(json.dumps(tree))


@pytest.mark.smoke
def test_defaults_where_nobody_says_anything(folder):
    chosen = found(folder)
    assert {key: getattr(chosen, key) for key in DEFAULTS} == dict(DEFAULTS)
    assert chosen.stop == (154, 149)
    assert chosen.sources == (
        "temperature 0.0 (default), top_p 1.0 (default), top_k 0 (default), repetition_penalty 1.0 (default), "
        "new_tokens 96 (default), min_pixels 3136 (default), max_pixels 200704 (default), "
        "end tokens 154 149 (tokeniser)"
    )


@pytest.mark.smoke
def test_the_checkpoints_files_hold_and_are_named(folder):
    with_files(folder)
    chosen = found(folder)
    assert (chosen.temperature, chosen.top_k, chosen.repetition_penalty, chosen.stop) == (0.1, 50, 1.05, (9,))
    assert chosen.max_pixels == chosen.settings.max_pixels == 12845056
    for part in (
        "temperature 0.1 (generation_config.json)",
        "top_k 50 (generation_config.json)",
        "max_pixels 12845056 (preprocessor_config.json)",
        "new_tokens 96 (default)",
        "end tokens 9 (generation_config.json)",
    ):
        assert part in chosen.sources
    shown = found(folder, video=True)
    assert (shown.min_pixels, shown.max_pixels) == (100352, 200704)
    assert "min_pixels 100352 (video_preprocessor_config.json)" in shown.sources


def test_an_experiments_own_keys_win(folder):
    with_files(folder)
    chosen = found(folder, temperature=0.0, repetition_penalty=1.0, max_pixels=3136)
    assert (chosen.temperature, chosen.repetition_penalty, chosen.max_pixels) == (0.0, 1.0, 3136)
    assert "temperature 0.0 (experiment)" in chosen.sources
    assert chosen.top_k == 50


def test_unset_keys_are_left_out_of_the_dump_and_zero_is_kept():
    assert "temperature" not in QwenConfig().model_dump(mode="json")
    assert QwenConfig(temperature=0.0, top_k=0).model_dump(mode="json")["temperature"] == 0.0
    again = QwenConfig.model_validate(QwenConfig(temperature=0.0).model_dump(mode="json"))
    assert (again.temperature, again.top_p) == (0.0, None)


def test_an_end_token_that_the_model_has_not(folder):
    (folder / "generation_config.json").write_text('{"eos_token_id": [9, 151645]}')
    with pytest.raises(MebenchError, match="eos_token_id 151645 is none of the model's 160 tokens"):
        found(folder)
