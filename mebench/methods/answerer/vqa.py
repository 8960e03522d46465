"""The embedded answerer on a task: training of every fold, answers in the challenge's words."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float32

from mebench.config.experiment import Experiment
from mebench.data.action_units import AU_NAMES
from mebench.data.answer_templates import SIDES, Shown, answer_of, asked_unit, number_of
from mebench.data.labels import COARSE_OF, FINE
from mebench.data.questions import Question
from mebench.data.splits import Fold
from mebench.methods.answerer.network import Outputs
from mebench.methods.answerer.training import AnswererData, AnswererLearner
from mebench.methods.protocols import Run
from mebench.record.run_folder import timed
from mebench.tasks.vqa_inputs import AskedClip
from mebench.training.epochs import Stage
from mebench.training.execution import execution
from mebench.training.folds import Folds, FoldSamples, each_fold
from mebench.training.train import Plan, SeedRun, train_folds

CHECKPOINT_EPOCHS = 20
"""Epochs between two checkpoints."""

UNITS = tuple(AU_NAMES)
"""FACS numbers that the answerer can name, in FACS order."""

FINES = FINE[:-1]
"""Fine classes that it can name: all but `others`."""


def answerer_answers(run: Run, clips: Sequence[AskedClip], folds: Sequence[Fold]) -> dict[str, str]:
    """Return the answers to every question about a clip that some fold tests on.

    Raises:
        MebenchError: a fold without labelled training clips, or a training that diverges.
    """
    with timed(run.folder, "training"):
        [trained] = train_answerers([run], clips, folds)
        inputs = jnp.asarray(_inputs(clips))
        said = jax.tree.map(np.asarray, each_fold(trained.state, _learner(run.experiment).outputs, inputs))
    found: dict[str, str] = {}
    for number, fold in enumerate(folds):
        for row, clip in enumerate(clips):
            if clip.info.subject in fold.test:
                outputs = Outputs(*(array[number, row] for array in said))
                for question in clip.questions:
                    shown = shown_for(question, outputs)
                    found[question.question_id] = answer_of(question.form, question.question, shown)
    return found


def train_answerers(runs: Sequence[Run], clips: Sequence[AskedClip], folds: Sequence[Fold]) -> list[Folds]:
    """Return the trained folds of runs that differ in their seeds alone.

    Raises:
        MebenchError: a fold without labelled training clips, or a training that diverges.
    """
    experiment, (data, rows) = runs[0].experiment, _training(clips, folds)
    settings, names = experiment.train, tuple(fold.name for fold in folds)
    stage = Stage("training", _learner(experiment), settings.epochs, settings.batch_size, CHECKPOINT_EPOCHS)
    plan = Plan((stage,), names, tuple(range(len(folds))), execution(settings.folds))
    seeds = [SeedRun(run.experiment.seed, run.folder) for run in runs]
    return train_folds(plan, seeds, [rows] * len(runs), data, runs[0].progress)


def _learner(experiment: Experiment) -> AnswererLearner:
    return AnswererLearner(len(UNITS), len(FINES), experiment.train.learning_rate)


def _inputs(clips: Sequence[AskedClip]) -> Float32[np.ndarray, "n 32 32 3"]:
    return np.stack([clip.feature("clip_grid") for clip in clips])


def shown_for(question: Question, said: Outputs) -> Shown:
    """Return what one clip shows, as the heads say; the wording of a question tells whether there are several units.

    Coarse follows from the most probable fine class. A question for one action unit gets the most probable; one for
    several all above one half, two at least.

    Args:
        question: that is to be answered.
        said: logits of one clip.
    """
    order = np.argsort(-np.asarray(said.units))
    likely = int((np.asarray(said.units) > 0).sum())
    several = question.form == "aus" or "units" in question.question.lower()
    one = question.form == "au" or (question.form == "joint" and not several)
    count = 1 if one else max(likely, 2 if several else 1)
    units = sorted(UNITS[place] for place in order[:count])
    sides = {
        AU_NAMES[number]: "left" if said.sides[UNITS.index(number)] > 0 else "right"
        for number in UNITS
        if question.form == "au_side" and AU_NAMES[number] == asked_unit(question.question)
    }
    fine = FINES[int(np.argmax(said.fine))]
    return Shown(tuple(AU_NAMES[number] for number in units), fine, COARSE_OF[fine], sides)


def _training(clips: Sequence[AskedClip], folds: Sequence[Fold]) -> tuple[AnswererData, list[FoldSamples]]:
    """Return the clips with their targets, and the rows that each fold trains on."""
    units, sides = np.zeros((len(clips), len(UNITS)), np.float32), np.zeros((len(clips), len(UNITS)), np.float32)
    fine = np.zeros(len(clips), np.int32)
    usable = []
    for row, clip in enumerate(clips):
        shown = clip.expression
        usable.append(shown is not None and shown.fine in FINES)
        if shown is None or not usable[-1]:
            continue
        fine[row] = FINES.index(shown.fine)
        for unit in shown.aus:
            if number_of(unit) in UNITS:
                place = UNITS.index(number_of(unit))
                units[row, place] = 1
                sides[row, place] = {"left": 1, "right": -1}.get(SIDES.get(unit[0], ""), 0)
    chosen = [
        [row for row, clip in enumerate(clips) if usable[row] and clip.info.subject in fold.train] for fold in folds
    ]
    return AnswererData(_inputs(clips), units, sides, fine), [FoldSamples(np.array(own, np.int64)) for own in chosen]
