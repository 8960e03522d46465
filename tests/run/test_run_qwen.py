"""Qwen2.5-VL end to end on drawn clips with a tiny random checkpoint: every input mode, resumed, recorded, told off."""

import contextlib
import json
import shutil
from pathlib import Path

import pytest
from fixtures.damages import DAMAGES
from support.tiny_checkpoint import tiny_checkpoint

from mebench.challenges.submission import write_submission
from mebench.cli.main import main
from mebench.config.experiment import load_experiment
from mebench.data.builders import build_dataset
from mebench.data.splits import subject_folds
from mebench.errors import MebenchError
from mebench.methods.protocols import ExternalWeights
from mebench.methods.qwen2_5_vl import answering as qwen_answering
from mebench.methods.qwen2_5_vl.checkpoint import weights_hash
from mebench.methods.qwen2_5_vl.network.finetune import Finetuner
from mebench.methods.qwen2_5_vl.network.tensor_file import stored_tensors, write_tensors
from mebench.progress import Silent
from mebench.record.run_folder import folder_of
from mebench.run.check import check_run
from mebench.run.run import run_experiment

HERE = Path(__file__).parents[1]
CHANGES = ("model.new_tokens=4", "model.rows=4", "score.bootstrap=20", "media.size=64", "model.dtype=float32")

