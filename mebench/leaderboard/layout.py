"""Where everything of the leaderboards lies: versions, their records, statistics and what was withdrawn."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from mebench.errors import MebenchError, unknown_name
from mebench.leaderboard.entry import Entry
from mebench.leaderboard.rules import RULES, RulePart, Rules, TableRule, read_rules


class Withdrawal(RulePart):
    """Why a result no longer counts (`withdrawn/<id>.toml`), and since when (a date)."""

    reason: str
    date: str


@dataclass(frozen=True)
class Version:
    """One version of a benchmark: `<root>/<benchmark>/v<N>`."""

    folder: Path
    rules: Rules

    @property
    def title(self) -> str:
        """How sentences name it, as `synth-str/v1`."""
        return f"{self.rules.benchmark}/v{self.rules.version}"

    def record(self, name: str) -> Path:
        """Return where the entry of this id lies."""
        return self.folder / "records" / f"{name}.json"

    def statistics(self, digest: str) -> Path:
        """Return where statistics of this sha256 lie."""
        return self.folder / "statistics" / f"{digest[:16]}.json"

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
    found = [Version(path.parent, read_rules(path.parent)) for path in root.glob(f"*/v*/{RULES}")]
    if not found:
        raise MebenchError(f"{root} holds no leaderboard; give --root DIR, the folder leaderboard/ of a checkout")
    return tuple(sorted(found, key=lambda one: (one.rules.benchmark, one.rules.version)))


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
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the file"
        raise MebenchError(f"{path} is no record of a leaderboard: {where}: {fault['msg']}") from error


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
            found[path.stem] = Withdrawal.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:  # no UTF-8, no TOML, no withdrawal
            first = " ".join(str(error).split())
            raise MebenchError(f"{path} is no withdrawal; write reason = and date = as texts: {first}") from error
    return found
