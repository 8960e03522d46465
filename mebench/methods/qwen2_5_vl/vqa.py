"""Qwen2.5-VL on a task: every question is asked of the checkpoint, or of an adapter that was tuned without its fold."""

from collections.abc import Sequence

from mebench.config.experiment import AnswersConfig, Experiment, MediaConfig
from mebench.data.splits import Fold
from mebench.methods.protocols import Answers, ExternalWeights
from mebench.methods.qwen2_5_vl import qwen_config
from mebench.methods.qwen2_5_vl.answer_log import AnswerLog
from mebench.methods.qwen2_5_vl.answering import answer_all, answerer_for
from mebench.methods.qwen2_5_vl.checkpoint import Loaded, load
from mebench.methods.qwen2_5_vl.network.lora import LoraConfig, add_lora
from mebench.methods.qwen2_5_vl.prompts import Asked, asked_of
from mebench.methods.qwen2_5_vl.tuning import Tuning, targets_of
from mebench.progress import Progress
from mebench.record.run_folder import RunFolder, begin, timed
from mebench.tasks.vqa_inputs import AskedClip


def qwen_answers(
    experiment: Experiment,
    clips: Sequence[AskedClip],
    folds: Sequence[Fold],
    folder: RunFolder,
    external: ExternalWeights,
    progress: Progress,
) -> Answers:
    """Return the answer to every question about a clip that some fold tests on: parsed, or raw where that fails.

    What was answered or learnt before the run was stopped is not done again.

    Raises:
        MebenchError: no weights, a checkpoint that is not whole, or nothing to learn from.
    """
    settings = qwen_config(experiment)
    with timed(folder, "weights"):
        as_video = (experiment.media or MediaConfig()).kind == "video"
        loaded = load(external, settings, as_video)
    begin(folder, {"set of weights": loaded.identity, "setting in the checkpoint's files": loaded.asked.sources})
    progress.say(loaded.model.config.licence)
    if filled := loaded.model.config.filled:
        progress.say(f"config.json leaves out what transformers 4 takes as given; taken: {', '.join(filled)}")
    progress.say(f"asked with: {loaded.asked.sources}")
    used = {name for fold in folds for name in (*fold.test, *(fold.train if settings.lora else ()))}
    chosen = [clip for clip in clips if clip.info.subject in used]
    config, tokeniser = loaded.model.config, loaded.tokeniser
    by_subject: dict[str, list[Asked]] = {}
    for clip in chosen:
        shown, name = clip.feature("clip_pictures"), clip.info.video_id
        rows = asked_of(name, clip.questions, shown, tokeniser, config, loaded.asked, loaded.identity)
        by_subject.setdefault(clip.info.subject, []).extend(rows)
    log = AnswerLog(folder.answer_log, folder.run_id, progress.say)
    keys = _answered(experiment, by_subject, folds, loaded, folder, log, progress)
    answers = {name: answer for name, key in keys.items() if (answer := log.get(key)) is not None}
    return Answers(
        {name: answer.parsed or answer.raw for name, answer in answers.items()},
        {name: answer.raw for name, answer in answers.items()},
        loaded.facts,
    )


def _answered(
    experiment: Experiment,
    by_subject: dict[str, list[Asked]],
    folds: Sequence[Fold],
    loaded: Loaded,
    folder: RunFolder,
    log: AnswerLog,
    progress: Progress,
) -> dict[str, str]:
    """Bring every answer into the log; return the key of each question's."""
    every = [one for rows in by_subject.values() for one in rows]
    parser = (experiment.answers or AnswersConfig()).parser
    tuning, lora = None, qwen_config(experiment).lora
    if lora is not None:
        add_lora(loaded.model, LoraConfig(lora.rank, lora.alpha, lora.dropout, targets_of(lora)), experiment.seed)
        tuning = Tuning(experiment, loaded, every, folder, progress)
    answerer = answerer_for(every, loaded, experiment.seed)
    keys: dict[str, str] = {}
    for fold in folds:
        asked = [one for name in fold.test for one in by_subject.get(name, ())]
        if tuning is not None:
            train = [one for name in fold.train for one in by_subject.get(name, ()) if one.question.has_answer]
            asked = [tuning.renamed(one, fold.name, train) for one in asked]
            if all(log.get(one.key) is not None for one in asked) and tuning.is_kept(fold.name):
                keys |= {one.question.question_id: one.key for one in asked}
                continue
            answerer = answerer.with_model(tuning.tuned(fold.name, train))
        with timed(folder, "answers"):
            what = f"Answering, fold {fold.name}" if len(folds) > 1 else "Answering"
            answer_all(asked, answerer, parser, log, progress, what)
        keys |= {one.question.question_id: one.key for one in asked}
    if tuning is not None:
        tuning.write_losses()
    return keys
