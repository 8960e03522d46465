"""`mebench methods`: every method that an experiment can name."""

import inspect
from typing import Annotated, Any

import typer


def methods(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One of them, or module:Class of your own; unset: all.")
    ] = None,
) -> None:
    """List the methods there are, mebench's own and those of installed packages; or show one with its settings."""
    from mebench import plugins
    from mebench.config.experiment import TASKS
    from mebench.config.model import method_facts

    for one in [name] if name else plugins.names(plugins.METHODS):
        found = method_facts(one)
        tasks = ", ".join(task for task in TASKS if found.can(task))
        about = (inspect.getdoc(found.cls) or "").partition("\n")[0]
        if name is None:
            typer.echo(f"{one:<16} {tasks:<22} {about}")
            continue
        typer.echo(f"{one}: {about}")
        lines = {"tasks": tasks, "from": plugins.target(plugins.METHODS, one), "paper": getattr(found.cls, "paper", "")}
        named = getattr(found.cls, "inputs", ())
        lines["inputs"] = "by task (mebench run --dry-run says which)" if callable(named) else ", ".join(named)
        for key, value in lines.items():
            if value:
                typer.echo(f"{key:<12} {value}")
        for key, field in found.cls.Config.model_fields.items():
            if key != "name":
                typer.echo(f"model.{key} = {field.default!r}{_allowed(field.annotation)}")


def _allowed(annotation: Any) -> str:
    values = getattr(annotation, "__args__", ())
    shown = [repr(value) for value in values if isinstance(value, str)]
    return f"  (one of {', '.join(shown)})" if len(shown) > 1 else ""
