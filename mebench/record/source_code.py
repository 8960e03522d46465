"""Hashes of the source code that computes something: keys of what is cached, and what a finished run is compared with.

Comments, docstrings and layout do not count. Which code computes something is read from its imports, also from those
inside functions; a module that is imported by a name made at run time has to be named.
"""

import ast
import hashlib
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec, resolve_name
from pathlib import Path

PARSER = threading.Lock()
"""Held while Python's parser makes a tree: that of CPython 3.11 fails at times when two threads do so at once ("AST
constructor recursion depth mismatch", CPython issue 106905). NumPy parses the headers of arrays with it."""


@lru_cache(maxsize=64)
def code_hash(modules: tuple[str, ...], within: tuple[str, ...] = ("mebench",)) -> str:
    """Return the sha256 over the code of modules and of all that they import, in order of names.

    Args:
        modules: dotted names.
        within: imports outside these packages and modules are not followed.

    Raises:
        ValueError: one of the modules has no Python source.
    """
    digest = hashlib.sha256()
    for name in sorted(_reached(modules, within)):
        digest.update(name.encode() + b"\0" + _source(name, within)[0].encode() + b"\0")
    return digest.hexdigest()


def _reached(modules: Iterable[str], within: tuple[str, ...]) -> set[str]:
    reached, waiting = set[str](), [*modules]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _source(name, within)[1]
    return reached


@lru_cache(maxsize=1024)
def _source(module: str, within: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the hash of one module's code and the modules that it imports from `within`."""
    path = _file(module)
    if path is None:
        raise ValueError(f"{module} has no Python source whose hash could be taken")
    with PARSER:
        tree = ast.parse(path.read_bytes())
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    inside = [one for one in _imported(tree, package) if any(f"{one}.".startswith(f"{top}.") for top in within)]
    imports = tuple(dict.fromkeys(one if _file(one) else one.rpartition(".")[0] for one in inside))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.body = [one for one in node.body if not _is_text(one)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imports


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the dotted names that a file imports: modules, and what is taken from a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


@lru_cache(maxsize=4096)
def _file(module: str) -> Path | None:
    """Return the Python file of a module, which is not imported; None where that name is none, as a function's."""
    top, *inner = module.split(".")
    spec = find_spec(top)
    if not inner:
        return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None
    for place in (spec and spec.submodule_search_locations) or ():
        path = Path(place).joinpath(*inner)
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None
