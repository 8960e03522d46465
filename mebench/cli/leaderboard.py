"""`mebench leaderboard`: results added, tables rendered, every figure verified."""

from pathlib import Path
from typing import Annotated

import typer

from mebench.cli import edition as cli_edition
from mebench.cli.data import DataFolder
from mebench.cli.edition import FOLDER, Root

app = typer.Typer(help="Add a result, render the tables, verify every figure.", no_args_is_help=True)
app.command("new")(cli_edition.leaderboard_new)
app.command("freeze")(cli_edition.leaderboard_freeze)
app.command("judge")(cli_edition.leaderboard_judge)


@app.command("add")
def leaderboard_add(
    what: Annotated[
        str, typer.Argument(metavar="RUN|BENCHMARK", help="A finished run folder; with --predictions: a benchmark.")
    ],
    predictions: Annotated[
        Path | None, typer.Option(metavar="P", help="Predictions of a method that is not ours: a file or folder.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(metavar="T", help="Their truth, where it is not embedded.")] = None,
    manifest: Annotated[Path | None, typer.Option(metavar="M.csv", help="Every video, with --truth.")] = None,
    method: Annotated[str, typer.Option(metavar="NAME", help="As the table names it.")] = "",
    paper: Annotated[str, typer.Option(metavar="URL", help="Its paper: an address or a citation.")] = "",
    code: Annotated[str, typer.Option(metavar="URL", help="Its code.")] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="What a reader should know.")] = "",
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the predictions.")] = None,
    benchmark: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which leaderboard, where a run fits several.")
    ] = None,
    version: Annotated[int | None, typer.Option(metavar="N", help="Version.  [default: the newest]")] = None,
    table: Annotated[str | None, typer.Option(metavar="NAME", help="Table, where there are several.")] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who ran it; stands beside the row.")] = "",
    root: Root = FOLDER,
) -> None:
    """Add a run of mebench, or predictions of any method, to a leaderboard, after checking them."""
    from datetime import UTC, datetime

    from mebench.leaderboard.add_predictions import add_predictions
    from mebench.leaderboard.add_run import add_run
    from mebench.leaderboard.entry import Method
    from mebench.leaderboard.layout import version_of
    from mebench.leaderboard.scored_predictions import Files

    named = Method(name=method, paper=paper, code=code, note=note)
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    if predictions is None:
        _refuse_options({"--truth": truth, "--manifest": manifest, "--seed": seed, "--table": table})
        made = add_run(root, Path(what), named, today, benchmark, version, by.strip())
    else:
        _refuse_options({"--benchmark": benchmark}, "the benchmark is the first argument with --predictions")
        place = version_of(root, what, version)
        files = Files(predictions, truth, manifest)
        made = add_predictions(place, place.table(table), named, files, seed, today, by.strip())
    typer.echo(f"added        {made.entry.method.name} to {made.version.title}, table {made.entry.table}")
    for key, metric in made.entry.figures.items():
        typer.echo(f"  {key:<24} {'undefined' if metric.value is None else f'{metric.value:.4f}'}")
    typer.echo(f"level        {made.level}" + (f" (a rerun of {made.entry.rerun_of})" if made.entry.rerun_of else ""))
    typer.echo(f"record       {made.record}")
    typer.echo(f"statistics   {made.statistics}")
    if made.version.rules.keep_predictions:
        typer.echo(f"predictions  {made.version.predictions(made.entry.predictions_sha256)}")
    typer.echo("next         mebench leaderboard render, then verify, then commit what lies below the folder")