EXPERIMENT = """
name = "made/qwen"
task = "vqa"
[dataset]
name = "synth_me"
variant = "clips_tiny"
[protocol]
kind = "subject_folds"
folds = 2
[model]
name = "qwen2_5_vl"
prompt_file = "prompt.txt"
max_pixels = 3136
[media]
num_frames = 4
"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return tiny_checkpoint(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture(scope="module")
def data(drawn):
    return drawn


def experiment(folder, *changes):
    (folder / "prompt.txt").write_text("{question}\n[coarse] One of {coarse}.\n")
    (folder / "e.toml").write_text(EXPERIMENT)
    return load_experiment(folder / "e.toml", (*CHANGES, *changes))


@pytest.mark.parametrize("kind", ["of", "oao", "video"])
def test_every_input_mode_is_answered_scored_and_recorded(tmp_path, data, weights, kind):
    found = run_experiment(
        experiment(tmp_path, f"media.kind={kind}"), tmp_path / "runs", data, Silent(), ExternalWeights(weights)
    )
    rows = [json.loads(line) for line in found.folder.answer_log.read_text().splitlines()]
    asked = found.folder.answers.read_text().splitlines()
    assert len({row["key"] for row in rows}) == len(rows) <= len(asked)
    assert {row["status"] for row in rows} <= {"ok", "unparsed"}
    assert all(0 < row["tokens"] <= 4 for row in rows)
    assert found.record.environment["weights_sha256"] == weights_hash(ExternalWeights(weights))
    assert "One of {coarse}" in found.record.experiment.config["model"]["prompt"]
    assert "blind" in found.record.bounds


def test_a_stopped_run_goes_on_and_asks_nothing_twice(tmp_path, data, weights, monkeypatch):
    chosen = experiment(tmp_path)
    whole = run_experiment(chosen, tmp_path / "whole", data, Silent(), ExternalWeights(weights))
    real, calls = qwen_answering.answered, []

    def stops(asked, *rest):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(len(asked))
        return real(asked, *rest)

    monkeypatch.setattr(qwen_answering, "answered", stops)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(chosen, tmp_path / "runs", data, Silent(), ExternalWeights(weights))
    log = next((tmp_path / "runs").rglob("answers.jsonl"))
    done = log.read_text().count("\n")
    log.write_text(log.read_text() + '{"key": "torn')
    monkeypatch.setattr(qwen_answering, "answered", real)
    again = run_experiment(chosen, tmp_path / "runs", data, Silent(), ExternalWeights(weights))
    assert again.folder.answers.read_bytes() == whole.folder.answers.read_bytes()
    assert done == sum(calls) > 0
    assert log.read_text().count("\n") == whole.folder.answer_log.read_text().count("\n")


def test_what_is_missing_is_told(tmp_path, data, weights):
    with pytest.raises(MebenchError, match=r"needs its weights, which mebench does not fetch: put config.json"):
        run_experiment(experiment(tmp_path), tmp_path / "runs", data, Silent())
    with pytest.raises(MebenchError, match=r"model.prompt_file 'none.txt' cannot be read beside it"):
        load_experiment(tmp_path / "e.toml", ("model.prompt_file=none.txt",))
    with pytest.raises(MebenchError, match=r"unknown key 'model.max_pixels'"):
        experiment(tmp_path, "model.name=blind")


def test_the_checkpoints_own_files_decide_where_the_experiment_says_nothing(tmp_path, data, weights):
    """As transformers 4.49 saves a checkpoint: defaults left out of config.json, a tied head, how tokens are chosen."""
    saved = Path(shutil.copytree(weights, tmp_path / "saved"))
    config = json.loads((saved / "config.json").read_text())
    for key in ("hidden_act", "patch_size", "spatial_merge_size", "temporal_patch_size"):
        del config["vision_config"][key]
    config["vision_config"]["model_type"] = "qwen2_5_vl"
    (saved / "config.json").write_text(json.dumps(config | {"transformers_version": "4.49.0"}))
    tensors = {name: one.read() for name, one in stored_tensors(saved / "model.safetensors").items()}
    write_tensors(saved / "model.safetensors", tensors | {"lm_head.weight": tensors["model.embed_tokens.weight"]})
    (saved / "generation_config.json").write_text('{"do_sample": false, "repetition_penalty": 1.3, "top_p": 0.001}')
    (saved / "preprocessor_config.json").write_text('{"min_pixels": 3136, "max_pixels": 12544}')
    own, said = ("model.repetition_penalty=1.3", "model.min_pixels=3136", "model.temperature=0.0"), Listening()
    by_files = run_experiment(experiment(tmp_path), tmp_path / "a", data, said, ExternalWeights(saved))
    by_keys = run_experiment(experiment(tmp_path, *own), tmp_path / "b", data, Silent(), ExternalWeights(weights))
    plain = run_experiment(experiment(tmp_path), tmp_path / "c", data, Silent(), ExternalWeights(weights))
    answers = [one.folder.answers.read_bytes() for one in (by_files, by_keys, plain)]
    assert answers[0] == answers[1] != answers[2]
    facts = by_files.record.environment
    assert "repetition_penalty 1.3 (generation_config.json)" in facts["asked_with"]
    assert "min_pixels 3136 (preprocessor_config.json), max_pixels 3136 (experiment)" in facts["asked_with"]
    assert "repetition_penalty 1.3 (experiment)" in by_keys.record.environment["asked_with"]
    assert facts["filled_in_config"].startswith("hidden_act silu, patch_size 14")
    assert any(one.startswith("config.json leaves out what transformers 4 takes as given") for one in said.said)
    assert "repetition_penalty" not in by_files.record.experiment.config["model"]


def test_other_weights_are_not_shown_the_figures_of_these(tmp_path, data, weights):
    """Neither a finished run nor one that was begun is taken for that of another checkpoint."""
    import numpy as np

    chosen, other = experiment(tmp_path), Path(shutil.copytree(weights, tmp_path / "other"))
    tensors = {name: one.read() for name, one in stored_tensors(other / "model.safetensors").items()}
    write_tensors(other / "model.safetensors", {name: value * np.float32(1.5) for name, value in tensors.items()})
    found = run_experiment(chosen, tmp_path / "runs", data, Silent(), ExternalWeights(weights))
    for external in (ExternalWeights(weights), ExternalWeights()):
        assert run_experiment(chosen, tmp_path / "runs", data, Silent(), external).already_done
    with pytest.raises(MebenchError, match=r"was made with other weights \(sha256 .*; add --again to set"):
        run_experiment(chosen, tmp_path / "runs", data, Silent(), ExternalWeights(other))
    found.folder.record.unlink()
    with pytest.raises(MebenchError, match="was begun with another set of weights; add --again to set"):
        run_experiment(chosen, tmp_path / "runs", data, Silent(), ExternalWeights(other))


def test_an_adapter_needs_its_weights_and_no_other_adapter(tmp_path, weights):
    with pytest.raises(MebenchError, match="goes with the checkpoint that it was tuned on; give that with --weights"):
        run_experiment(experiment(tmp_path), tmp_path / "runs", None, Silent(), ExternalWeights(None, tmp_path))
    with pytest.raises(MebenchError, match=r"tunes adapters of its own \(\[model.lora\]\); leave one of them out"):
        run_experiment(
            experiment(tmp_path, *TUNED), tmp_path / "runs", None, Silent(), ExternalWeights(weights, tmp_path)
        )
    assert not (tmp_path / "runs").exists()


class Listening(Silent):
    """Progress that remembers what is said."""

    def __init__(self):
        self.said = []

    def say(self, sentence):
        self.said.append(sentence)


@pytest.fixture(scope="module")
def challenge(tmp_path_factory):
    """The challenge's training and test sets, built from archives of their layout."""
    from fixtures.archives.me_vqa import write, write_whole_test
    from fixtures.archives.scenes import with_faces

    folder = tmp_path_factory.mktemp("challenge")
    for variant, archive in (("", with_faces(write(folder / "train"))), ("test", write_whole_test(folder / "archive"))):
        build_dataset("me_vqa", variant, folder / "data", Silent(), jobs=2, archive=archive)
    return folder


