"""What a user hands a model that brings its own weights."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkpoint:
    """Where a user has weights: the folder of a checkpoint, and of an adapter in PEFT's files that goes with it."""

    weights: Path | None = None
    adapter: Path | None = None
