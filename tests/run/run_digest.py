"""Digests of the default experiment on synth_me/tiny: `python run_digest.py FOLDER COMPILED` prints them.

COMPILED is a folder that several such processes share: the settings under which they run do not reach the compiler.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from mebench.runtime import environment as runtime

os.environ |= {"JAX_ENABLE_COMPILATION_CACHE": "true", "JAX_COMPILATION_CACHE_DIR": sys.argv[2]}
runtime.prepare()

from mebench.config.experiment import load_experiment  # noqa: E402 - the environment comes first
from mebench.progress import Silent  # noqa: E402
from mebench.run.run import run_experiment  # noqa: E402

EXPERIMENT = Path(__file__).parents[2] / "experiments" / "synth_me" / "str_mean.toml"
SHORT = ("dataset.variant=tiny", "dataset.limit=2", "train.epochs=1", "train.recognition_epochs=20")


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of dataset, features, window scores, predictions and statistics.

    Features are taken in order of their bytes: their names are keys, which differ between instruction sets.
    """
    result = run_experiment(load_experiment(EXPERIMENT, SHORT), folder / "runs", folder / "data", Silent())
    root = result.folder.root
    groups = {
        "dataset": [],
        "features": sorted((folder / "data" / "mebench_features").rglob("*.npy"), key=Path.read_bytes),
        "scores": sorted(result.folder.scores.glob("*.npz")),
        "predictions": [result.folder.predictions],
        "statistics": [root / "statistics.json"],
    }
    found = {name: hashlib.sha256(b"".join(path.read_bytes() for path in paths)) for name, paths in groups.items()}
    found["dataset"].update(result.record.datasets[0].fingerprint.encode())
    return {name: one.hexdigest() for name, one in found.items()}


if __name__ == "__main__":
    print(json.dumps(digests(Path(sys.argv[1]))))
