"""The experiments that come with mebench, by name: beside the package in a checkout, inside it once installed."""

from dataclasses import dataclass
from pathlib import Path

import mebench
from mebench.config.experiment import Experiment, load_experiment
from mebench.errors import MebenchError, unknown_name

FOLDER = "experiments"


@dataclass(frozen=True)
class Shipped:
    """An experiment that comes with mebench: its name, its file, what it is in one line, what it costs."""

    name: str
    path: Path
    experiment: Experiment
    about: str
    cost: str


def experiments_folder() -> Path:
    """Return where the experiments lie.

    Raises:
        MebenchError: nowhere, as in a copy of the package alone.
    """
    package = Path(mebench.__file__).parent
    for place in (package / FOLDER, package.parent / FOLDER):
        if place.is_dir():
            return place
    raise MebenchError(f"the experiments of mebench are not beside {package}; install it anew: pip install mebench")


def shipped_names() -> tuple[str, ...]:
    """Return the names of the experiments that come with mebench, sorted; empty where there are none."""
    try:
        folder = experiments_folder()
    except MebenchError:
        return ()
    return tuple(sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.toml")))


def found_experiment(asked: Path) -> Path:
    """Return the file of an experiment: the one at that path, or the one of that name that comes with mebench.

    Args:
        asked: a path to a TOML file, or a name as `synth_me/str_mean`.

    Raises:
        MebenchError: neither.
    """
    if asked.is_file():
        return asked
    name = asked.as_posix().removesuffix(".toml").removeprefix(f"{FOLDER}/")
    names = shipped_names()
    if name in names:
        return experiments_folder() / f"{name}.toml"
    if asked.suffix == ".toml" or asked.is_absolute():
        raise MebenchError(
            f"no experiment file at {asked}; give a path that is there, or a name of: mebench experiments"
        )
    raise unknown_name("experiment", asked.as_posix(), names, "mebench experiments")


def shipped() -> tuple[Shipped, ...]:
    """Return every experiment that comes with mebench, by name.

    Raises:
        MebenchError: there are none, or one that cannot be read.
    """
    folder = experiments_folder()
    return tuple(_shipped(name, folder / f"{name}.toml") for name in shipped_names())


def _shipped(name: str, path: Path) -> Shipped:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = _sentences([line.removeprefix("#") for line in lines if line.startswith("#")])
    cost = next((line.removeprefix("Cost:").strip() for line in head if line.startswith("Cost:")), "")
    return Shipped(name, path, load_experiment(path), head[0] if head else "", cost)


def _sentences(lines: list[str]) -> list[str]:
    """Return the lines of a file's head; one that is indented goes on with the line above it."""
    found: list[str] = []
    for line in lines:
        if found and line.startswith("  "):
            found[-1] += f" {line.strip()}"
        else:
            found.append(line.strip())
    return found
