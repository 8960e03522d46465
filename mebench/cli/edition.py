"""`mebench leaderboard new, freeze, judge`: what the organiser of a new edition does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mebench.leaderboard.judge import Judged

Root = Annotated[Path, typer.Option("--root", metavar="DIR", help="The leaderboards' folder.")]
FOLDER = Path("leaderboard")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the leaderboard, as megc2027-str.")]
Table = Annotated[str | None, typer.Option("--table", metavar="NAME", help="Table, where there are several.")]
Number = Annotated[int | None, typer.Option("--version", metavar="N", help="Version.  [default: the newest]")]


def leaderboard_new(
    name: Name,
    like: Annotated[str, typer.Option("--from", metavar="BENCHMARK", help="Whose rules it begins with.")],
    root: Root = FOLDER,
) -> None:
    """Begin a new edition, or the next version of a leaderboard: a draft of its rules, to be edited."""
    from mebench.leaderboard.edition import begin_edition
    from mebench.leaderboard.rules import RULES

    made = begin_edition(root, name, like)
    typer.echo(f"began        {made.title} with the rules of {like}: {made.folder / RULES}")
    typer.echo("next         edit title, summary, protocol, tables and datasets there, before anything is committed")
    how = "" if made.rules.truth == "embedded" else " --truth T --manifest M"
    typer.echo(f"then         mebench leaderboard freeze {name}{how}")


def leaderboard_freeze(
    name: Name,
    truth: Annotated[
        Path | None, typer.Option(metavar="T", help="The truth; it is read and stays where it is.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(metavar="M.csv", help="Every video, where the task needs it.")
    ] = None,
    table: Table = None,
    version: Number = None,
    root: Root = FOLDER,
) -> None:
    """Freeze the truth of a table into the rules: hashes, names and counts. Rules do not change after that."""
    from mebench.leaderboard.freeze import freeze
    from mebench.leaderboard.layout import version_of
    from mebench.leaderboard.rules import RULES

    place = version_of(root, name, version)
    chosen = place.table(table)
    perfect = freeze(place, chosen, truth, manifest)
    frozen = version_of(root, name, place.rules.version).rules.frozen[chosen.name]
    typer.echo(f"froze        the truth of {place.title}, table {chosen.name}: {place.folder / RULES}")
    people = f", {frozen.subjects} subjects" if frozen.subjects else ""
    typer.echo(f"counts       {frozen.rows} rows, {frozen.units} units{people}")
    typer.echo(f"truth        sha256 {frozen.truth_sha256}")
    if frozen.manifest_sha256:
        typer.echo(f"manifest     sha256 {frozen.manifest_sha256}")
    value = perfect[place.rules.order].value
    typer.echo(
        f"perfect      {place.rules.order} {'undefined' if value is None else f'{value:.4f}'}, said by the truth itself"
    )


def leaderboard_judge(
    name: Name,
    submissions: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the zips and tables handed in.")],
    truth: Annotated[Path, typer.Option(metavar="T", help="The truth that was frozen.")],
    manifest: Annotated[
        Path | None, typer.Option(metavar="M.csv", help="Every video.  [default: as the rules froze them]")
    ] = None,
    table: Table = None,
    version: Number = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who judges; stands beside the rows.")] = "",
    root: Root = FOLDER,
) -> None:
    """Score every submission of a folder into a row; what is malformed is told by one sentence each (exit code 2)."""
    from datetime import UTC, datetime

    from mebench.leaderboard.judge import judge
    from mebench.leaderboard.layout import version_of

    place = version_of(root, name, version)
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    refused = 0
    for one in judge(place, place.table(table), submissions, truth, manifest, today, by.strip()):
        refused += bool(one.refused)
        _tell(one, place.rules.order)
    typer.echo("next         mebench leaderboard render, then verify")
    if refused:
        typer.echo(f"{refused} submissions were refused", err=True)
        raise typer.Exit(2)


def _tell(one: "Judged", order: str) -> None:
    for name in one.left_out:
        typer.echo(f"left out     {one.name}: {name} is of other videos, or no table")
    if one.refused:
        typer.echo(f"refused      {one.name}: {one.refused}", err=True)
    elif one.added is None:
        typer.echo(f"there        {one.name}: record {one.known} is of these very predictions")
    else:
        value = one.added.entry.figures[order].value
        typer.echo(f"scored       {one.name}: {order} {'undefined' if value is None else f'{value:.4f}'}")
