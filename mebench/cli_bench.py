"""`mebench bench`: how fast parts of mebench are, beside a peer in the same run."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Time a part of mebench beside a peer in the same run.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Time a part of mebench beside a peer in the same run."""


@app.command("score")
def bench_score(
    predictions: Annotated[int, typer.Option(metavar="N", min=1, help="Predicted intervals.")] = 10_000,
    resamples: Annotated[int, typer.Option(metavar="N", min=0, help="Resamples of the bootstrap.")] = 1000,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, help="Repeats, of which the median counts.")] = 5,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Where the rows are written, as a list.")
    ] = None,
) -> None:
    """Score made-up predictions of 30 long videos, beside the official rule in plain Python over pandas tables."""
    from mebench.atomic import write_text
    from mebench.benchmarks.score import benchmark_score
    from mebench.terminal import show_rows

    rows = benchmark_score(predictions, resamples, repeats)
    table: list[tuple[str, ...]] = [("name", "ours", "peer", "ratio", "unit", "threads")]
    for row in rows:
        peer, ratio = (f"{value:.3f}" if value is not None else "" for value in (row.peer, row.ratio))
        table.append((row.name, f"{row.ours:.4f}", peer, ratio, row.unit, str(row.threads)))
    show_rows(table, ())
    if json_out is not None:
        write_text(json_out, json.dumps([row.to_json() for row in rows], indent=1, allow_nan=False) + "\n")
        typer.echo(f"rows         {json_out}")
