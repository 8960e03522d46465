"""Hashes of code: what it does counts, with all that it imports from the packages named; how it is written does not."""

import os
import subprocess
import sys

import pytest

from mebench.record.source_code import code_hash

HASH = """import sys
from mebench.record.source_code import code_hash
print(code_hash(('stranger.a',), tuple(sys.argv[1:])))
heavy = {'jax', 'numpy', 'cv2'} & set(sys.modules)
sys.exit('imported: ' + ' '.join(heavy) if heavy else None)
"""


@pytest.fixture
def hash_of(tmp_path):
    """A function that writes a package of these files, and returns the hash of its module `a`."""

    def write_and_hash(files: dict[str, str], *within: str) -> str:
        for name, text in {"__init__": "", "deep/__init__": "", **files}.items():
            path = tmp_path / "stranger" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command = [sys.executable, "-c", HASH, *(within or ("stranger",))]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    return write_and_hash


@pytest.mark.smoke
def test_nothing_is_imported(hash_of):
    first = hash_of({"a": "raise SystemExit('imported')\nimport numpy, jax\n"})
    assert first == hash_of({})
    assert len(first.strip()) == 64


@pytest.mark.parametrize(
    "other", ["x = 1  # one\n", '"""Of a number."""\nx = 1\n', "x  =  (1)\n", 'x = 1\n"""One."""\n'], ids=repr
)
def test_comments_docstrings_and_layout_do_not_count(hash_of, other):
    assert hash_of({"a": "x = 1\n"}) == hash_of({"a": other})


@pytest.mark.parametrize("other", ["x = 2\n", "x = 1\ny = 1\n", "x = '1'\n"])
def test_code_counts(hash_of, other):
    assert hash_of({"a": "x = 1\n"}) != hash_of({"a": other})


@pytest.mark.parametrize(
    "line",
    [
        "from . import b",
        "import stranger.b",
        "from .b import x",
        "from .deep import b",
        "from stranger.deep.b import x",
        "def f():\n    from .b import x\n    return x",
    ],
)
def test_what_is_imported_counts_wherever_the_import_stands(hash_of, line):
    where = "deep/b" if "deep" in line else "b"
    first = hash_of({"a": line, where: "x = 1\n"})
    assert hash_of({where: "x = 1  # one\n"}) == first
    assert hash_of({where: "x = 2\n"}) != first


def test_imports_of_imports_count_and_circles_end(hash_of):
    first = hash_of({"a": "from .b import x\n", "b": "from .c import x\n", "c": "from . import a\nx = 1\n"})
    assert hash_of({"c": "from . import a\nx = 2\n"}) != first


def test_what_lies_outside_does_not_count(hash_of):
    inside, outside = "stranger.a", "stranger.deep"
    first = [hash_of({"a": "import numpy\nfrom .deep.b import x\n", "deep/b": "x = 1\n"}, inside), hash_of({}, outside)]
    assert hash_of({"deep/b": "x = 2\n"}, inside) == first[0]
    assert hash_of({}, outside) != first[1]


def test_a_module_without_source_is_refused():
    with pytest.raises(ValueError, match="no_such_module has no Python source"):
        code_hash(("no_such_module",))