EACH_WAY = (("zs", "of"), ("ft", "video"))
BASELINES = [
    pytest.param(way, kind, marks=() if (way, kind) in EACH_WAY else pytest.mark.slow)
    for way in ("zs", "ft")
    for kind in ("video", "oao", "of")
]


@pytest.mark.parametrize(("way", "kind"), BASELINES)
def test_the_challenges_baselines_run_to_a_submission(tmp_path, challenge, weights, way, kind):
    file = HERE.parent / "experiments" / "me_vqa" / f"qwen2_5_vl_3b_{way}_{kind}.toml"
    less = ("model.lora.epochs=1", "model.lora.rank=2", "model.lora.batch_size=4") if way == "ft" else ()
    chosen = load_experiment(file, (*CHANGES, *less, "model.max_pixels=3136", "media.num_frames=4"))
    found = run_experiment(chosen, tmp_path / "runs", challenge / "data", Silent(), ExternalWeights(weights))
    rows = [json.loads(line) for line in found.folder.answers.read_text().splitlines()]
    assert len(rows) == 120
    assert all(isinstance(row["raw"], str) for row in rows)
    for row in rows:  # a random model may say nothing, which the challenge refuses
        row["answer"] = row["answer"] or "nothing"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = write_submission("megc2025-vqa", [tmp_path / "run"], tmp_path / "x.zip", [challenge / "archive"])
    assert sum(made.rows.values()) == 120
    assert found.record.metrics["overall.final"].value is None
    adapters = [path.name for path in sorted(found.folder.adapters.rglob("*")) if path.is_file()]
    assert adapters == (["adapter_config.json", "adapter_model.safetensors"] if way == "ft" else [])


TUNED = (
    "model.lora.rank=2",
    "model.lora.epochs=2",
    "model.lora.batch_size=8",
    "model.lora.accumulate=2",
    "model.lora.save_every=2",
)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, data, weights):
    """A run that was fine-tuned, left alone."""
    folder = tmp_path_factory.mktemp("tuned")
    chosen = experiment(folder, *TUNED, "model.lora.learning_rate=0.01")
    return run_experiment(chosen, folder / "runs", data, Silent(), ExternalWeights(weights))


def same_bits(again, whole):
    """Whether two runs have the same adapters, answers and losses."""
    files = [path.relative_to(whole.folder.root) for path in whole.folder.adapters.rglob("*") if path.is_file()]
    assert len(files) == 4
    return [
        (again.folder.root / name).read_bytes() == (whole.folder.root / name).read_bytes()
        for name in (*files, "predictions.jsonl", "metrics.jsonl")
    ] == [True] * 6


def test_a_stopped_tuning_goes_on_to_the_same_bits(tmp_path, data, weights, monkeypatch, tuned):
    chosen, whole = experiment(tmp_path, *TUNED, "model.lora.learning_rate=0.01"), tuned
    real, steps = Finetuner.step, []

    def stops(self, *rest):
        if len(steps) == 3:
            raise KeyboardInterrupt
        steps.append(1)
        return real(self, *rest)

    monkeypatch.setattr(Finetuner, "step", stops)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(chosen, tmp_path / "runs", data, Silent(), ExternalWeights(weights))
    monkeypatch.setattr(Finetuner, "step", real)
    again = run_experiment(chosen, tmp_path / "runs", data, Silent(), ExternalWeights(weights))
    assert same_bits(again, whole)
    rows = [json.loads(line) for line in whole.folder.metrics.read_text().splitlines()]
    for fold in {row["name"] for row in rows}:
        losses = [row["value"] for row in rows if row["name"] == fold]
        assert losses[-1] < losses[0]