@app.command("rerun")
def leaderboard_rerun(
    name: Annotated[str, typer.Argument(metavar="ID", help="Of a record, as its file below records/ is called.")],
    runs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the run goes.  [default: a folder that is removed]")
    ] = None,
    data: DataFolder = None,
    weights: Annotated[Path | None, typer.Option(metavar="DIR", help="Checkpoint's folder, for Qwen2.5-VL.")] = None,
    adapter: Annotated[Path | None, typer.Option(metavar="DIR", help="LoRA adapter that goes with it.")] = None,
    root: Root = FOLDER,
) -> None:
    """Run a row again, and say whether it is bit-identical, within the interval, or neither (exit code 2)."""
    from contextlib import ExitStack
    from tempfile import TemporaryDirectory

    from mebench.errors import MebenchError
    from mebench.leaderboard.repeat import figure_rows, original_of, repeat_of
    from mebench.runtime import environment as runtime

    original = original_of(root, name)
    runtime.start()
    from mebench.cli.terminal import TerminalProgress, show_rows
    from mebench.methods.protocols import ExternalWeights
    from mebench.run.run import run_experiment

    with ExitStack() as stack:
        folder = runs or Path(stack.enter_context(TemporaryDirectory(prefix="mebench-rerun-")))
        external = ExternalWeights(weights, adapter)
        result = run_experiment(original.experiment, folder, data, TerminalProgress(), external)
        if result.already_done:
            raise MebenchError(f"{result.folder.root} is finished, so this would be no second run; give another --runs")
        repeat = repeat_of(original, result.folder, result.record)
    show_rows(figure_rows(repeat.figures), ())
    typer.echo(f"{original.version.title} {original.name} ({original.entry.method.name}): {repeat.answer}")
    if repeat.answer == "neither":
        raise typer.Exit(2)
    if runs is not None:
        typer.echo(f"next         mebench leaderboard add {result.folder.root} --by NAME")


@app.command("render")
def leaderboard_render(root: Root = FOLDER) -> None:
    """Write every table as Markdown, CSV and LaTeX, and one page with all of them."""
    from mebench.atomic import write_text
    from mebench.leaderboard.render.all import rendered
    from mebench.leaderboard.render.tables import tables

    files = rendered(tables(root))
    changed = [path for path, text in files.items() if not _same(root / path, text)]
    for path in changed:
        write_text(root / path, files[path])
        typer.echo(f"wrote        {root / path}")
    typer.echo(f"rendered     {len(files)} files, {len(changed)} changed; open {root / 'index.html'}")


@app.command("latex")
def leaderboard_latex(
    name: Annotated[str, typer.Argument(metavar="BENCHMARK", help="As its folder is called.")],
    table: Annotated[str | None, typer.Option(metavar="NAME", help="Table, where there are several.")] = None,
    version: Annotated[int | None, typer.Option(metavar="N", help="Version.  [default: the newest]")] = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="KEY,KEY", help="Columns, as official.strs,strict.strs, or all.  [default: the leading]"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where it is written.  [default: it is printed]")
    ] = None,
    root: Root = FOLDER,
) -> None:
    """Print a table for a paper, with the columns that are wanted, at most as wide as the text."""
    from mebench.atomic import write_text
    from mebench.leaderboard.layout import version_of
    from mebench.leaderboard.render.all import latex_of
    from mebench.leaderboard.render.tables import tables

    place = version_of(root, name, version)
    chosen = place.table(table).name
    known = (name, place.rules.version, chosen)
    found = next(one for one in tables(root) if (one.rules.benchmark, one.rules.version, one.name) == known)
    text = latex_of(found, None if columns is None else [key.strip() for key in columns.split(",")])
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_text(out, text)
        typer.echo(f"table        {out}")


@app.command("verify")
def leaderboard_verify(root: Root = FOLDER) -> None:
    """Recompute every figure and interval, and look for results that were edited, removed or doubled."""
    from mebench.leaderboard.verify import verify

    found = verify(root)
    for sentence in found.unchecked:
        typer.echo(sentence)
    for fault in found.faults:
        typer.echo(f"{root / fault.path}: {fault.text}", err=True)
    if found.faults:
        typer.echo(f"{len(found.faults)} faults", err=True)
        raise typer.Exit(2)
    for title, counts in found.counts.items():
        typer.echo(f"{title:<28} {counts}")
    typer.echo("verified     every figure follows from its statistics")


def _refuse_options(options: dict[str, object], why: str = "this option goes with --predictions P") -> None:
    from mebench.errors import MebenchError

    for name, value in options.items():
        if value is not None:
            raise MebenchError(f"{name} cannot stand here: {why}; leave it out")


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()
