"""Figures that an experiment's header promises, beside those of its run: `python tests/support/expected.py RUNS FILE`.

The header says, for seed 0, `Expected ...: F1_s .493 [.38, .60], STRS .444 [.33, .56]`, and of the bounds of spotting
`Bounds: threshold .054 [.02, .08] and .006` (F1_s and STRS). Numbers in parentheses and from the first semicolon on, of
other seeds, are not looked at. A figure agrees where it rounds to the digits that are printed.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mebench.config.experiment import load_experiment
from mebench.record.run_folder import folder_of

METRICS = {
    "F1_s": "strict.f1_s",
    "STRS": "strict.strs",
    "mean of the six": "overall.final",
    "UF1 coarse": "overall.uf1_coarse",
    "UF1 fine": "overall.uf1_fine",
}
_NUMBER = r"(\d?\.\d+)(?: \[(\d?\.\d+), (\d?\.\d+)\])?"


def promised(text: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the figures of a header as printed, by model (empty: the experiment's own) and metric.

    Args:
        text: of an experiment's file.
    """
    header = " ".join(line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#"))
    found = re.search(r"Expected(.*?)(?:Cost: |$)", header)
    said, _, bounds = re.sub(r"\(.*?\)", "", found[1] if found else "").partition("Bounds: ")
    figures = {}
    for name, metric in METRICS.items():
        if one := re.search(rf"{name} {_NUMBER}", said.partition(";")[0]):
            figures["", metric] = one.groups()
    for name, *numbers in re.findall(rf"(\w+) {_NUMBER} and {_NUMBER}", bounds):
        figures[name, "strict.f1_s"], figures[name, "strict.strs"] = tuple(numbers[:3]), tuple(numbers[3:])
    return {key: tuple(number for number in numbers if number) for key, numbers in figures.items()}


def differences(text: str, record: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each figure of a record that is not what the header says.

    Args:
        text: of the experiment's file.
        record: of a run with seed 0, as in record.json.
    """
    found = []
    for (model, metric), printed in promised(text).items():
        figure = (record["bounds"][model] if model else record["metrics"])[metric]
        values = [figure["value"], *(figure["interval"] or ())]
        rounded = tuple(_as_printed(value, one) for value, one in zip(values, printed, strict=False))
        if rounded != printed:
            found.append(f"{model or 'own'} {metric}: the header says {printed}, the run {rounded}")
    return found


def _as_printed(value: float | None, printed: str) -> str:
    if value is None:
        return "undefined"
    shown = f"{value:.{len(printed.partition('.')[2])}f}"
    return shown.removeprefix("0") if printed.startswith(".") else shown


def main(runs: Path, files: list[Path]) -> int:
    """Compare the run of each experiment with its header; return 1 where some figure differs or none is promised."""
    wrong = []
    for file in files:
        text, path = file.read_text(), folder_of(load_experiment(file), runs).record
        wrong += [f"{file}: no figure is promised"] if not promised(text) else []
        if path.is_file():
            wrong += [f"{file}: {one}" for one in differences(text, json.loads(path.read_text()))]
        else:
            wrong.append(f"{file}: no finished run in {path.parent}")
        print(f"{file}: {len(promised(text))} figures")
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]]))
