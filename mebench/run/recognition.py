"""Recognition of annotated micro-expressions (MEGC2019): predictions, UF1, UAR and accuracy in the run folder."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mebench.atomic import write_text
from mebench.config.experiment import Experiment
from mebench.data.interval import VideoInfo
from mebench.data.label_maps import LABEL_MAPS
from mebench.data.protocol_counts import count_note
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.methods.baselines.recognition import baseline_emotions
from mebench.methods.protocols import Recognises, Run
from mebench.methods.registry import inputs_of, method_for
from mebench.metrics.recognition.files import count_recognition
from mebench.metrics.recognition.score import Recognised
from mebench.metrics.score import Counted
from mebench.metrics.scored_classes import declared_classes
from mebench.record.run_folder import timed
from mebench.run.task_scores import TaskScores, scored
from mebench.runtime import environment as runtime
from mebench.tasks.datasets import OpenDatasets, folds_of, without_dataset
from mebench.tasks.recognition_inputs import RecognitionSample, RecognitionSamples, load_samples, samples_of

RECOGNITION_BASELINES = ("constant", "oracle")
"""What a recogniser has to beat (each fold's most frequent training class), and what it cannot (the annotation)."""

COLUMNS = ("dataset", "subject", "video", "onset", "apex", "offset", "emotion", "predicted")


def run_recognition(run: Run, inputs: OpenDatasets) -> TaskScores:
    """Return the figures of a recognition experiment; every other artefact is in the run folder by then.

    Raises:
        MebenchError: a video without labels, too few subjects, videos that give no features, a training that diverges.
    """
    experiment, folder = run.experiment, run.folder
    notes = _notes(experiment, inputs.infos)
    for note in notes:
        run.progress.say(note)
    folds, samples = recognition_inputs(run, inputs)
    found = method_for(experiment, Recognises).recognise(run, samples, folds)
    with timed(folder, "score"):
        write_text(folder.predictions, predictions_text(samples.rows, found))
        classes = experiment.protocol.classes
        said = {
            baseline: baseline_emotions(baseline, samples.rows, folds, classes) for baseline in RECOGNITION_BASELINES
        }
        baselines = {baseline: _counted(samples, one, classes) for baseline, one in said.items()}
        scores = scored(experiment, folder, _counted(samples, found, classes), baselines)
    return replace(scores, warnings=(*notes, *scores.warnings))


def recognition_inputs(run: Run, inputs: OpenDatasets) -> tuple[tuple[Fold, ...], RecognitionSamples]:
    """Return the folds and the samples, with their features, that a method recognises.

    Raises:
        MebenchError: a video without labels, too few subjects, videos that give no features.
    """
    experiment = run.experiment
    silent = [info for info in inputs.infos if not info.has_labels]
    if silent:
        raise MebenchError(
            f"{silent[0].dataset} has videos without labels, so recognition cannot be scored; leave it out"
        )
    folds = recognition_folds(experiment, inputs.infos)
    with timed(run.folder, "features"):
        threads = max(1, runtime.cores())
        samples = load_samples(
            inputs.videos, experiment.protocol, inputs_of(experiment), run.cache, threads, run.progress
        )
    return folds, samples


def recognition_folds(experiment: Experiment, infos: Sequence[VideoInfo]) -> tuple[Fold, ...]:
    """Return the folds; a subject without a sample of the classes is in none.

    Raises:
        MebenchError: fewer than two subjects, or datasets, have a sample.
    """
    return folds_of(experiment, [info for info in infos if samples_of(info, experiment.protocol)])


def predictions_text(samples: Sequence[RecognitionSample], found: Mapping[int, str]) -> str:
    """Return the predictions as CSV, one row a sample that was tested, in order; ids as their dataset has them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row, one in enumerate(samples):
        if row in found:
            info, e = without_dataset(one.info), one.expression
            writer.writerow(
                (info.dataset, info.subject, info.video, e.onset, e.apex, e.offset, one.emotion, found[row])
            )
    return text.getvalue()


def _notes(experiment: Experiment, infos: Sequence[VideoInfo]) -> tuple[str, ...]:
    """Return sentences on what the classes leave out, and where the clips are not those of the protocol."""
    kept = [samples_of(info, experiment.protocol) for info in infos]
    micro, used = sum(len(info.micro) for info in infos), sum(map(len, kept))
    everyone = {info.subject for info in infos}
    without = len(everyone) - len({info.subject for info, found in zip(infos, kept, strict=True) if found})
    classes = ", ".join(experiment.protocol.classes)
    notes = (
        (micro - used, f"{micro - used} of {micro} micro-expressions have none of the classes {classes}: left out"),
        (without, f"{without} of {len(everyone)} subjects have no sample of the classes: there is no fold for them"),
    )
    return (*(text for count, text in notes if count), *_of_protocol(experiment, infos))


def _of_protocol(experiment: Experiment, infos: Sequence[VideoInfo]) -> tuple[str, ...]:
    """Return a sentence for each dataset whose clips are not as many as its label map's protocol has."""
    found = (
        count_note(LABEL_MAPS[one.label_map], experiment.protocol.classes, [i for i in infos if i.dataset == label])
        for one, label in experiment.labelled
        if one.label_map
    )
    return tuple(note for note in found if note)


def _counted(samples: RecognitionSamples, found: Mapping[int, str], classes: Sequence[str]) -> Counted:
    rows = [(samples.rows[row], emotion) for row, emotion in found.items()]
    named = [(without_dataset(one.info), one.emotion, emotion) for one, emotion in rows]
    recognised = [Recognised(i.dataset, i.subject, true, guess) for i, true, guess in named]
    return count_recognition(recognised, declared_classes(classes, [one.true for one in recognised]))
