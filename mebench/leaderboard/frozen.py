"""The truth that a version froze, and results that were scored on another one."""

import hashlib
from collections.abc import Mapping
from typing import Any

from mebench.errors import MebenchError
from mebench.leaderboard.embedded_truth import embedded_truth
from mebench.leaderboard.rules import FrozenTruth, Rules, TableRule
from mebench.leaderboard.scored_predictions import Files, Truth, hash_of
from mebench.leaderboard.truth_counts import counts_hash, truth_counts
from mebench.tables.csv import manifest_text, read_manifest
from mebench.tables.held import Held
from mebench.tables.intervals import Manifest


def truth_for(rules: Rules, table: TableRule, files: Files) -> Truth:
    """Return what predictions of a table are scored against; whatever is not the table's own truth is refused.

    Raises:
        MebenchError: a truth where it is embedded, none where it is not, another one than the rules froze, or a
            manifest of another dataset.
    """
    frozen = rules.frozen.get(table.name)
    if rules.truth == "embedded":
        if files.truth is not None or files.manifest is not None:
            raise MebenchError(
                f"the truth of {rules.benchmark} is embedded: it is taken from the dataset, never from a file; "
                "leave --truth and --manifest out"
            )
        truth = embedded_truth(rules, table)
        if frozen:
            refuse_other_truth(rules, frozen, truth)
        return truth
    if files.truth is None:
        raise MebenchError(
            f"{rules.benchmark} {table.name} needs the truth, which is not part of mebench; give it with --truth FILE"
        )
    given = Truth(files.truth, files.manifest or (frozen_manifest(frozen) if frozen else None))
    if given.manifest is not None:
        refuse_other_datasets(table, read_manifest(given.manifest))
    if frozen:
        refuse_other_truth(rules, frozen, given)
    return given


def refuse_other_truth(rules: Rules, frozen: FrozenTruth, truth: Truth) -> None:
    """Raise a MebenchError where truth or manifest are not those whose hashes the rules froze."""
    found = hash_of(truth.table)
    if found != frozen.truth_sha256:
        raise MebenchError(
            f"{truth.table} is not the truth that {rules.benchmark}/v{rules.version} froze (sha256 {found[:12]}, "
            f"wanted {frozen.truth_sha256[:12]}); score with the file of the organisers, or with mebench as it was then"
        )
    if frozen.manifest_sha256 and truth.manifest is not None:
        found = manifest_hash(read_manifest(truth.manifest))
        if found != frozen.manifest_sha256:
            raise MebenchError(
                f"{truth.manifest} does not list the videos that {rules.benchmark}/v{rules.version} froze (sha256 "
                f"{found[:12]}, wanted {frozen.manifest_sha256[:12]}); leave --manifest out, the rules hold it"
            )


def refuse_other_units(version: str, frozen: FrozenTruth | None, document: Mapping[str, Any]) -> None:
    """Raise a MebenchError where statistics name other units, or other true counts of them, than the rules froze."""
    if frozen is None:
        return
    counts = truth_counts(document)
    if counts_hash(counts) != frozen.counts_sha256:
        known = set(frozen.names or ("/".join(row[:3]) for row in frozen.videos))
        strange = sorted(known ^ set(counts))
        what = f" ({strange[0]} is in one of them alone)" if strange else ""
        raise MebenchError(
            f"the statistics are not of the truth that {version} froze: {frozen.units} units and {frozen.rows} rows"
            f"{what}; score the predictions with that truth"
        )


def refuse_other_datasets(table: TableRule, manifest: Manifest) -> None:
    """Raise a MebenchError where a manifest is of datasets that a table is not about."""
    titles = [f"{one.name}/{one.variant}" if one.variant else one.name for one in table.datasets]
    titles = titles or [one.dataset for one in table.shape]
    known = {form for title in titles for form in (title, title.replace("/", "-"), title.partition("/")[0])}
    strange = sorted(set(manifest.dataset) - known)
    if titles and strange:
        names = ", ".join(title.partition("/")[0] for title in titles)
        raise MebenchError(
            f"{manifest.source} lists videos of {strange[0]}, but the table {table.name} is of {names}; "
            "give its own videos, or another --table"
        )


def manifest_hash(manifest: Manifest) -> str:
    """Return the sha256 of a manifest as mebench writes it: how its file was written plays no part."""
    return hashlib.sha256(manifest_text(manifest).encode()).hexdigest()


def frozen_manifest(frozen: FrozenTruth) -> Held | None:
    """Return the manifest that rules hold, as a file in memory; None where they hold none."""
    if not frozen.videos:
        return None
    datasets, subjects, videos, frames, rates = zip(*frozen.videos, strict=True)
    table = Manifest.of(datasets, subjects, videos, frames, rates)
    return Held("the manifest of the rules", manifest_text(table).encode())
