"""A merged checkpoint computes what checkpoint and adapter compute together."""

import shutil

import numpy as np
import pytest
from qwen_tiny import GOLDEN
from qwen_tiny_model import compiled, goldens, inputs_of

from mebench import atomic
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.merge import write_merged
from mebench.methods.qwen2_5_vl.network.peft_files import TENSOR_FILE
from mebench.methods.qwen2_5_vl.network.tensor_file import stored_tensors, write_tensors
from mebench.methods.qwen2_5_vl.network.weights import SINGLE, read_model


def checkpoint(folder):
    """The tiny checkpoint in float32, so that merging does not round."""
    shutil.copytree(GOLDEN / "tiny", folder)
    tensors = {name: one.read().astype(np.float32) for name, one in stored_tensors(folder / SINGLE).items()}
    write_tensors(folder / SINGLE, tensors)
    return folder


def test_a_merged_checkpoint_is_read_as_one(tmp_path):
    weights = checkpoint(tmp_path / "weights")
    (written,) = write_merged(weights, GOLDEN / "adapter", tmp_path / "out")
    assert stored_tensors(written).keys() == stored_tensors(weights / SINGLE).keys()
    assert (tmp_path / "out" / "config.json").read_bytes() == (weights / "config.json").read_bytes()
    want = goldens()["image/adapted_logits"]
    found = compiled(read_model(tmp_path / "out", np.float32))(inputs_of("image"))[0, : len(want)]
    np.testing.assert_allclose(found, want, atol=1e-4)
    with pytest.raises(MebenchError, match="holds something already"):
        write_merged(weights, GOLDEN / "adapter", tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda every: dict(list(every.items())[1:]), "has no partner"),
        (
            lambda every: {name: value[:, :3] if "lora_A" in name else value for name, value in every.items()},
            "adapts a",
        ),
        (lambda every: {name: value * np.float32("nan") for name, value in every.items()}, "none or infinite"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, change, sentence):
    adapter = tmp_path / "adapter"
    shutil.copytree(GOLDEN / "adapter", adapter)
    tensors = {name: one.read() for name, one in stored_tensors(adapter / TENSOR_FILE).items()}
    write_tensors(adapter / TENSOR_FILE, change(tensors))
    with pytest.raises(MebenchError, match=sentence):
        write_merged(GOLDEN / "tiny", adapter, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.safetensors"))


def begun(tmp_path, monkeypatch, files):
    """The output of a merge that was killed after so many files were in their place."""
    real, written = atomic._replace, []

    def dies(target, parts):
        if len(written) == files:
            (target.parent / f".{target.name}.x.tmp").write_bytes(b"half")
            raise KeyboardInterrupt
        written.append(target)
        real(target, parts)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "_replace", dies)
        with pytest.raises(KeyboardInterrupt):
            write_merged(GOLDEN / "tiny", GOLDEN / "adapter", tmp_path / "out")
    return sorted(path.name for path in (tmp_path / "out").iterdir())


@pytest.mark.parametrize("files", [0, 1, 2])
def test_a_merge_that_was_killed_can_be_repeated(tmp_path, monkeypatch, files):
    left = begun(tmp_path, monkeypatch, files)
    assert len(left) == files + 1
    (again,) = write_merged(GOLDEN / "tiny", GOLDEN / "adapter", tmp_path / "out")
    (whole,) = write_merged(GOLDEN / "tiny", GOLDEN / "adapter", tmp_path / "whole")
    assert again.read_bytes() == whole.read_bytes()
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == [
        path.name for path in sorted((tmp_path / "whole").iterdir())
    ]


def test_a_folder_that_holds_anything_else_is_left_as_it_is(tmp_path, monkeypatch):
    left = begun(tmp_path, monkeypatch, 2)
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(MebenchError, match=r"holds something already; .* \(notes.txt is of no unfinished merge\)"):
        write_merged(GOLDEN / "tiny", GOLDEN / "adapter", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*left, "notes.txt"])
    (tmp_path / "file").write_text("mine")
    with pytest.raises(MebenchError, match="holds something already"):
        write_merged(GOLDEN / "tiny", GOLDEN / "adapter", tmp_path / "file")


@pytest.mark.parametrize(("dtype", "factor"), [(np.float16, 1e6), (np.float32, 1e38)])
def test_weights_that_overflow_are_named(tmp_path, dtype, factor):
    weights, adapter = checkpoint(tmp_path / "weights"), tmp_path / "adapter"
    tensors = {name: one.read().astype(dtype) for name, one in stored_tensors(weights / SINGLE).items()}
    write_tensors(weights / SINGLE, tensors)
    shutil.copytree(GOLDEN / "adapter", adapter)
    matrices = {name: one.read() for name, one in stored_tensors(adapter / TENSOR_FILE).items()}
    write_tensors(adapter / TENSOR_FILE, {name: value * np.float32(factor) for name, value in matrices.items()})
    with pytest.raises(MebenchError, match=rf"tensor .*_proj.weight: \d+ of \d+ numbers are .* {np.dtype(dtype)}"):
        write_merged(weights, adapter, tmp_path / "out")
    write_merged(weights, GOLDEN / "adapter", tmp_path / "out")
