"""`mebench methods`: every method that an experiment can name."""

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from mebench.cli.edition import FOLDER

if TYPE_CHECKING:
    from mebench.config.model import MethodFacts


def methods(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One of them, or module:Class of your own; unset: all.")
    ] = None,
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="The leaderboards' folder, for published figures.")
    ] = FOLDER,
) -> None:
    """List the methods there are, mebench's own and those of installed packages; or show one with all about it."""
    from mebench import plugins
    from mebench.config.model import method_facts

    if name is None:
        for one in plugins.names(plugins.METHODS):
            found = method_facts(one)
            typer.echo(f"{one:<16} {', '.join(_tasks(found)):<22} {_about(found)}")
        return
    found = method_facts(name)
    typer.echo(f"{name}: {_about(found)}")
    for key, value in _facts(name, found, root):
        typer.echo(f"{key:<12} {value}")
    for line in _settings(found):
        typer.echo(line)


def _about(found: "MethodFacts") -> str:
    return (inspect.getdoc(found.cls) or "").partition("\n")[0]


def _tasks(found: "MethodFacts") -> list[str]:
    from mebench.config.experiment import TASKS

    return [task for task in TASKS if found.can(task)]


def _facts(name: str, found: "MethodFacts", root: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines about a method; what it does not say is left out."""
    from mebench import plugins

    tasks = _tasks(found)
    yield "tasks", ", ".join(tasks)
    yield "from", plugins.target(plugins.METHODS, name)
    if paper := getattr(found.cls, "paper", ""):
        yield "paper", paper
    for what, count in _parameters(found).items():
        yield "parameters", f"{count:,} ({what})"
    for line in _published(getattr(found.cls, "published", ()), root):
        yield "published", line
    for line in _inputs(name, found, tasks):
        yield "inputs", line
    for line in _costs(name, getattr(found.cls, "cost", "")):
        yield "cost", line


def _inputs(name: str, found: "MethodFacts", tasks: Sequence[str]) -> list[str]:
    """Return the features that a method takes; a line a task where they depend on the experiment."""
    from mebench.config.experiment import Experiment

    named = getattr(found.cls, "inputs", ())
    if not callable(named):
        return [", ".join(named) or "none"]
    lines = []
    for task in tasks:
        tree = {"name": name, "task": task, "dataset": {"name": "synth_me"}, "model": {"name": name}}
        chosen = found.cls().inputs(Experiment.model_validate(tree))
        lines.append(f"{task}: {', '.join(chosen) or 'none'}")
    return lines


def _parameters(found: "MethodFacts") -> dict[str, int]:
    """Return how many trainable numbers there are, by what is counted; empty where a method has no network."""
    if not hasattr(found.cls, "parameters"):
        return {}
    from mebench.runtime.environment import prepare

    prepare()
    return dict(found.cls().parameters())


def _published(names: Sequence[str], root: Path) -> list[str]:
    """Return a line for each row of the literature's tables that is of a method."""
    from mebench.leaderboard.layout import versions
    from mebench.leaderboard.published import read_published

    if names and not root.is_dir():
        return [f"see the tables of a checkout (--root DIR); {root} is no folder"]
    lines = []
    for version in versions(root) if names else ():
        for row in read_published(version.folder).rows:
            if row.method in names:
                values = ", ".join(f"{key} {row.printed.get(key, f'{value:g}')}" for key, value in _there(row.values))
                notes = "; ".join((*(note for one in row.errata.values() for note in one), *row.notes))
                lines.append(f"{version.title}, {row.dataset}: {values}" + (f" ({notes})" if notes else ""))
    return lines


def _there(values: Any) -> list[tuple[str, float]]:
    return [(key, value) for key, value in values.items() if value is not None]


def _costs(name: str, own: str) -> list[str]:
    """Return what a method says of its cost; else what the headers of the experiments with it say."""
    from mebench.config.shipped import shipped, shipped_names

    if own or not shipped_names():
        return [own] if own else []
    return [f"{one.name}: {one.cost}" for one in shipped() if one.experiment.model.name == name and one.cost]


def _settings(found: "MethodFacts") -> Iterator[str]:
    """Yield the keys of `[model]` with their defaults; those of a part within it follow it."""
    from pydantic import BaseModel

    waiting: list[tuple[str, type[BaseModel]]] = [("model", found.cls.Config)]
    while waiting:
        section, part = waiting.pop(0)
        fields = {key: field for key, field in part.model_fields.items() if (section, key) != ("model", "name")}
        if fields:
            yield f"{f'[{section}]':<12} {(inspect.getdoc(part) or '').partition(chr(10))[0]}".rstrip()
        for key, field in fields.items():
            about = "; ".join(filter(None, (_allowed(field.annotation), field.description)))
            yield f"{section}.{key} = {field.default!r}" + (f"  ({about})" if about else "")
            parts = (field.annotation, *get_args(field.annotation))
            waiting += [(f"{section}.{key}", p) for p in parts if isinstance(p, type) and issubclass(p, BaseModel)]


def _allowed(annotation: Any) -> str:
    shown = [repr(value) for value in get_args(annotation) if isinstance(value, str)]
    return f"one of {', '.join(shown)}" if len(shown) > 1 else ""
