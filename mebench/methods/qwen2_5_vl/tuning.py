"""LoRA fine-tuning of Qwen2.5-VL on the training side of a fold; it goes on from the last saved state."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Int

from mebench.config.experiment import Experiment
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl import TuningConfig, qwen_config
from mebench.methods.qwen2_5_vl.answering import buckets_of
from mebench.methods.qwen2_5_vl.checkpoint import Loaded
from mebench.methods.qwen2_5_vl.network.chat import answer_ids
from mebench.methods.qwen2_5_vl.network.clip_rows import ClipRows
from mebench.methods.qwen2_5_vl.network.finetune import (
    FinetuneConfig,
    Finetuner,
    TrainBatch,
    TuneState,
    make_train_batch,
    stack_batches,
)
from mebench.methods.qwen2_5_vl.network.lora import TEXT_LAYERS, LoraConfig
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL
from mebench.methods.qwen2_5_vl.network.peft_files import write_adapter
from mebench.methods.qwen2_5_vl.network.sharding import shard_train_batch
from mebench.methods.qwen2_5_vl.network.tune_files import open_tune_files
from mebench.methods.qwen2_5_vl.prompts import Asked
from mebench.methods.qwen2_5_vl.tuning_losses import TuningLosses, losses_file, write_metrics
from mebench.progress import Progress
from mebench.record.run_folder import RunFolder, timed
from mebench.sealed.canonical import canonical_json
from mebench.sealed.document import DamagedFile
from mebench.sealed.folder import check_note, files_below, write_note

VISION_LAYERS = r".*visual\.blocks\.\d+\.(attn|mlp)\.(qkv|proj|gate_proj|up_proj|down_proj)"
"""Every matrix of the vision tower's blocks."""


def targets_of(settings: TuningConfig) -> str:
    """Return the pattern of the layers that get an adapter."""
    return f"({TEXT_LAYERS}|{VISION_LAYERS})" if settings.vision else TEXT_LAYERS


