"""`mebench table`: the closing table of a run, with the columns that are wanted, as Markdown or LaTeX."""

from pathlib import Path
from typing import Annotated

import typer


def table(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    columns: Annotated[
        str | None,
        typer.Option(metavar="F,G", help="Figures, as strs,f1_s,ap_50.  [default: those of the closing table]"),
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="LaTeX instead of Markdown.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where it is written.  [default: it is printed]")
    ] = None,
) -> None:
    """Print the table of a run, to be put into a paper: the model and its baselines, with 95% intervals."""
    from mebench.atomic import write_text
    from mebench.record.record import read_record
    from mebench.record.run_folder import RunFolder
    from mebench.report.record_latex import record_latex
    from mebench.report.table import markdown

    record = read_record(RunFolder(run).record)
    figures = None if columns is None else [name.strip() for name in columns.split(",")]
    text = record_latex(record, figures) if latex else markdown(record, figures)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_text(out, text)
        typer.echo(f"table        {out}")
