"""A folder of submissions scored into rows; whoever handed in something malformed is told by one sentence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mebench.errors import MebenchError
from mebench.leaderboard.add_predictions import scored_entry
from mebench.leaderboard.entry import Method
from mebench.leaderboard.frozen import truth_for
from mebench.leaderboard.layout import Version, refuse_closed
from mebench.leaderboard.rules import TableRule
from mebench.leaderboard.scored_predictions import Files, Predictions, Truth, hash_of
from mebench.leaderboard.store import Added, Result, already_there, store
from mebench.leaderboard.uploads import Upload, read_upload, uploads_in
from mebench.tables.csv import read_predictions
from mebench.tables.held import Held


@dataclass(frozen=True)
class Judged:
    """The fate of a submission: a row, one that was there already, or the sentence that says why there is none.

    Attributes:
        name: of the file.
        added: the row; None where there is none, or it was there.
        known: id of the record that is there already; empty: none.
        refused: why there is no row; empty where there is one.
        left_out: files of the zip that were not looked at: of other videos, or of the machine that packed it.
    """

    name: str
    added: Added | None = None
    known: str = ""
    refused: str = ""
    left_out: tuple[str, ...] = ()


def judge(
    version: Version, table: TableRule, submissions: Path, truth: Path, manifest: Path | None, added: str, by: str = ""
) -> Iterator[Judged]:
    """Yield what became of each submission of a folder, in order of their names.

    Args:
        version: whose rules froze the truth of the table.
        table: of it.
        submissions: folder of zips and tables; the name of a file is that of the method.
        truth: the file that was frozen.
        manifest: every video; None: the one in the rules.
        added: today's UTC date.
        by: who judged.

    Raises:
        MebenchError: a version that is closed, has its truth embedded or froze none, another truth, or no submission at
            all. What is wrong with one submission is no error: it is in what is yielded.
    """
    refuse_closed(version.folder.parent.parent, version)
    if version.rules.truth == "embedded":
        raise MebenchError(
            f"the truth of {version.rules.benchmark} is embedded, so nobody has to judge: entrants add their results "
            "themselves (mebench leaderboard add)"
        )
    if table.name not in version.rules.frozen:
        raise MebenchError(
            f"{version.title} froze no truth of {table.name}, so nobody could tell what is scored; run: mebench "
            f"leaderboard freeze {version.rules.benchmark} --truth T --manifest M"
        )
    given = truth_for(version.rules, table, Files(submissions, truth, manifest))
    for path in uploads_in(submissions):
        yield _judged(path.name, partial(_row, version, table, path, given, added, by))


def _judged(name: str, make: Callable[[], Judged]) -> Judged:
    try:
        return make()
    except MebenchError as error:
        return Judged(name, refused=" ".join(str(error).split()))


def _row(version: Version, table: TableRule, path: Path, truth: Truth, added: str, by: str) -> Judged:
    upload = read_upload(path, version.rules.task)
    digest = hash_of(Held(upload.name, upload.data))
    if known := already_there(version, table, upload.name, digest):
        return Judged(path.name, known=known)
    pred, left_out = _of_table(version, table, upload)
    result = scored_entry(version, table, Method(name=upload.name), pred, truth, digest)
    entry = result.entry.model_copy(update={"added": added, "by": by})
    row = store(version, Result(entry, result.statistics, result.document))
    return Judged(path.name, row, left_out=(*upload.left_out, *left_out))


def _of_table(version: Version, table: TableRule, upload: Upload) -> tuple[Predictions, tuple[str, ...]]:
    """Return the tables of a submission that are of a table's videos, and the names of the others.

    Only spot-then-recognise needs it: its challenges take one zip for several sets of videos, each a table here.
    """
    if version.rules.task != "str" or len(upload.tables) == 1:
        return upload.tables, ()
    known = {(subject, video) for _, subject, video, *_ in version.rules.frozen[table.name].videos}
    apart = {one.name: set(read_predictions(one).keys) for one in upload.tables}
    others = tuple(name for name, keys in apart.items() if keys and not keys & known)
    kept = [one for one in upload.tables if one.name not in others]
    if not kept:
        raise MebenchError(f"{upload.path.name} holds no table of {version.title} {table.name}; hand in its videos")
    return kept, tuple(map(repr, others))
