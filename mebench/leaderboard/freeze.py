"""The truth of a table frozen into its rules: hashes, names and counts; the truth itself stays where it is."""

import csv
import io
from pathlib import Path

from mebench.atomic import write_text
from mebench.errors import MebenchError
from mebench.leaderboard.embedded_truth import embedded_truth
from mebench.leaderboard.figures import figures_of
from mebench.leaderboard.frozen import manifest_hash, refuse_other_datasets
from mebench.leaderboard.history import history_of
from mebench.leaderboard.layout import Version, entries_of
from mebench.leaderboard.possible import refuse_impossible
from mebench.leaderboard.rules import RULES, FrozenTruth, TableRule, read_rules
from mebench.leaderboard.rules_text import frozen_text
from mebench.leaderboard.scored_predictions import Predictions, Truth, hash_of, score_predictions
from mebench.leaderboard.truth_counts import counts_hash, truth_counts
from mebench.leaderboard.truth_shape import refuse_other_shape
from mebench.metrics.samples import samples_of
from mebench.record.record import Metric
from mebench.tables.csv import read_manifest
from mebench.tables.csv_cells import read_cells
from mebench.tables.held import Held
from mebench.tables.intervals import Manifest


def freeze(version: Version, table: TableRule, truth: Path | None, manifest: Path | None) -> dict[str, Metric]:
    """Append what a table's truth is to the rules of a version; return what a perfect answer scores there.

    Args:
        version: without a result.
        table: of it.
        truth: the file of the truth; None where it is embedded.
        manifest: every video, where the task needs it.

    Raises:
        MebenchError: results are there, rules that were committed, a truth that is frozen already, one where it is
            embedded or none where it is not, or files that the task's scorer refuses.
    """
    rules = version.rules
    _refuse_late(version, table)
    if rules.truth == "embedded" and (truth or manifest):
        raise MebenchError(f"the truth of {rules.benchmark} is embedded; leave --truth and --manifest out")
    if rules.truth != "embedded" and truth is None:
        raise MebenchError(f"the truth of {rules.benchmark} {table.name} is not part of mebench; give --truth FILE")
    given = embedded_truth(rules, table) if truth is None else Truth(truth, manifest)
    if given.manifest is not None:
        refuse_other_datasets(table, read_manifest(given.manifest))
    counted = score_predictions(rules, table, _perfect(rules.task, given), given)
    refuse_impossible(counted.statistics)
    refuse_other_shape(rules, table, counted.statistics)
    found = frozen_truth(given, counted.statistics)
    path = version.folder / RULES
    write_text(path, path.read_text(encoding="utf-8").rstrip("\n") + "\n" + frozen_text(table.name, found))
    return figures_of(samples_of(counted.statistics), read_rules(version.folder))


def frozen_truth(truth: Truth, perfect: dict[str, object]) -> FrozenTruth:
    """Return what is frozen of a truth.

    Args:
        truth: with its manifest, where there is one.
        perfect: statistics of the truth scored against itself.
    """
    counts = truth_counts(perfect)
    manifest = read_manifest(truth.manifest) if truth.manifest is not None else None
    asked = perfect.get("task") in ("vqa", "lvqa")  # there the first number of a unit is that of its questions
    return FrozenTruth(
        truth_sha256=hash_of(truth.table),
        counts_sha256=counts_hash(counts),
        subjects=len({(d, s) for d, s in zip(manifest.dataset, manifest.subject, strict=True)}) if manifest else 0,
        units=len(counts),
        rows=sum(one[0] if asked else sum(one) for one in counts.values()),
        manifest_sha256=manifest_hash(manifest) if manifest else "",
        videos=_videos(manifest) if manifest else (),
        names=() if manifest else tuple(sorted(counts)),
    )


def _videos(manifest: Manifest) -> tuple[tuple[str, str, str, int, float], ...]:
    numbers = manifest.num_frames.tolist(), manifest.fps.tolist()
    return tuple(zip(manifest.dataset, manifest.subject, manifest.video, *numbers, strict=True))


def _refuse_late(version: Version, table: TableRule) -> None:
    name = version.rules.benchmark
    new = f"begin a version: mebench leaderboard new {name} --from {name}"
    if version.closed is not None:
        raise MebenchError(f"{version.title} is closed; {new}")
    if table.name in version.rules.frozen:
        raise MebenchError(f"{version.title} froze the truth of {table.name} already; to freeze another one, {new}")
    if entries_of(version):
        raise MebenchError(f"{version.title} has results, and its rules stand in their records; {new}")
    root = version.folder.parent.parent
    if (version.folder / RULES).relative_to(root).as_posix() in history_of(root).objects:
        raise MebenchError(f"{version.folder / RULES} was committed, and rules do not change after that; {new}")


def _perfect(task: str, truth: Truth) -> Predictions:
    """Return the predictions that say the truth."""
    if task != "recognition":
        return truth.table
    columns = read_cells(truth.table, ("subject", "video", "emotion"), ("dataset", "onset", "apex", "offset")).columns
    named = [(name, cells) for name, cells in columns.items() if name != "emotion"]
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow([*(name for name, _ in named), "predicted"])
    write.writerows(zip(*(cells for _, cells in named), columns["emotion"], strict=True))
    return Held(str(truth.table), text.getvalue().encode())
