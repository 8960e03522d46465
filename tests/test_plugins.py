"""Names of methods and flow methods: mebench's own, an installed package's, a module beside an experiment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mebench import plugins
from mebench.config.experiment import TASKS, load_experiment, model_of
from mebench.config.model import method_facts
from mebench.config.parts import MethodConfig
from mebench.errors import MebenchError
from mebench.methods.registry import method_of

PLUGIN = Path(__file__).parent / "plugin"
BESIDE = """from mebench.config.parts import MethodConfig

class Nothing:
    '''No micro-expression anywhere.'''
    class Config(MethodConfig):
        loud: bool = False

    def spot_then_recognise(self, run, videos, folds):
        from mebench.tasks.answers import VideoAnswer
        return [VideoAnswer(video.info, ()) for video in videos{}]
"""
TEXT = """name = "a/nothing"
[dataset]
name = "synth_me"
variant = "tiny"
limit = 2
[model]
name = "{}:Nothing"
[score]
bootstrap = 20
"""


@pytest.mark.parametrize("name", plugins.names(plugins.METHODS))
def test_own_methods_can_do_a_task_and_have_settings_of_their_own(name):
    found = method_facts(name)
    assert any(found.can(task) for task in TASKS)
    assert isinstance(model_of({"name": name}), found.cls.Config)
    assert issubclass(found.cls.Config, MethodConfig)
    assert method_of(name).__doc__


@pytest.mark.parametrize("name", plugins.names(plugins.FLOWS))
def test_own_flows_are_functions(name):
    assert callable(plugins.load(plugins.FLOWS, name))


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        ({"name": "meen"}, r"unknown model.name 'meen'; did you mean 'mean'\?"),
        ({"behavior": "mended"}, r"unknown key 'model.behavior'; did you mean 'model.behaviour'\?"),
        ({"behaviour": "mendet"}, "unknown model.behaviour 'mendet'; did you mean 'mended'"),
        ({"name": "constant", "behaviour": "faithful"}, "model.behaviour = 'faithful' is not allowed|unknown"),
        ({"name": "no_such_module:X"}, "'no_such_module:X' cannot be imported .* put the module beside"),
        ({"name": "json:loads"}, "has no Config that comes from mebench's MethodConfig"),
        ({"name": "mebench.methods.mean:Meen"}, "cannot be imported .*no attribute 'Meen'"),
    ],
)
def test_faults_of_a_method_are_one_sentence(tree, sentence):
    with pytest.raises(MebenchError, match=sentence):
        model_of(tree)


def run(folder: Path, file: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "mebench", "run", file, "--data", str(folder / "data")]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("outside")


def test_a_module_beside_an_experiment_is_a_method(folder):
    (folder / "quiet.py").write_text(BESIDE.format(""))
    (folder / "quiet.toml").write_text(TEXT.format("quiet"))
    done = run(folder, "quiet.toml")
    assert done.returncode == 0, done.stderr
    assert "quiet:Nothing" in done.stdout
    (record,) = (folder / "runs/a/nothing").glob("*/record.json")
    assert (record.parent / "predictions.csv").read_text().count("\n") == 1
    assert "nothing was done" in run(folder, "quiet.toml").stdout
    (folder / "quiet.py").write_text(BESIDE.format("[:]"))
    assert "other code of mebench" in run(folder, "quiet.toml").stdout


def test_a_module_that_is_no_python_is_a_sentence(folder):
    (folder / "broken.py").write_text("class Nothing(:\n")
    (folder / "broken.toml").write_text(TEXT.format("broken"))
    done = run(folder, "broken.toml")
    assert done.returncode == 2
    assert "'broken:Nothing' cannot be imported" in done.stderr


def test_a_method_that_leaves_a_video_out_is_told_which(folder):
    (folder / "deaf.py").write_text(BESIDE.format("[1:]"))
    (folder / "deaf.toml").write_text(TEXT.format("deaf"))
    done = run(folder, "deaf.toml")
    assert done.returncode == 2
    assert "method deaf:Nothing gave no answer for" in done.stderr
    assert len(done.stderr.strip().splitlines()[-1:]) == 1


def test_keys_of_a_strangers_method_are_checked(folder):
    (folder / "loud.py").write_text(BESIDE.format(""))
    (folder / "loud.toml").write_text(TEXT.format("loud"))
    assert load_experiment(folder / "loud.toml", ("model.loud=true",)).model.loud is True
    with pytest.raises(MebenchError, match=r"unknown key 'model.lout'; did you mean 'model.loud'\?"):
        load_experiment(folder / "loud.toml", ("model.lout=true",))


def test_without_the_package_its_names_are_unknown():
    with pytest.raises(MebenchError, match=r"unknown model.name 'stillness'"):
        load_experiment(PLUGIN / "still.toml")
