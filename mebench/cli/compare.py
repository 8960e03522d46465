"""`mebench compare`: is one run better than another, and could this test set tell?"""

import json
from pathlib import Path
from typing import Annotated

import typer


def compare(
    first: Annotated[
        Path,
        typer.Argument(
            metavar="A",
            help="A run folder, its statistics.json, a record of a leaderboard, a document of mebench score --json, or "
            "a table of predictions.",
        ),
    ],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one, scored on the same videos.")],
    truth: Annotated[
        Path | None,
        typer.Option(metavar="T", help="Truth of the tables.  [default: what mebench score takes beside each]"),
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(metavar="M.csv", help="Every video: dataset,subject,video,num_frames,fps.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Emotions that count in the tables, as in mebench score.")
    ] = None,
    task: Annotated[
        str,
        typer.Option(
            metavar="str|spotting|recognition|vqa|lvqa", help="Task of the tables.  [default: as their columns tell]"
        ),
    ] = "",
    figures: Annotated[
        str | None, typer.Option(metavar="F,G", help="Figures to compare, or all.  [default: the task's main ones]")
    ] = None,
    resamples: Annotated[int, typer.Option(metavar="N", help="Resamples of the bootstrap.")] = 1000,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the bootstrap.")] = 0,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT.json", help="Where the comparison is written.")
    ] = None,
    latex: Annotated[
        Path | None, typer.Option(metavar="OUT.tex", help="Where the table is written for a paper.")
    ] = None,
) -> None:
    """Compare two runs: difference, 95% interval, p, and what difference this test set could show at all."""
    from mebench.atomic import write_text
    from mebench.cli.terminal import show_rows
    from mebench.metrics.compared_tables import TableTruth, compared_samples
    from mebench.metrics.comparison import compare as compared
    from mebench.report.comparison_text import comparison_latex, comparison_rows, sentences

    asked = None if figures is None else [name.strip() for name in figures.split(",")]
    one, other = compared_samples((first, second), TableTruth(truth, manifest, classes, task))
    found = compared(one, other, asked, resamples, seed)
    show_rows(comparison_rows(found), sentences(found))
    if json_out is not None:
        document = {"first": first.name, "second": second.name, "resamples": resamples, "seed": seed}
        rows = [figure.to_json() for figure in found]
        write_text(json_out, json.dumps({**document, "figures": rows}, indent=1, allow_nan=False) + "\n")
        typer.echo(f"comparison   {json_out}")
    if latex is not None:
        write_text(latex, comparison_latex(found, (str(first), str(second))))
        typer.echo(f"table        {latex}")
