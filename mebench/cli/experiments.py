"""`mebench experiments`, `mebench config-schema`: what can be run as it is, and what an experiment may hold."""

import json
from pathlib import Path
from typing import Annotated

import typer


def experiments(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """List the experiments that come with mebench; `mebench run NAME` runs one."""
    from mebench.config.shipped import shipped

    rows = shipped()
    if as_json:
        facts = [
            {"name": one.name, "task": one.experiment.task, "model": one.experiment.model.name}
            | {"datasets": [d.name for d in one.experiment.datasets], "about": one.about, "cost": one.cost}
            for one in rows
        ]
        typer.echo(json.dumps(facts, indent=1, ensure_ascii=False))
        return
    for one in rows:
        typer.echo(f"{one.name:<40} {one.experiment.task:<12} {one.experiment.model.name}")
        typer.echo(f"    {one.about}")
    typer.echo("\nrun one: mebench run NAME    what it would do: mebench run NAME --dry-run")


def config_schema(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where it is written.  [default: it is printed]")
    ] = None,
) -> None:
    """Print the JSON schema of experiments, for editors that complete and check TOML."""
    from mebench.atomic import write_text
    from mebench.config.schema import schema_text

    if out is None:
        typer.echo(schema_text(), nl=False)
    else:
        write_text(out, schema_text())
        typer.echo(f"schema       {out}")


def complete_experiment(incomplete: str) -> list[str]:
    """Return the experiments whose name or path begins so, for a shell that completes."""
    from mebench.config.shipped import shipped_names

    names = [name for name in shipped_names() if name.startswith(incomplete)]
    paths = sorted(Path().glob(f"{incomplete}*")) if incomplete and not Path(incomplete).is_absolute() else []
    return names + [f"{path}/" if path.is_dir() else str(path) for path in paths if _is_choice(path)]


def _is_choice(path: Path) -> bool:
    return path.is_dir() or path.suffix == ".toml"
