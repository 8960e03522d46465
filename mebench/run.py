"""The order of things: experiment, dataset, features, model, predictions, scores, record. It resumes by itself."""

import hashlib
import json
import resource
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mebench import provenance, runtime
from mebench.atomic import write_text
from mebench.config import Experiment, experiment_hash
from mebench.data.builders import build_dataset, data_root
from mebench.data.source import Dataset, open_dataset
from mebench.data.splits import Fold, loso
from mebench.features.cache import FeatureCache
from mebench.metrics.table import write_manifest, write_predictions, write_truth
from mebench.progress import Progress
from mebench.record import DatasetFacts, ExperimentFacts, Metric, Record, read_record, write_record
from mebench.report.run_picture import draw_answers
from mebench.report.table import markdown
from mebench.run_folder import RunFolder, begin, claimed, folder_of, seconds_so_far, timed
from mebench.scoring import metrics_of, scored, warnings_of
from mebench.selfcheck import self_check
from mebench.tasks.answers import VideoAnswer, manifest_table, prediction_table, truth_table
from mebench.tasks.bounds import BOUNDS, bound_answers
from mebench.tasks.str_inputs import StrVideo, load_str_videos


@dataclass(frozen=True)
class RunResult:
    """A finished run: its folder, its record, and whether it had been finished before."""

    folder: RunFolder
    record: Record
    already_done: bool

    def artefacts(self) -> list[tuple[str, Path]]:
        """Return what a user may want to look at, with what it is called."""
        pictures = [("picture", path) for path in sorted(self.folder.root.glob("picture*.png"))]
        return [
            ("record", self.folder.record),
            ("predictions", self.folder.predictions),
            ("table", self.folder.table),
            *pictures,
        ]


def run_experiment(experiment: Experiment, runs: Path, data: Path | None, progress: Progress) -> RunResult:
    """Run an experiment, go on with it where it stopped, or return it where it is finished.

    Args:
        experiment: as resolved.
        runs: folder of the run folders.
        data: folder of built datasets and features; None: that of TFDS.
        progress: shows the stages.

    Raises:
        MebenchError: whatever the user can mend; what is finished by then stays.
    """
    folder = folder_of(experiment, runs)
    if folder.record.is_file():
        return RunResult(folder, read_record(folder.record), True)
    with claimed(folder, experiment):
        self_check()
        with timed(folder, "dataset"):
            dataset = _dataset(experiment, data, progress)
        begin(folder, _basis(dataset))
        with timed(folder, "features"):
            videos = _videos(experiment, dataset, data, progress)
        folds = loso(video.info.subject for video in videos)
        answers = _answers(experiment, videos, folds, folder, progress)
        with timed(folder, "score"):
            write_predictions(folder.predictions, prediction_table(answers))
            metrics, bounds, warnings, confusion = _score(experiment, videos, folds, answers, folder, progress)
            draw_answers(folder.root, experiment, videos, answers, confusion)
        record = _record(experiment, dataset, metrics, bounds, warnings, folder)
        write_text(folder.table, markdown(record))
        write_record(folder.record, record)
    return RunResult(folder, record, False)


def _dataset(experiment: Experiment, data: Path | None, progress: Progress) -> Dataset:
    settings = experiment.dataset
    build_dataset(settings.name, settings.variant, data, progress, jobs=runtime.cores())
    return open_dataset(settings.name, settings.variant, data, progress, settings.limit)


def _videos(experiment: Experiment, dataset: Dataset, data: Path | None, progress: Progress) -> list[StrVideo]:
    cache = FeatureCache(data_root(data) / "mebench_features")
    threads = max(1, runtime.cores())
    return load_str_videos(dataset.videos, experiment.protocol, experiment.features, cache, threads, progress)


def _answers(
    experiment: Experiment, videos: list[StrVideo], folds: tuple[Fold, ...], folder: RunFolder, progress: Progress
) -> list[VideoAnswer]:
    model = experiment.model.name
    if model == "mean":
        from mebench.tasks.str_mean import mean_answers

        return mean_answers(experiment, videos, folds, folder, progress)
    return bound_answers(model, videos, folds, experiment.protocol.classes, experiment.decode.threshold)


def _score(
    experiment: Experiment,
    videos: list[StrVideo],
    folds: tuple[Fold, ...],
    answers: list[VideoAnswer],
    folder: RunFolder,
    progress: Progress,
) -> tuple[dict[str, Metric], dict[str, dict[str, Metric]], tuple[str, ...], dict[str, Any]]:
    """Write truth, manifest, score and statistics; return the metrics of the model and of the bounds."""
    truth, manifest = truth_table(videos, experiment.protocol.label), manifest_table(videos)
    write_truth(folder.truth, truth)
    write_manifest(folder.manifest, manifest)
    document, statistics = scored(prediction_table(answers), truth, manifest, experiment)
    write_text(folder.statistics, statistics)
    write_text(folder.score, json.dumps(document, indent=1, allow_nan=False) + "\n")
    bounds: dict[str, dict[str, Metric]] = {}
    with progress.stage("Bounds: threshold, constant, oracle", len(BOUNDS), "scorers") as advance:
        for bound in BOUNDS:
            found = bound_answers(bound, videos, folds, experiment.protocol.classes, experiment.decode.threshold)
            bounds[bound] = metrics_of(scored(prediction_table(found), truth, manifest, experiment)[0])
            advance(1)
    rules = "strict" if "strict" in document else "official"
    return metrics_of(document), bounds, warnings_of(document), document[rules]["confusion"]


def _basis(dataset: Dataset) -> dict[str, object]:
    """Return what must be the same when a run is gone on with."""
    code = provenance.code()
    return {
        "dataset": dataset.fingerprint,
        "mebench code": code["source_sha256"],
        "set of installed packages": provenance.packages_hash(),
        "device or thread count": [runtime.environment()[key] for key in ("device_kind", "device_count", "NPROC")],
    }


def _record(
    experiment: Experiment,
    dataset: Dataset,
    metrics: dict[str, Metric],
    bounds: dict[str, dict[str, Metric]],
    warnings: tuple[str, ...],
    folder: RunFolder,
) -> Record:
    infos = [video.info for video in dataset.videos]
    facts = DatasetFacts(
        name=dataset.name,
        variant=dataset.variant,
        version=dataset.version,
        fingerprint=dataset.fingerprint,
        subjects=len(dataset.subjects),
        videos=len(infos),
        expressions=sum(len(info.expressions) for info in infos),
        micro_expressions=sum(len(info.micro) for info in infos),
    )
    config = experiment.model_dump(mode="json")
    return Record(
        run_id=folder.run_id,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        code=provenance.code(),
        packages_sha256=provenance.packages_hash(),
        experiment=ExperimentFacts(name=experiment.name, sha256=experiment_hash(experiment), config=config),
        datasets=(facts,),
        protocol=config["protocol"],
        seeds={"experiment": experiment.seed},
        environment=runtime.environment(),
        metrics=metrics,
        bounds=bounds,
        warnings=warnings,
        statistics_sha256=_sha256(folder.statistics),
        predictions_sha256=_sha256(folder.predictions),
        seconds=seconds_so_far(folder),
        peak_memory_bytes=_peak_memory(),
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _peak_memory() -> int:
    """Return the most memory that this process has held, in bytes (Linux counts in KiB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
