"""Frozen rules of a version of a leaderboard (`rules.toml`): task, datasets, scorer, classes, columns, order."""

import hashlib
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mebench.config.faults import explain
from mebench.documents import read_toml
from mebench.errors import MebenchError

RULES = "rules.toml"

SHAPE = "shape.toml"
"""Shapes of the tables of rules that were committed before rules could hold them; by table."""

SHA256 = "^[0-9a-f]{64}$"

Task = Literal["str", "spotting", "recognition", "vqa", "lvqa"]

OPEN_TASKS = ("str", "vqa", "lvqa")
"""Tasks whose predictions can be scored again from the truth of a dataset that is built here."""


class RulePart(BaseModel):
    """Base of every part of the rules: frozen, and no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DatasetRule(RulePart):
    """A dataset that results are scored on.

    Attributes:
        name, variant: as `mebench data list` has them.
        fingerprint: of the decoded elements; empty where none of us has had the archive.
    """

    name: str
    variant: str = ""
    fingerprint: str = ""


class SetShape(RulePart):
    """Sizes of a set in a table's truth, known without having it; 0 and empty texts: nobody says for sure.

    Attributes:
        dataset: as statistics name it: the dataset, with a variant `name/variant`; of questions the part (`samm`).
        subjects: how many people.
        units: how many videos or clips; none in recognition, whose statistics tell people alone.
        rows: how many true intervals, samples or questions.
        names: pattern that every `subject/video` (in recognition every subject) matches.
        example: a name that does, for the sentence to whoever has others.
    """

    dataset: str
    subjects: int = Field(default=0, ge=0)
    units: int = Field(default=0, ge=0)
    rows: int = Field(default=0, ge=0)
    names: str = ""
    example: str = ""

    @field_validator("names")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"{value!r} is no regular expression: {error}") from error
        return value


class TableRule(RulePart):
    """One table of a leaderboard.

    Attributes:
        name: of its files and in commands.
        title: above it.
        datasets: that its results are scored on; the first decides where a run belongs.
        published: names by which the literature's rows (column `dataset`) belong to it; empty: every row does.
        classes: emotions scored in recognition, where they are not those of the version.
        shape: of the truth, a part for each of its sets; rules of before there was such a key have it in `shape.toml`.
    """

    name: str
    title: str
    datasets: tuple[DatasetRule, ...] = ()
    published: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    shape: tuple[SetShape, ...] = ()


class FrozenTruth(RulePart):
    """Hashes and counts of a table's truth; the truth itself is not here (`mebench leaderboard freeze` writes them).

    Attributes:
        truth_sha256: of the truth's file; of a dataset that is drawn here, of a run's `truth.csv` or `truth.jsonl`.
        counts_sha256: of what every result's statistics say of the truth alone (`truth_counts`), unit by unit.
        subjects: how many people; 0 where the truth does not tell.
        units: how many videos, clips or subjects the statistics name.
        rows: true intervals, samples or questions.
        manifest_sha256: of the table of videos, as mebench writes it; empty where there is none.
        videos: that table: dataset, subject, video, frames, frames per second.
        names: of the units, where there is no such table.
    """

    truth_sha256: str = Field(pattern=SHA256)
    counts_sha256: str = Field(pattern=SHA256)
    subjects: int = 0
    units: int
    rows: int
    manifest_sha256: str = Field(default="", pattern=f"{SHA256}|^$")
    videos: tuple[tuple[str, str, str, int, float], ...] = ()
    names: tuple[str, ...] = ()


class ColumnRule(RulePart):
    """One figure that the tables show.

    Attributes:
        key: full name of the figure, as `official.f1_s` or `overall.bleu`.
        title: above the column, as `F1 spotting`.
        group: above several columns: whose rules (`official`, `strict`) or which part (`SAMM`).
        digits: after the point; 0 for counts.
        published: name of the column in the published files; empty: none has it.
        higher_is_better: false for errors.
    """

    key: str
    title: str
    group: str = ""
    digits: int = 3
    published: str = ""
    higher_is_better: bool = True


class Rules(RulePart):
    """Everything that is frozen in one version of a leaderboard.

    Attributes:
        benchmark: folder below `leaderboard/`.
        version: folder below it, as 1 for `v1`.
        title, summary: what a newcomer reads first.
        task: whose statistics the results have.
        protocol: how subjects and videos are split, in words.
        truth: who has the labels: everybody (embedded), those who have the archive, or the organisers alone.
        run: keys of a run's protocol that must be as said here, as kind = "loso", videos = "all".
        classes: emotions scored in recognition; empty where the task has its own.
        label: what the emotion of the truth is, as `ProtocolConfig.label`; read where predictions are scored against a
            dataset that is built here.
        bootstrap, seed: resamples and seed of the intervals in the tables.
        scorer: settings that the statistics of a result must have (`Sample.settings`), for all samples that have such a
            setting; a table of them under the name of a sample is for that one alone.
        order: key of the column that rows are ordered by; published rows by the published column of the same.
        controls: names of methods that bound what a model can score; shown apart.
        tables, columns: as they say.
        keep_predictions: predictions lie beside the statistics and are scored again by whoever verifies; for tasks of
            `OPEN_TASKS` whose truth is embedded.
        frozen: by table: what its truth is. A table that is not here takes the truth on trust.
    """

    benchmark: str
    version: int
    title: str
    summary: str
    task: Task
    protocol: str
    truth: Literal["embedded", "archives", "organisers"]
    run: dict[str, Any] = {}
    classes: tuple[str, ...] = ()
    label: Literal["coarse", "fine", "emotion"] = "coarse"
    bootstrap: int = 1000
    seed: int = 0
    scorer: dict[str, Any] = {}
    order: str
    controls: tuple[str, ...] = ()
    tables: tuple[TableRule, ...]
    columns: tuple[ColumnRule, ...]
    keep_predictions: bool = False
    frozen: dict[str, FrozenTruth] = {}

    def classes_of(self, table: TableRule) -> tuple[str, ...]:
        """Return the emotions that a table scores in recognition."""
        return table.classes or self.classes


def read_rules(folder: Path) -> Rules:
    """Return the rules of a version's folder (`leaderboard/<benchmark>/v<N>`).

    Raises:
        MebenchError: no such file, no TOML, a key that is unknown, missing or of the wrong kind, an order that is no
            column, or a folder of another name than the rules say.
    """
    path = folder / RULES
    try:
        rules = Rules.model_validate(read_toml(path))
    except OSError as error:
        raise MebenchError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValidationError as error:
        raise explain(error, str(path), Rules) from error
    except ValueError as error:
        raise MebenchError(f"{path} holds no rules: {error}; write it as TOML") from error
    if rules.order not in {column.key for column in rules.columns}:
        raise MebenchError(f"{path}: order {rules.order!r} is no column; name the key of one")
    if strange := sorted(set(rules.frozen) - {table.name for table in rules.tables}):
        raise MebenchError(f"{path}: frozen.{strange[0]} is the truth of no table; name one of tables")
    if rules.keep_predictions and (rules.truth != "embedded" or rules.task not in OPEN_TASKS):
        raise MebenchError(
            f"{path}: keep_predictions goes with truth = 'embedded' and task {', '.join(OPEN_TASKS)}; leave it out"
        )
    if (folder.parent.name, folder.name) != (rules.benchmark, f"v{rules.version}"):
        raise MebenchError(f"{path}: says {rules.benchmark}/v{rules.version}, but lies in another folder; move it")
    return _with_shapes(rules, folder / SHAPE)


class _Shapes(RulePart):
    """The file `shape.toml`: by table, the sets of its truth."""

    tables: dict[str, tuple[SetShape, ...]]


def _with_shapes(rules: Rules, path: Path) -> Rules:
    """Return rules with the shapes that lie beside them; as they are where none do.

    Raises:
        MebenchError: a file that is none, of a table that is none, or of one whose shape the rules say themselves.
    """
    if not path.is_file():
        return rules
    try:
        found = _Shapes.model_validate(read_toml(path)).tables
    except ValidationError as error:
        raise explain(error, f"{path} holds no shapes", _Shapes) from error
    except ValueError as error:
        raise MebenchError(f"{path} holds no shapes: {error}") from error
    if strange := sorted(set(found) - {table.name for table in rules.tables if not table.shape}):
        raise MebenchError(f"{path}: {strange[0]} is no table without a shape; name those of {RULES} that have none")
    tables = (table.model_copy(update={"shape": found.get(table.name, table.shape)}) for table in rules.tables)
    return rules.model_copy(update={"tables": tuple(tables)})


def rules_hash(folder: Path) -> str:
    """Return the sha256 of the rules' file; every record names it, so rules cannot change under their results."""
    return hashlib.sha256((folder / RULES).read_bytes()).hexdigest()
