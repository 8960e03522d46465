"""Spot, then recognise: from the videos of an experiment to predictions, scores and pictures in its run folder."""

from collections.abc import Sequence
from dataclasses import dataclass

from mebench.config.experiment import Experiment
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.methods.baselines.spot_then_recognise import BASELINES, baseline_answers
from mebench.methods.protocols import Run, SpotsThenRecognises
from mebench.methods.registry import inputs_of, method_for, method_of
from mebench.metrics.score import Counted
from mebench.metrics.scored_classes import declared_classes
from mebench.metrics.str.figures import FIGURES
from mebench.metrics.str.score import counted_str, str_statistics
from mebench.progress import Progress
from mebench.record.record import Metric
from mebench.record.run_folder import RunFolder, timed
from mebench.report.run_picture import draw_answers
from mebench.run.task_scores import NO_LABELS, TaskScores, scored
from mebench.runtime import environment as runtime
from mebench.tables.csv import write_manifest, write_predictions, write_truth
from mebench.tables.truth import manifest_table, truth_table
from mebench.tasks.answers import Row, VideoAnswer, prediction_table, with_source_ids
from mebench.tasks.datasets import OpenDatasets, folds_of
from mebench.tasks.str_inputs import StrVideo, load_str_videos, takes_part


@dataclass(frozen=True)
class _Tested:
    """The videos that some fold tests on, and how their ids are written.

    With one tested dataset the tables hold its own ids. With several, subjects have the dataset's name before them in
    the pooled tables, so that no two share an id; the files of one dataset each (`predictions.<dataset>.csv`) hold its
    own ids again.
    """

    videos: tuple[StrVideo, ...]

    @property
    def datasets(self) -> list[str]:
        return sorted({video.info.dataset for video in self.videos})

    def named(self, rows: Sequence[Row]) -> list[Row]:
        """Return videos or answers with the ids of the pooled tables."""
        return list(rows) if len(self.datasets) > 1 else with_source_ids(rows)


def run_str(run: Run, inputs: OpenDatasets) -> TaskScores:
    """Return the figures of a spot-then-recognise experiment; every other artefact is in the run folder by then.

    A test set without labels gives predictions, manifest and pictures; nothing is scored then.

    Raises:
        MebenchError: too few subjects, videos that give no features, or a training that has nothing to learn from.
    """
    experiment, folder = run.experiment, run.folder
    folds, videos = str_inputs(run, inputs)
    answers = method_for(experiment, SpotsThenRecognises).spot_then_recognise(run, videos, folds)
    subjects = {subject for fold in folds for subject in fold.test}
    tested = _Tested(tuple(video for video in videos if video.info.subject in subjects))
    check_answers(experiment.model.name, tested.videos, answers)
    with timed(folder, "score"):
        _write_tables(tested, answers, folder)
        if all(video.info.has_labels for video in tested.videos):
            scores = _score(experiment, videos, folds, tested, answers, folder, run.progress)
        else:
            scores = _unscored(experiment, tested)
        confusion = scores.confusion.get("strict.emotion") or scores.confusion.get("official.emotion")
        draw_answers(folder.root, experiment, tested.videos, answers, confusion)
    return scores


def str_inputs(run: Run, inputs: OpenDatasets) -> tuple[tuple[Fold, ...], list[StrVideo]]:
    """Return the folds, and the videos with their features, that a method works on.

    Raises:
        MebenchError: too few subjects, or videos that give no features.
    """
    experiment = run.experiment
    folds = folds_of(experiment, [info for info in inputs.infos if takes_part(info, experiment.protocol)])
    with timed(run.folder, "features"):
        threads = max(1, runtime.cores())
        videos = load_str_videos(
            inputs.videos, experiment.protocol, inputs_of(experiment), run.cache, threads, run.progress
        )
    return folds, videos


def check_answers(method: str, tested: Sequence[StrVideo], answers: Sequence[VideoAnswer]) -> None:
    """Make sure that a method answered every tested video once, in order, with intervals that lie in it.

    Raises:
        MebenchError: it did not; the sentence names the video.
    """
    wanted, got = [video.info.video_id for video in tested], [answer.info.video_id for answer in answers]
    if wanted != got:
        missing = [name for name in wanted if name not in got]
        fault = f"gave no answer for {missing[0]}" if missing else "answered videos twice or in another order"
        raise MebenchError(f"method {method} {fault}; it has to answer every tested video once, in the order given")
    for answer in answers:
        for one in answer.spotted:
            if not 0 <= one.interval.onset <= one.interval.offset < answer.info.num_frames:
                raise MebenchError(
                    f"method {method}: {answer.info.video_id}: frames {one.interval.onset} to {one.interval.offset} "
                    f"do not lie in the video's frames 0 to {answer.info.num_frames - 1}; mend the method"
                )


def _write_tables(tested: _Tested, answers: Sequence[VideoAnswer], folder: RunFolder) -> None:
    """Write the manifest and the predictions: pooled, and of each dataset where there are several."""
    write_manifest(folder.manifest, manifest_table(video.info for video in tested.named(tested.videos)))
    write_predictions(folder.predictions, prediction_table(tested.named(answers)))
    if len(tested.datasets) > 1:
        for name in tested.datasets:
            own = with_source_ids([answer for answer in answers if answer.info.dataset == name])
            write_predictions(folder.predictions_of(name), prediction_table(own))


def _unscored(experiment: Experiment, tested: _Tested) -> TaskScores:
    rules = ("official", "strict") if experiment.score.rules == "both" else (experiment.score.rules,)
    nothing = Metric(value=None, n=0, unit="subjects", reason=NO_LABELS)
    silent = sum(not video.info.has_labels for video in tested.videos)
    warning = f"{silent} of {len(tested.videos)} test videos have no labels: predictions are written, nothing is scored"
    return TaskScores({f"{one}.{name}": nothing for one in rules for name in FIGURES}, {}, (warning,))


def _score(
    experiment: Experiment,
    videos: list[StrVideo],
    folds: tuple[Fold, ...],
    tested: _Tested,
    answers: Sequence[VideoAnswer],
    folder: RunFolder,
    progress: Progress,
) -> TaskScores:
    """Write truth, score and statistics; return the figures of the model and of the baselines.

    A baseline is left out where it looks at features that the model does not take.
    """
    infos = [video.info for video in tested.named(tested.videos)]
    truth, manifest = truth_table(infos, experiment.protocol.label), manifest_table(infos)
    write_truth(folder.truth, truth)
    named = declared_classes(experiment.protocol.classes, truth.emotion)

    def counted(answers: Sequence[VideoAnswer]) -> Counted:
        settings, predictions = experiment.score, prediction_table(tested.named(answers))
        found = str_statistics(predictions, truth, manifest, named.names, settings.rules, settings.iou)
        return counted_str(found, named)

    own, baselines, there = counted(answers), dict[str, Counted](), set(inputs_of(experiment))
    able = [one for one in BASELINES if there >= set(getattr(method_of(one), "inputs", ()))]
    for baseline in sorted(set(BASELINES) - set(able)):
        progress.say(
            f"baseline {baseline} is left out: it looks at features that {experiment.model.name} does not take"
        )
    with progress.stage(f"Baselines: {', '.join(able)}", len(able), "scorers") as advance:
        for baseline in able:
            said = baseline_answers(baseline, videos, folds, experiment.protocol.classes, experiment.decode)
            baselines[baseline] = counted(said)
            advance(1)
    return scored(experiment, folder, own, baselines)
