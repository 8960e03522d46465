"""The folder of one run: where everything lies, who may write to it, and how far the run has come."""

import fcntl
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from mebench.atomic import write_text
from mebench.config.experiment import Experiment, experiment_hash, to_toml
from mebench.errors import MebenchError
from mebench.sealed.document import DamagedFile, read_sealed, write_sealed
from mebench.sealed.folder import files_below


@dataclass(frozen=True)
class RunFolder:
    """Paths of a run; `root` is `<runs>/<experiment>/<id>`."""

    root: Path

    @property
    def run_id(self) -> str:
        """The first 12 digits of the experiment's hash."""
        return self.root.name

    @property
    def experiment(self) -> Path:
        """The experiment as resolved."""
        return self.root / "experiment.toml"

    @property
    def record(self) -> Path:
        """The record; it is written last, so a run that has one is finished."""
        return self.root / "record.json"

    @property
    def predictions(self) -> Path:
        """Predicted intervals with emotions; of all tested datasets together."""
        return self.root / "predictions.csv"

    @property
    def answers(self) -> Path:
        """Answers to questions: the question rows with `answer` filled, in place of `predictions`."""
        return self.root / "predictions.jsonl"

    @property
    def true_answers(self) -> Path:
        """The same rows with the right answers, as they were scored."""
        return self.root / "truth.jsonl"

    @property
    def answer_log(self) -> Path:
        """Answers of a slow model so far: raw and parsed, seconds and tokens, a line per answer."""
        return self.root / "answers.jsonl"

    @property
    def answers_page(self) -> Path:
        """A page with each clip, its questions, truth and answers."""
        return self.root / "answers.html"

    def predicted(self, task: str) -> Path:
        """The file whose hash a record names: `answers` of task vqa, else `predictions`."""
        return self.answers if task == "vqa" else self.predictions

    def predictions_of(self, dataset: str) -> Path:
        """Those of one of several tested datasets, with the ids that it uses itself."""
        return self.root / f"predictions.{dataset}.csv"

    @property
    def truth(self) -> Path:
        """Annotated micro-expressions, as they were scored."""
        return self.root / "truth.csv"

    @property
    def manifest(self) -> Path:
        """Every video that was scored."""
        return self.root / "manifest.csv"

    @property
    def scores(self) -> Path:
        """Folder of the scores of every window, a file a video."""
        return self.root / "scores"

    def scores_of(self, video_id: str) -> Path:
        """Those of one video."""
        return self.scores / f"{video_id}.npz"

    @property
    def statistics(self) -> Path:
        """Counts per subject: enough to recompute every figure."""
        return self.root / "statistics.json"

    @property
    def score(self) -> Path:
        """The scorers' documents: every figure with its interval, reasons and warnings."""
        return self.root / "score.json"

    @property
    def metrics(self) -> Path:
        """Training losses: one line a step, name and value."""
        return self.root / "metrics.jsonl"

    @property
    def table(self) -> Path:
        """The closing table in Markdown."""
        return self.root / "table.md"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints of the training."""
        return self.root / "checkpoints"

    @property
    def adapters(self) -> Path:
        """LoRA adapters in PEFT's files, a folder a fold."""
        return self.root / "adapters"

    @property
    def state(self) -> Path:
        """Beginnings of the run, and the seconds that it took so far."""
        return self.root / "state.json"

    @property
    def files(self) -> Path:
        """Size and sha256 of every artefact of a finished run, the record among them."""
        return self.root / "files.json"

    @property
    def artefacts(self) -> list[Path]:
        """Files of a finished run, all but training states, seconds, the record and hidden ones."""
        others = {self.state, self.files, self.record}
        found = (path for path in files_below(self.root) if path not in others and not path.name.startswith("."))
        return [path for path in found if not path.is_relative_to(self.checkpoints)]


def folder_of(experiment: Experiment, runs: Path) -> RunFolder:
    """Return the one folder that this experiment has below `runs`."""
    return RunFolder(runs / experiment.name / experiment_hash(experiment)[:12])