class Tuning:
    """Fine-tuning of the folds of one experiment: one compiled step serves them all."""

    def __init__(
        self, experiment: Experiment, loaded: Loaded, asked: Sequence[Asked], folder: RunFolder, progress: Progress
    ) -> None:
        """Take a model with new adapters and every question of the experiment, whose longest decides the shapes."""
        self._experiment, self._loaded, self._folder, self._progress = experiment, loaded, folder, progress
        self._settings = qwen_config(experiment).lora or TuningConfig()
        self._answers = {
            one.key: answer_ids(loaded.tokeniser, one.question.answer) for one in asked if one.question.has_answer
        }
        self._longest = max((len(answer) for answer in self._answers.values()), default=1)
        self._buckets = buckets_of(asked, loaded, self._settings.batch_size, self._longest)
        self._rows = None if self._settings.vision else ClipRows(loaded.model, self._buckets)
        self._finetuner = Finetuner(loaded.model, finetune_config(self._settings, experiment.seed))
        self._folds: list[str] = []

    def renamed(self, one: Asked, fold: str, train: Sequence[Asked]) -> Asked:
        """Return a question whose key stands for the fold's training too."""
        learnt = [self._settings.model_dump(mode="json"), self._experiment.seed, fold, [row.key for row in train]]
        return replace(one, key=hashlib.sha256((one.key + canonical_json(learnt)).encode()).hexdigest())

    def tuned(self, fold: str, train: Sequence[Asked]) -> Qwen25VL:
        """Return the model that learnt a fold's training questions; its adapter lies in the run folder as PEFT's files.

        Raises:
            MebenchError: no question with an answer, or a training that diverges.
        """
        if not train:
            raise MebenchError(f"fold {fold} has no question with an answer to learn from; use a dataset with answers")
        steps = [rows for epoch in range(self._settings.epochs) for rows in self._steps(len(train), fold, epoch)]
        if fold not in self._folds:
            self._folds.append(fold)
        with timed(self._folder, "tuning"):
            state = self._trained(fold, train, steps)
        model = self._finetuner.model(state)
        settings, place = self._settings, self._folder.adapters / fold
        adapter = LoraConfig(settings.rank, settings.alpha, settings.dropout, targets_of(settings))
        write_adapter(model, adapter, place)
        write_note(self._adapter_note(fold), self._key(fold), place, files_below(place))
        return model

    def is_kept(self, fold: str) -> bool:
        """Return whether an earlier start left the whole adapter of a fold, and its losses; damage is told of."""
        if not self._adapter_note(fold).exists():
            return False
        try:
            check_note(self._adapter_note(fold), self._key(fold), self._folder.adapters / fold)
            TuningLosses(self._folder, fold)
        except DamagedFile as error:
            self._progress.say(f"{error}: fold {fold} is taken up again")
            return False
        self._folds.append(fold)
        return losses_file(self._folder, fold).exists()

    def write_losses(self) -> None:
        """Write `metrics.jsonl`: the losses of every fold that was tuned, now or by an earlier start.

        Raises:
            MebenchError: the file cannot be written.
        """
        write_metrics(self._folder, self._folds)

    def _key(self, fold: str) -> str:
        return f"{self._folder.run_id} {fold}"

    def _adapter_note(self, fold: str) -> Path:
        return self._folder.checkpoints / fold / "adapter.json"

    def _trained(self, fold: str, train: Sequence[Asked], steps: Sequence[Int[np.ndarray, " _"]]) -> TuneState:
        losses, place = self._losses(fold), self._folder.checkpoints / fold
        with open_tune_files(place, self._key(fold), self._progress.say) as files:
            state = files.restore(self._finetuner.start()) or self._finetuner.start()
            done = int(state.step)
            losses.forget(done)
            with self._progress.stage(f"Tuning, fold {fold}", len(steps), "steps") as advance:
                advance(done)
                for number in range(done, len(steps)):
                    state, loss = self._finetuner.step(state, self._batch(train, steps[number]), len(steps))
                    losses.add(loss)
                    if (number + 1) % self._settings.save_every == 0 or number + 1 == len(steps):
                        losses.write()
                        self.write_losses()
                        files.save(state)
                    advance(1)
        return state

    def _losses(self, fold: str) -> TuningLosses:
        """Return the losses of a fold so far; where they are damaged or gone, its states go too: it is tuned anew."""
        place = self._folder.checkpoints / fold
        try:
            losses = TuningLosses(self._folder, fold)
            if len(losses) or not any(place.glob("*/")):
                return losses
            why = f"{losses_file(self._folder, fold)} is missing"
        except DamagedFile as error:
            why = str(error)
        self._progress.say(f"{why}: fold {fold} is tuned anew")
        shutil.rmtree(place)
        return TuningLosses(self._folder, fold)

    def _steps(self, count: int, fold: str, epoch: int) -> Iterator[Int[np.ndarray, " _"]]:
        """Yield the questions of each step of an epoch, in an order that seed, fold and epoch decide."""
        size = self._settings.batch_size * self._settings.accumulate
        words = hashlib.sha256(f"{self._experiment.seed} {fold} {epoch}".encode()).digest()
        order = np.random.default_rng(np.frombuffer(words, np.uint32)).permutation(count)
        yield from (order[start : start + size] for start in range(0, count, size))

    def _batch(self, train: Sequence[Asked], rows: Int[np.ndarray, " n"]) -> TrainBatch:
        """Return the batches of a step; where questions are missing, a batch repeats one that does not count."""
        size = self._settings.batch_size
        parts = []
        for start in range(0, size * self._settings.accumulate, size):
            own = rows[start : start + size]
            part = self._part([train[row] for row in (own if len(own) else rows[:1])])
            parts.append(part if len(own) else replace(part, weights=np.zeros_like(part.weights)))
        batch, mesh = stack_batches(parts), self._loaded.mesh
        return batch if mesh is None else shard_train_batch(batch, mesh)

    def _part(self, asked: Sequence[Asked]) -> TrainBatch:
        placed, answers = [one.placed for one in asked], [self._answers[one.key] for one in asked]
        rows = None
        if self._rows is not None and self._buckets.frames:
            rows = self._rows([one.clip for one in asked], placed, self._buckets.prompts)
        return make_train_batch(placed, answers, self._loaded.model.config, self._buckets, self._longest, rows)


def finetune_config(settings: TuningConfig, seed: int) -> FinetuneConfig:
    """Return how adapters learn."""
    return FinetuneConfig(
        learning_rate=settings.learning_rate,
        warmup=settings.warmup,
        weight_decay=settings.weight_decay,
        clip=settings.clip,
        accumulate=settings.accumulate,
        remat=settings.remat,
        seed=seed,
    )
