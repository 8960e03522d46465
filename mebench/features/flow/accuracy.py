"""Error and time of every flow method on pairs with known flow: python -m mebench.features.flow.accuracy."""

import sys
import time
from dataclasses import dataclass

import numpy as np

from mebench.features.flow.registry import MODULES, flow_function
from mebench.features.flow.synthetic import KnownPair, end_point_error, known_pair

AMPLITUDES = (0.3, 1.0, 3.0)
"""Longest vectors of the fields in px."""

NOISE = 1.0
"""Standard deviation of the sensor noise on both pictures in grey levels."""


@dataclass(frozen=True)
class Accuracy:
    """Of one method: mean end-point error over mean true length for each amplitude, and ms a pair, warmed up."""

    name: str
    relative: tuple[float, ...]
    milliseconds: float


def measure(name: str, count: int, size: int) -> Accuracy:
    """Return error and time of a method on `count` pairs of each amplitude, `size` px square."""
    flow = flow_function(name)
    relative = []
    for amplitude in AMPLITUDES:
        pairs = [known_pair(seed, size, amplitude, noise=NOISE) for seed in range(count)]
        found, truth = flow(*_stack(pairs)), np.stack([pair.flow for pair in pairs])
        length = np.sqrt(np.square(truth).sum(axis=-1)).mean()
        relative.append(float(end_point_error(found, truth).mean() / length))
    start = time.perf_counter()
    flow(*_stack(pairs))
    return Accuracy(name, tuple(relative), (time.perf_counter() - start) / count * 1e3)


def table(results: list[Accuracy]) -> str:
    """Return the results as a Markdown table."""
    heads = [f"error at {amplitude:g} px" for amplitude in AMPLITUDES]
    lines = [" | ".join(["| method", *heads, "ms a pair |"]), "|---" * (len(heads) + 2) + "|"]
    for result in results:
        cells = [f"{value:.3f}" for value in result.relative]
        lines.append(" | ".join([f"| `{result.name}`", *cells, f"{result.milliseconds:.1f} |"]))
    return "\n".join(lines)


def _stack(pairs: list[KnownPair]) -> tuple[np.ndarray, np.ndarray]:
    return np.stack([pair.previous for pair in pairs]), np.stack([pair.following for pair in pairs])


def main() -> None:
    """Write the table for 16 pairs of each amplitude, 128 px square."""
    from mebench import runtime

    runtime.prepare()
    sys.stdout.write(table([measure(name, count=16, size=128) for name in MODULES]) + "\n")


if __name__ == "__main__":
    main()