@contextmanager
def claimed(folder: RunFolder, experiment: Experiment) -> Iterator[None]:
    """Hold the run folder for this process; the hold ends with the process, however it ends.

    Raises:
        MebenchError: another process holds it, the folder cannot be made, or its `state.json` is damaged.
    """
    with _held(folder):
        _state(folder)  # a damaged one is told of before any work
        write_text(folder.experiment, to_toml(experiment))
        yield


@contextmanager
def _held(folder: RunFolder) -> Iterator[None]:
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        lock = (folder.root / ".lock").open("w")
    except OSError as error:
        raise MebenchError(
            f"cannot write to the run folder {folder.root}: {error.strerror}; choose --runs DIR"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise MebenchError(f"another process is running this experiment in {folder.root}; wait for it") from error
        yield


def set_aside(folder: RunFolder) -> Path | None:
    """Return where the run folder lies after it was renamed, so that the experiment is run anew; None: there was none.

    Raises:
        MebenchError: another process holds it, or it cannot be renamed.
    """
    if not folder.root.is_dir():
        return None
    with _held(folder):
        taken = (folder.root.with_name(f"{folder.root.name}.{number}") for number in itertools.count(1))
        aside = next(path for path in taken if not path.exists())
        folder.root.rename(aside)
    return aside


CODE = "mebench code"
"""Key of the code in what a run's results depend on; the one that may change while a method is written."""


def begin(folder: RunFolder, basis: dict[str, Any], dev: bool = False) -> None:
    """Write down what the run's results depend on, or make sure that it is still the same.

    Args:
        folder: of the run.
        basis: by what it is called.
        dev: go on with other code; that the run's results mix two codes stays in its state (`mixes_code`).

    Raises:
        MebenchError: the run was begun with other code, data or packages, so that going on would mix two results; or
            what says so is damaged.
    """
    known = _state(folder)
    results = (folder.scores, folder.checkpoints, folder.answer_log)
    if "basis" not in known and any(path.exists() for path in results):
        raise _unknown_basis(DamagedFile(folder.state, "it is missing"), folder)
    changed = [key for key, value in basis.items() if key in known.get("basis", {}) and known["basis"][key] != value]
    if dev and changed == [CODE]:
        changed, known = [], known | {"dev": True}
    if changed:
        more = ", or --dev while you write a method" if changed == [CODE] else ""
        raise MebenchError(
            f"the run in {folder.root} was begun with another {', '.join(changed)}; "
            f"add --again to set that folder aside and start anew{more}, or choose another with --runs DIR"
        )
    _write_state(folder, known | {"basis": known.get("basis", {}) | basis})


def mixes_code(folder: RunFolder) -> bool:
    """Return whether the run went on with other code than it was begun with (`begin`, `dev`)."""
    return bool(_state(folder).get("dev"))


@contextmanager
def timed(folder: RunFolder, stage: str, runs: int = 1) -> Iterator[None]:
    """Add the seconds that the context takes to the run's account of that stage; its share, where it is for `runs`."""
    start = monotonic()
    try:
        yield
    finally:
        seconds = seconds_so_far(folder)
        spent = seconds.get(stage, 0.0) + (monotonic() - start) / runs
        _write_state(folder, _state(folder) | {"seconds": seconds | {stage: round(spent, 3)}})


def seconds_so_far(folder: RunFolder) -> dict[str, float]:
    """Return the seconds per stage, over all starts of the run."""
    return dict(_state(folder).get("seconds", {}))


def _state(folder: RunFolder) -> dict[str, Any]:
    try:
        state: dict[str, Any] = read_sealed(folder.state, _state_key(folder))
    except FileNotFoundError:
        return {}
    except DamagedFile as error:
        raise _unknown_basis(error, folder) from error
    return state


def _unknown_basis(damage: DamagedFile, folder: RunFolder) -> DamagedFile:
    then = f"so nobody knows which code and data the run was begun with: delete {folder.root} to start anew"
    return DamagedFile(damage.path, damage.why, then)


def _write_state(folder: RunFolder, state: dict[str, Any]) -> None:
    write_sealed(folder.state, _state_key(folder), state)


def _state_key(folder: RunFolder) -> dict[str, str]:
    return {"what": "state", "run": folder.run_id}
