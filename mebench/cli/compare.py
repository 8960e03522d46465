"""`mebench compare`: is one run better than another, and could this test set tell?"""

import json
from pathlib import Path
from typing import Annotated

import typer


def compare(
    first: Annotated[
        Path, typer.Argument(metavar="A", help="A run folder, its statistics.json, or a record of a leaderboard.")
    ],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one, scored on the same videos.")],
    figures: Annotated[
        str | None, typer.Option(metavar="F,G", help="Figures to compare, or all.  [default: the task's main ones]")
    ] = None,
    resamples: Annotated[int, typer.Option(metavar="N", help="Resamples of the bootstrap.")] = 1000,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the bootstrap.")] = 0,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT.json", help="Where the comparison is written.")
    ] = None,
) -> None:
    """Compare two runs: difference, 95% interval, p, and what difference this test set could show at all."""
    from mebench.atomic import write_text
    from mebench.cli.terminal import show_rows
    from mebench.metrics.comparison import compare as compared
    from mebench.metrics.comparison import samples_at
    from mebench.report.comparison_text import comparison_rows, sentences

    asked = None if figures is None else [name.strip() for name in figures.split(",")]
    found = compared(samples_at(first), samples_at(second), asked, resamples, seed)
    show_rows(comparison_rows(found), sentences(found))
    if json_out is not None:
        document = {"first": first.name, "second": second.name, "resamples": resamples, "seed": seed}
        rows = [one.to_json() for one in found]
        write_text(json_out, json.dumps({**document, "figures": rows}, indent=1, allow_nan=False) + "\n")
        typer.echo(f"comparison   {json_out}")
