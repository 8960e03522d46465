"""The embedded dataset where a test needs a data folder of its own."""

import shutil
from pathlib import Path

from mebench.data.builders import build_dataset
from mebench.progress import Silent


def own_tiny(drawn: Path, folder: Path) -> Path:
    """Return a data folder that holds a copy of `synth_me/tiny`, drawn at most once in a run of the suite."""
    build_dataset("synth_me", "tiny", drawn, Silent())
    for one in sorted((drawn / "synth_me").glob("tiny_*")):
        shutil.copytree(one, folder / "synth_me" / one.name, ignore=shutil.ignore_patterns(".*"))
    return folder
