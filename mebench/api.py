"""Public functions of `mebench`: run experiments, score files, read datasets, list methods.

Each function prepares the process by itself (`mebench.runtime.environment.prepare`), which has to happen before jax is
imported: where a script imports jax, it imports and calls mebench first.
"""

from pathlib import Path
from typing import Any

from mebench.config.experiment import Experiment
from mebench.data.source import Dataset
from mebench.metrics.score import Score
from mebench.run.run import RunResult


def load_experiment(path: str | Path, *changes: str) -> Experiment:
    """Return the experiment of a TOML file after changes such as `train.epochs=2`.

    >>> experiment = load_experiment("experiments/synth_me/str_constant.toml", "dataset.variant=tiny")
    >>> experiment.model.name, experiment.dataset.variant
    ('constant', 'tiny')

    Raises:
        MebenchError: no such file, an unknown key, or a value that is not allowed.
    """
    from mebench.config.experiment import load_experiment as load

    return load(Path(path), changes)


def run_experiment(
    experiment: Experiment | str | Path, runs: str | Path = "runs", data: str | Path | None = None
) -> RunResult:
    """Return a finished run: run now, continued where it stopped, or found as it is.

    >>> experiment = load_experiment("experiments/synth_me/str_constant.toml", "dataset.variant=tiny")
    >>> result = run_experiment(experiment, runs=folder / "runs", data=folder / "data")
    >>> result.record.metrics["strict.f1_s"].n
    3

    Args:
        experiment: a value, or a TOML file.
        runs: folder of the run folders.
        data: folder of built datasets and features; None: that of TFDS.

    Raises:
        MebenchError: whatever the user can mend; what is finished by then stays.
    """
    from mebench.progress import Silent
    from mebench.run.run import run_experiment as run
    from mebench.runtime.environment import prepare

    prepare()
    chosen = experiment if isinstance(experiment, Experiment) else load_experiment(experiment)
    return run(chosen, Path(runs), None if data is None else Path(data), Silent())


def score_str(
    pred: str | Path, truth: str | Path, manifest: str | Path | None = None, classes: str | None = None
) -> Score:
    r"""Return the score of intervals with emotions, by the official and the strict rules.

    >>> _ = (folder / "t.csv").write_text("subject,video,onset,offset,emotion\n1,a,10,20,negative\n")
    >>> score = score_str(folder / "t.csv", folder / "t.csv")
    >>> score.metrics["strict.f1_s"].value
    1.0

    Args:
        pred: CSV table of the predictions, or a folder of tables.
        truth: of the true intervals.
        manifest: of every video of the split; None: unknown.
        classes: emotions that count, with commas between; None: by the truth.

    Raises:
        MebenchError: a table that is none; the sentence names file, row and column.
    """
    from mebench.metrics.score import score_of
    from mebench.metrics.str.files import count_str_files

    return score_of(count_str_files(pred, truth, manifest, classes))


def score_vqa(pred: str | Path, truth: str | Path, **settings: str) -> Score:
    r"""Return the score of answers to questions.

    >>> row = '{"id": "1", "dataset": "samm", "question": "What is the coarse expression class?", "answer": "negative"}'
    >>> _ = (folder / "t.jsonl").write_text(row + "\n")
    >>> score_vqa(folder / "t.jsonl", folder / "t.jsonl", labels="present").metrics["overall.uf1_coarse"].value
    1.0

    Args:
        pred: JSONL of question rows with `answer`, or a folder of such files.
        truth: the same with the right answers.
        settings: `parser`, `labels`, `bleu`, `rouge` (mebench/docs/vqa.md, Scores).

    Raises:
        MebenchError: rows that do not belong together, or an unknown setting.
    """
    from mebench.metrics.score import score_of
    from mebench.metrics.vqa.files import count_vqa_files
    from mebench.metrics.vqa.statistics import VqaSettings

    return score_of(count_vqa_files(pred, truth, VqaSettings(**settings)))


def open_dataset(name: str, data: str | Path | None = None) -> Dataset:
    """Return a built dataset: its videos with labels, their frames read when asked for.

    >>> dataset = open_dataset("synth_me/tiny", folder / "data")
    >>> dataset.subjects
    ('s01', 's02', 's03')
    >>> dataset.videos[0].frames.read(0, 2).shape
    (2, 256, 256, 3)

    Args:
        name: of the dataset; its variant follows a slash.
        data: folder of built datasets; None: that of TFDS.

    Raises:
        MebenchError: unknown, not built (`mebench data build`), or damaged.
    """
    from mebench.data.source import open_dataset as opened
    from mebench.progress import Silent
    from mebench.runtime.environment import prepare

    prepare()
    dataset, _, variant = name.partition("/")
    return opened(dataset, variant, None if data is None else Path(data), Silent())


def list_methods() -> dict[str, Any]:
    """Return the classes of all methods by name, mebench's own and those of installed packages.

    >>> sorted(list_methods())[:3]
    ['answerer', 'blind', 'constant']
    """
    from mebench import plugins

    return {name: plugins.load(plugins.METHODS, name) for name in plugins.names(plugins.METHODS)}
