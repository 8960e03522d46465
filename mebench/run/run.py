"""The order of things: experiment, dataset, features, model, predictions, scores, record. It resumes by itself."""

import hashlib
import resource
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mebench import plugins
from mebench.atomic import write_text
from mebench.config.experiment import Experiment, experiment_hash
from mebench.data.source import Dataset
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.features.cache_folder import open_cache
from mebench.features.feature import feature_of
from mebench.methods.protocols import ChecksWeights, ExternalWeights, Run, TrainsSeeds
from mebench.methods.registry import inputs_of, method_for, method_of, refuse_unused
from mebench.progress import Progress
from mebench.record import provenance
from mebench.record.record import DatasetFacts, ExperimentFacts, Record
from mebench.record.run_folder import CODE, RunFolder, begin, claimed, folder_of, mixes_code, seconds_so_far, timed
from mebench.record.source_code import code_hash
from mebench.report.table import markdown
from mebench.run.check import check_run, finish
from mebench.run.recognition import recognition_inputs, run_recognition
from mebench.run.spot_then_recognise import run_str, str_inputs
from mebench.run.task_scores import TaskScores
from mebench.run.vqa import run_vqa, vqa_inputs
from mebench.runtime import environment as runtime
from mebench.runtime.compile_clock import compile_clock
from mebench.runtime.selfcheck import self_check
from mebench.tasks.datasets import OpenDatasets, open_inputs

