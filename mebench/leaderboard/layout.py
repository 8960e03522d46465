"""Places of the leaderboards' files: versions, their records, statistics and what was withdrawn."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from mebench.config.faults import explain
from mebench.documents import read_toml
from mebench.errors import MebenchError, unknown_name
from mebench.leaderboard.entry import Entry
from mebench.leaderboard.rules import RULES, RulePart, Rules, TableRule, read_rules


class Withdrawal(RulePart):
    """Why a result no longer counts (`withdrawn/<id>.toml`), and since when (a date)."""

    reason: str
    date: str


CLOSED = "closed.toml"


class Closed(RulePart):
    """Why a version takes no more results (`closed.toml`), since which date, and what takes them, as `synth-str/v2`."""

    reason: str
    date: date
    successor: str = ""


@dataclass(frozen=True)
class Version:
    """One version of a benchmark: `<root>/<benchmark>/v<N>`; `closed` is None while it takes results."""

    folder: Path
    rules: Rules
    closed: Closed | None = None

    @property
    def title(self) -> str:
        """Name in sentences, as `synth-str/v1`."""
        return f"{self.rules.benchmark}/v{self.rules.version}"

    def record(self, name: str) -> Path:
        """Return where the entry of this id lies."""
        return self.folder / "records" / f"{name}.json"

    def statistics(self, digest: str) -> Path:
        """Return where statistics of this sha256 lie."""
        return self.folder / "statistics" / f"{digest[:16]}.json"

    def predictions(self, digest: str) -> Path:
        """Return where predictions of this sha256 lie, in a version that keeps them."""
        kind = "csv" if self.rules.task == "str" else "jsonl"
        return self.folder / "predictions" / f"{digest[:16]}.{kind}"

    def table(self, name: str | None) -> TableRule:
        """Return the table of a name, or the only one.

        Raises:
            MebenchError: no table of this name, or several and no name.
        """
        names = [table.name for table in self.rules.tables]
        if name is None and len(names) > 1:
            raise MebenchError(f"{self.title} has several tables; choose one with --table ({', '.join(names)})")
        if name is not None and name not in names:
            raise unknown_name(f"table of {self.title}", name, names)
        return next(table for table in self.rules.tables if name in (None, table.name))


def versions(root: Path) -> tuple[Version, ...]:
    """Return every version of every benchmark below `root`, by name and number.

    Raises:
        MebenchError: nothing is there, or rules that `read_rules` refuses.
    """
    folders = [path.parent for path in root.glob(f"*/v*/{RULES}")]
    found = [Version(folder, read_rules(folder), read_closed(folder)) for folder in folders]
    if not found:
        raise MebenchError(f"{root} holds no leaderboard; give --root DIR, the folder leaderboard/ of a checkout")
    return tuple(sorted(found, key=lambda one: (one.rules.benchmark, one.rules.version)))


def read_closed(folder: Path) -> Closed | None:
    """Return why a version is closed; None where it is not.

    Raises:
        MebenchError: a file that says something else.
    """
    path = folder / CLOSED
    if not path.is_file():
        return None
    try:
        return Closed.model_validate(read_toml(path))
    except ValidationError as error:
        raise explain(error, f"{path} closes nothing; write reason, date and successor", Closed) from error
    except ValueError as error:
        raise MebenchError(f"{path} closes nothing; write reason, date and successor: {error}") from error


def refuse_closed(root: Path, version: Version) -> None:
    """Raise a MebenchError where a version takes no more results; it names the version that does."""
    if version.closed is None:
        return
    newer = version.closed.successor
    there = newer in {one.title for one in versions(root)}
    what = (
        f"add to {newer}" if there else f"its successor is {newer}, not there yet" if newer else "it has no successor"
    )
    raise MebenchError(f"{version.title} is closed since {version.closed.date}: {version.closed.reason}; {what}")


def version_of(root: Path, benchmark: str, number: int | None = None) -> Version:
    """Return a version of a benchmark; the newest where no number is given.

    Raises:
        MebenchError: no such benchmark or version.
    """
    every = versions(root)
    found = [one for one in every if one.rules.benchmark == benchmark]
    if not found:
        raise unknown_name("benchmark", benchmark, {one.rules.benchmark for one in every})
    chosen = [one for one in found if number in (None, one.rules.version)]
    if not chosen:
        known = ", ".join(str(one.rules.version) for one in found)
        raise MebenchError(f"{benchmark} has no version {number}; it has {known}")
    return chosen[-1]


def read_entry(path: Path) -> Entry:
    """Return the entry of a record file.

    Raises:
        MebenchError: no such file, or no entry.
    """
    try:
        return Entry.model_validate_json(path.read_bytes())
    except OSError as error:
        raise MebenchError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValidationError as error:
        raise explain(error, f"{path} is no record of a leaderboard", Entry) from error


def entries_of(version: Version) -> dict[str, Entry]:
    """Return the entries of a version by id, in order of their ids.

    Raises:
        MebenchError: as `read_entry`.
    """
    return {path.stem: read_entry(path) for path in sorted(version.folder.glob("records/*.json"))}


def withdrawn_of(version: Version) -> dict[str, Withdrawal]:
    """Return what was withdrawn, by the id of the entry.

    Raises:
        MebenchError: a file that is no such TOML.
    """
    found = {}
    for path in sorted(version.folder.glob("withdrawn/*.toml")):
        try:
            found[path.stem] = Withdrawal.model_validate(read_toml(path))
        except ValidationError as error:
            raise explain(error, f"{path} is no withdrawal; write reason = and date = as texts", Withdrawal) from error
        except ValueError as error:
            raise MebenchError(f"{path} is no withdrawal; write reason = and date = as texts: {error}") from error
    return found
