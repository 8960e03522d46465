"""The files of a score: those that a user names, and the truth that lies beside the predictions."""

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mebench.errors import MebenchError, unknown_name
from mebench.tables.csv_cells import header_of, read_text
from mebench.tables.megc_log import is_log
from mebench.tables.questions import read_rows

TRUTHS = MappingProxyType(
    {
        "str": "truth.csv",
        "spotting": "truth_spotting.csv",
        "recognition": "truth.csv",
        "vqa": "truth.jsonl",
        "lvqa": "truth.jsonl",
    }
)
"""By task: name of the truth, as `mebench run` and `mebench data truth` write it."""

MANIFEST = "manifest.csv"

LONG_VIDEO_FORMS = frozenset({"count", "count_micro", "count_macro", "au_set", "kind_of_nth"})

_TABLES = (".csv", ".txt", ".log", ".jsonl")


@dataclass(frozen=True)
class ScoreInputs:
    """Files of a score.

    Attributes:
        pred: predictions.
        truth: of them; None where the predictions hold it (recognition).
        manifest: every video; None: unknown, or the task has none.
        beside: the files that were found beside the predictions, what they are by path.
    """

    pred: Path
    truth: Path | None
    manifest: Path | None
    beside: tuple[tuple[str, Path], ...] = ()

    @property
    def known_truth(self) -> Path:
        """The truth, for tasks whose predictions do not hold it."""
        if self.truth is None:
            raise MebenchError(f"there is no truth of {self.pred}; give one with --truth")
        return self.truth


def score_inputs(task: str, pred: Path, truth: Path | None = None, manifest: Path | None = None) -> ScoreInputs:
    """Return the files that are named, with what lies beside the predictions where no truth is named.

    Args:
        task: a key of `TRUTHS`.
        pred: a file, a folder of tables, or the folder of a run.
        truth: None: `TRUTHS[task]` beside the predictions, and `manifest.csv` there where no manifest is named.
        manifest: every video.

    Raises:
        MebenchError: no truth is named, and none lies there.
    """
    suffix = Path(TRUTHS[task]).suffix
    if (written := pred / f"predictions{suffix}").is_file():
        pred = written
    if truth is not None or (task == "recognition" and _holds_truth(pred)):
        return ScoreInputs(pred, truth, manifest)
    folder = pred.parent
    found = folder / TRUTHS[task]
    if not found.is_file():
        raise MebenchError(
            f"there is no truth of {pred}: give --truth T{suffix}, or put {found.name} beside it (mebench data truth "
            "NAME --out DIR writes that of a built dataset)"
        )
    beside = [("truth", found)]
    if task in ("str", "spotting") and manifest is None and (folder / MANIFEST).is_file():
        manifest = folder / MANIFEST
        beside.append(("manifest", manifest))
    return ScoreInputs(pred, found, manifest, tuple(beside))


def is_table(path: Path) -> bool:
    """Return whether a path is a table of predictions, or a folder of them."""
    if path.is_dir():
        return not (path / "statistics.json").is_file() and bool(_tables(path))
    return path.suffix.lower() in _TABLES


def _tables(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in _TABLES and one.is_file())


def task_of(pred: Path) -> str:
    """Return the task whose predictions a table holds, as its columns or its questions tell.

    Raises:
        MebenchError: it cannot be read, or is of no task.
    """
    if pred.is_dir():
        tables = _tables(pred)
        if not tables:
            raise MebenchError(f"{pred} holds no table of predictions; give a file, or a folder of them")
        pred = next((one for one in tables if one.stem == "predictions"), tables[0])
    if pred.suffix.lower() == ".jsonl":
        return "lvqa" if any(row.form in LONG_VIDEO_FORMS for row in read_rows(pred)) else "vqa"
    if is_log(text := read_text(pred)):
        return "spotting"
    columns = header_of(str(pred), text)
    for name, task in (("predicted", "recognition"), ("type", "spotting"), ("emotion", "str")):
        if name in columns:
            return task
    raise MebenchError(f"{pred}: nobody knows of which task it is; it has none of the columns predicted, type, emotion")


def checked_task(task: str) -> str:
    """Return the name of a task as it is.

    Raises:
        MebenchError: there is none of this name.
    """
    if task not in TRUTHS:
        raise unknown_name("task", task, TRUTHS)
    return task


def _holds_truth(pred: Path) -> bool:
    return pred.is_file() and "emotion" in header_of(str(pred), read_text(pred))
