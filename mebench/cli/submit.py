"""`mebench submit`: the zip that a challenge takes."""

from pathlib import Path
from typing import Annotated

import typer


def submit(
    challenge: Annotated[
        str, typer.Argument(metavar="CHALLENGE", help="megc2025-str, megc2025-vqa, megc2026-vqa or megc2026-lvqa.")
    ],
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="A run folder; several where each holds one part of the test set."),
    ],
    out: Annotated[Path, typer.Option(metavar="X.zip", help="Where the zip is written.")],
    questions: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The challenge's question files, to compare ids and wording; repeatable."),
    ] = None,
) -> None:
    """Check a run's predictions and write the zip that a challenge takes."""
    from mebench.challenges.submission import write_submission

    made = write_submission(challenge, runs, out, questions or ())
    for name, rows in made.rows.items():
        typer.echo(f"{name:<36} {rows:>6} rows")
    for note in made.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"submission   {made.path}")
