"""First lines of docstrings: public names have one, and it is what a searcher would type."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted(path for room in ("mebench", "tfds_builders") for path in (ROOT / room).rglob("*.py"))
RIDDLE = re.compile(r"(What|Whoever|Somebody|Someone) |.*\b(gone on with|px a px)\b")


def documented(path):
    """Public functions, classes and the module itself, with the first line of the docstring (empty: none)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.ClassDef) and node.name.startswith("_"))
        for below in ast.walk(node)
        if below is not node
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and id(node) not in hidden:
            name = getattr(node, "name", path.stem)
            if not name.startswith("_") or isinstance(node, ast.Module):
                yield name, (ast.get_docstring(node) or "").partition("\n")[0]


def test_first_lines():
    faults = [
        f"{path.relative_to(ROOT)}: {name}: {line or 'no docstring'}"
        for path in FILES
        for name, line in documented(path)
        if not line or RIDDLE.match(line)
    ]
    assert not faults, "\n".join(faults)