RESULTS_CODE = "results_sha256"
"""Key of `results_code` in a record's facts of the code."""


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes:
        folder: of the run.
        record: of the run.
        already_done: it had been finished before.
        other_code: it was finished before, by code that computes results otherwise than this one may.
    """

    folder: RunFolder
    record: Record
    already_done: bool
    other_code: bool = False

    def artefacts(self) -> list[tuple[str, Path]]:
        """Return what a user may want to look at, with what it is called."""
        pictures = [("picture", path) for path in sorted(self.folder.root.glob("picture*.png"))]
        return [
            ("record", self.folder.record),
            ("predictions", self.folder.predicted(self.record.experiment.config["task"])),
            *(("predictions", path) for path in sorted(self.folder.root.glob("predictions.*.csv"))),
            ("table", self.folder.table),
            *([("page", self.folder.answers_page)] if self.folder.answers_page.is_file() else []),
            *pictures,
        ]


def run_experiment(
    experiment: Experiment,
    runs: Path,
    data: Path | None,
    progress: Progress,
    external: ExternalWeights = ExternalWeights(),  # noqa: B008 - frozen
    cache: Path | None = None,
    dev: bool = False,
) -> RunResult:
    """Run an experiment, go on with it where it stopped, or return it where it is finished and whole.

    Args:
        experiment: as resolved.
        runs: folder of the run folders.
        data: folder of built datasets and features; None: that of TFDS.
        progress: shows the stages.
        external: a checkpoint, for a model that needs one.
        cache: folder of the features; None: beside the data, where that can be written.
        dev: go on where the code changed since the run was begun; its record cannot go on a board.

    Raises:
        MebenchError: whatever the user can mend, as a finished run with a file that is not what it wrote; what is
            finished by then stays.
    """
    refuse_unused(external, experiment)
    folder = folder_of(experiment, runs)
    if folder.record.is_file():
        record = check_run(folder, folder.run_id).record
        _refuse_other_weights(external, record, folder)
        return RunResult(folder, record, True, record.code.get(RESULTS_CODE) != results_code(experiment))
    method = method_of(experiment.model.name)
    if isinstance(method, ChecksWeights):
        method.check_weights(experiment, external)
    with claimed(folder, experiment), compile_clock() as clock:
        self_check()
        features = open_cache(data, cache, progress)
        with timed(folder, "dataset"):
            inputs = open_inputs(experiment, data, progress, features.root)
        begin(folder, _basis(experiment, inputs.datasets), dev)
        run = Run(experiment, folder, features, progress, external)
        if experiment.task == "vqa":
            scores = run_vqa(run, inputs, data)
        else:
            scores = run_recognition(run, inputs) if experiment.task == "recognition" else run_str(run, inputs)
        record = _record(experiment, inputs.datasets, scores, folder, clock.seconds, external)
        write_text(folder.table, markdown(record))
        finish(folder, record)
    return RunResult(folder, record, False)


def run_seeds(
    experiments: Sequence[Experiment],
    runs: Path,
    data: Path | None,
    progress: Progress,
    external: ExternalWeights = ExternalWeights(),  # noqa: B008 - frozen
    cache: Path | None = None,
    dev: bool = False,
) -> list[RunResult]:
    """Run an experiment with several seeds: a method that can trains all in one program, the rest is one by one.

    Each has its run folder, which is as it would be without the others: the same bits, except that with `train.folds`
    = `vmap` and on several devices they are equal to rounding. What is finished is not done again.

    Args:
        experiments: the same but for their seeds.
        runs: as for `run_experiment`, and so are `data`, `progress` and `given`.
        data: folder of built datasets and features.
        progress: shows the stages.
        external: a checkpoint, for a model that needs one.
        cache: folder of the features.
        dev: as for `run_experiment`.

    Raises:
        MebenchError: whatever the user can mend; what is finished by then stays.
    """
    for one in experiments:
        refuse_unused(external, one)
    open_ones = [one for one in experiments if not folder_of(one, runs).record.is_file()]
    if len(open_ones) > 1 and isinstance(method_of(open_ones[0].model.name), TrainsSeeds):
        _train_together(open_ones, runs, data, progress, cache, dev)
    return [run_experiment(one, runs, data, progress, external, cache, dev) for one in experiments]


def _refuse_other_weights(external: ExternalWeights, record: Record, folder: RunFolder) -> None:
    """Raise a MebenchError where a finished run was made with another checkpoint than the one that is given."""
    method = method_of(record.experiment.config["model"]["name"])
    if external.weights is None or not hasattr(method, "weights_hash"):
        return
    if (found := method.weights_hash(external)) != record.environment.get("weights_sha256"):
        raise MebenchError(
            f"the run in {folder.root} was made with other weights (sha256 {record.environment.get('weights_sha256')}; "
            f"those given have {found}); add --again to set that folder aside, or choose another with --runs DIR"
        )


def _train_together(
    experiments: Sequence[Experiment],
    runs: Path,
    data: Path | None,
    progress: Progress,
    cache: Path | None,
    dev: bool,
) -> None:
    first, folders = experiments[0], [folder_of(one, runs) for one in experiments]
    with ExitStack() as stack:
        for folder, one in zip(folders, experiments, strict=True):
            stack.enter_context(claimed(folder, one))
        self_check()
        features = open_cache(data, cache, progress)
        inputs = open_inputs(first, data, progress, features.root)
        for folder in folders:
            begin(folder, _basis(first, inputs.datasets), dev)
        each = [Run(one, folder, features, progress) for one, folder in zip(experiments, folders, strict=True)]
        folds, shown = _inputs(each[0], inputs, data)
        method_for(first, TrainsSeeds).train_seeds(each, shown, folds)


def _inputs(run: Run, inputs: OpenDatasets, data: Path | None) -> tuple[tuple[Fold, ...], Any]:
    if run.experiment.task == "vqa":
        return vqa_inputs(run, inputs, data)
    return recognition_inputs(run, inputs) if run.experiment.task == "recognition" else str_inputs(run, inputs)


def results_code(experiment: Experiment) -> str:
    """Return the hash of all code that the results of an experiment come from; comments and docstrings do not count."""
    inputs = inputs_of(experiment)
    flows = {experiment.features.flow, *([experiment.media.flow] if experiment.media else [])}
    flows |= {flow for name, one in inputs.items() if (flow := feature_of(name).flow(one))}
    named = [(plugins.FLOWS, name) for name in sorted(flows)] + [(plugins.FEATURES, name) for name in inputs]
    method = plugins.module_of(plugins.METHODS, experiment.model.name)
    modules = ("mebench.run.run", method, *(plugins.module_of(*one) for one in named))
    return code_hash(modules, tuple(sorted({name.partition(".")[0] for name in modules})))


def _basis(experiment: Experiment, datasets: tuple[Dataset, ...]) -> dict[str, object]:
    """Return facts that must be the same when a run continues."""
    environment = runtime.environment()
    return {
        "dataset": [dataset.fingerprint for dataset in datasets],
        CODE: results_code(experiment),
        "set of installed packages": provenance.packages_hash(),
        "device or thread count": [environment[key] for key in ("device_kind", "device_count", "NPROC")],
        "instruction set": environment["libraries_use"],
        "setting of JAX or XLA": [environment[key] for key in ("jax_settings", "XLA_FLAGS")],
    }


def _record(
    experiment: Experiment,
    datasets: tuple[Dataset, ...],
    scores: TaskScores,
    folder: RunFolder,
    compiling: float,
    external: ExternalWeights,
) -> Record:
    config = experiment.model_dump(mode="json")
    return Record(
        run_id=folder.run_id,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        code=provenance.code()
        | {RESULTS_CODE: results_code(experiment)}
        | ({"dev": True} if mixes_code(folder) else {}),
        packages_sha256=provenance.packages_hash(),
        experiment=ExperimentFacts(name=experiment.name, sha256=experiment_hash(experiment), config=config),
        datasets=tuple(_facts(dataset) for dataset in datasets),
        protocol=config["protocol"],
        seeds={"experiment": experiment.seed},
        environment=runtime.environment() | _method_facts(experiment, external) | dict(scores.facts),
        metrics=dict(scores.metrics),
        bounds={name: dict(metrics) for name, metrics in scores.baselines.items()},
        warnings=scores.warnings,
        statistics_sha256=_sha256(folder.statistics) if folder.statistics.is_file() else None,
        predictions_sha256=_sha256(folder.predicted(experiment.task)),
        seconds=seconds_so_far(folder) | {"compiling": round(compiling, 3)},
        peak_memory_bytes=_peak_memory(),
    )


def _facts(dataset: Dataset) -> DatasetFacts:
    infos = [video.info for video in dataset.videos]
    return DatasetFacts(
        name=dataset.name,
        variant=dataset.variant,
        version=dataset.version,
        fingerprint=dataset.fingerprint,
        subjects=len(dataset.subjects),
        videos=len(infos),
        expressions=sum(len(info.expressions) for info in infos),
        micro_expressions=sum(len(info.micro) for info in infos),
    )


def _method_facts(experiment: Experiment, external: ExternalWeights) -> dict[str, str]:
    """Return a method's facts for the record, as how folds shared the device and the hash of given weights."""
    method = method_of(experiment.model.name)
    facts = dict(method.facts(experiment)) if hasattr(method, "facts") else {}
    if external.weights is not None and hasattr(method, "weights_hash"):
        facts["weights_sha256"] = method.weights_hash(external)
    return facts


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _peak_memory() -> int:
    """Return the most memory that this process has held, in bytes (Linux counts in KiB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