def test_damage_to_an_unfinished_tuning_is_named_and_mended(tmp_path, data, weights, tuned):
    chosen = experiment(tmp_path, *TUNED, "model.lora.learning_rate=0.01")
    folder = folder_of(chosen, tmp_path / "runs")
    shutil.copytree(tuned.folder.root, folder.root)
    folder.record.unlink()
    folder.metrics.write_bytes(b"")
    first, second = (path.name for path in sorted(folder.adapters.iterdir()))
    adapter, losses = folder.adapters / first / "adapter_model.safetensors", folder.checkpoints / second / "losses.json"
    DAMAGES["flipped"](adapter, adapter)
    DAMAGES["cut"](losses, losses)
    rows = folder.answer_log.read_text().splitlines()
    folder.answer_log.write_text("\n".join([*rows[:-1], rows[-1].replace('"seconds"', '"Seconds"')]) + "\n")
    progress = Listening()
    again = run_experiment(chosen, tmp_path / "runs", data, progress, ExternalWeights(weights))
    for said in (
        f"{folder.answer_log}: row {len(rows)} cut off, changed",
        f"{adapter} is damaged (",
        f"{losses} is damaged (",
    ):
        assert any(one.startswith(said) for one in progress.said), (said, progress.said)
    assert same_bits(again, tuned)
    assert [json.loads(row)["key"] for row in folder.answer_log.read_text().splitlines()] == [
        json.loads(row)["key"] for row in rows
    ]
    assert check_run(folder).files == check_run(tuned.folder).files


def test_an_adapter_of_a_run_answers_as_the_run_did(tmp_path, data, weights, challenge, capsys, monkeypatch, tuned):
    adapter = sorted(tuned.folder.adapters.iterdir())[0]
    asked = run_experiment(experiment(tmp_path), tmp_path / "given", data, Silent(), ExternalWeights(weights, adapter))
    rows = [
        {row["id"]: row["raw"] for row in map(json.loads, one.folder.answers.read_text().splitlines())}
        for one in (tuned, asked)
    ]
    subjects = {name: name.split("_")[1] for name in rows[0]}
    (fold,) = [one for one in subject_folds(subjects.values(), 2) if one.name == adapter.name]
    tested = [name for name, subject in subjects.items() if subject in fold.test]
    assert tested
    assert all(rows[0][name] == rows[1][name] for name in tested)
    assert rows[0] != rows[1]
    assert asked.record.environment["weights_sha256"] != weights_hash(ExternalWeights(weights))

    def said(*words):
        monkeypatch.setattr("sys.argv", ["mebench", *map(str, words)])
        with contextlib.suppress(SystemExit):
            main()
        found = capsys.readouterr()
        return found.out + " ".join(found.err.split())

    merge = ["weights", "merge", "--weights", weights, "--adapter", adapter, "--out", tmp_path / "merged"]
    assert f"written      {tmp_path / 'merged' / 'model.safetensors'}" in said(*merge)
    assert "holds something already; give a new or empty folder" in said(*merge)
    clip = challenge / "archive" / "samm_test" / "SAMM-1"
    ask = ["predict", "vqa", "--clip", clip, "--question", "What is the action unit?", "--kind", "of", "--new-tokens"]
    assert "answer       " in said(*ask, 2, "--weights", weights, "--adapter", adapter)
    same = run_experiment(experiment(tmp_path), tmp_path / "m", data, Silent(), ExternalWeights(tmp_path / "merged"))
    assert [json.loads(row)["raw"] for row in same.folder.answers.read_text().splitlines()] == list(rows[1].values())


def test_a_question_about_a_clip_of_ones_own(tmp_path, weights, challenge, capsys, monkeypatch):
    clip = challenge / "archive" / "samm_test" / "SAMM-1"
    call = ["mebench", "predict", "vqa", "--weights", str(weights), "--clip", str(clip), "--new-tokens", "3"]
    monkeypatch.setattr("sys.argv", [*call, "--question", "What is the action unit?", "--kind", "of"])
    with contextlib.suppress(SystemExit):
        main()
    shown = capsys.readouterr().out
    assert "(estimated)" in shown
    assert "answer       " in shown
    for more, sentence in (
        (["--question", " "], "the question is empty"),
        (["--question", "What?", "--kind", "sound"], "unknown input mode 'sound'"),
        (["--question", "What?", "--apex", "3"], "--apex plays no part in --kind video"),
        (["--question", "What?", "--onset", "99"], "a clip from frame 99 to 7 is asked of frames 0 to 7"),
    ):
        monkeypatch.setattr("sys.argv", [*call, *more])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 2
        assert sentence in " ".join(capsys.readouterr().err.split())
