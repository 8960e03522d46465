"""`mebench methods`: every method that an experiment can name."""

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from mebench.cli.edition import FOLDER

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mebench.config.model import MethodFacts

INPUTS = {
    "str": "windows of flow and strain, mean motion, grey frames of each video",
    "recognition": "flow and strain from onset to apex of each micro-expression",
    "vqa": "clips with their questions: frames, pictures, flow",
}
"""By task: what a run gives a method beside the annotation."""


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
    own = getattr(found.cls, "inputs", "")
    for task in tasks if not isinstance(own, str) or not own else ():
        yield "inputs", f"{task}: {INPUTS[task]}"
    if isinstance(own, str) and own:
        yield "inputs", own
    for line in _costs(name, getattr(found.cls, "cost", "")):
        yield "cost", line


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
    """Yield the keys of `[model]`, and of the parts of an experiment that are the method's own, with their defaults."""
    from mebench.config.experiment import Experiment

    yield from _keys("model", found.cls.Config)
    for section in found.all_sections:
        part = Experiment.model_fields[section].annotation
        yield from _keys(section, next(one for one in (part, *get_args(part)) if hasattr(one, "model_fields")))


def _keys(section: str, part: "type[BaseModel]") -> Iterator[str]:
    fields = {key: field for key, field in part.model_fields.items() if (section, key) != ("model", "name")}
    if fields:
        yield f"{f'[{section}]':<12} {(inspect.getdoc(part) or '').partition(chr(10))[0]}".rstrip()
    for key, field in fields.items():
        about = "; ".join(filter(None, (_allowed(field.annotation), field.description)))
        yield f"{section}.{key} = {field.default!r}" + (f"  ({about})" if about else "")


def _allowed(annotation: Any) -> str:
    shown = [repr(value) for value in get_args(annotation) if isinstance(value, str)]
    return f"one of {', '.join(shown)}" if len(shown) > 1 else ""
