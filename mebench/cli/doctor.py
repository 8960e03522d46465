"""`mebench doctor`: is everything here as it should be?"""

import typer

from mebench.cli.data import DataFolder


def doctor(data: DataFolder = None) -> None:
    """Show environment, devices, caches, what is pinned and what is built; exit code 2 where something is wrong."""
    from mebench.errors import MebenchError
    from mebench.runtime import environment as runtime

    try:
        runtime.prepare()
    except MebenchError as error:
        typer.echo(f"{'environment':<12} {error}  <- wrong")
        raise typer.Exit(2) from error
    from mebench.run.doctor import examine

    found = examine(data)
    for one in found:
        typer.echo(f"{one.what:<12} {one.found}{'' if one.state == 'ok' else f'  <- {one.state}'}")
    wrong = sum(one.state == "wrong" for one in found)
    if wrong:
        typer.echo(f"{wrong} wrong", err=True)
        raise typer.Exit(2)
