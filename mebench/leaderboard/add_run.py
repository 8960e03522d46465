"""A finished run of mebench as a result of a leaderboard, after every check that needs no other machine."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from mebench.errors import MebenchError
from mebench.leaderboard.checked_statistics import possible_statistics, refuse_by_rules
from mebench.leaderboard.entry import Entry, Method
from mebench.leaderboard.figures import figures_of
from mebench.leaderboard.kept import refuse_unproven
from mebench.leaderboard.layout import Version, refuse_closed, version_of, versions
from mebench.leaderboard.method_names import method_name
from mebench.leaderboard.rules import Rules, TableRule, rules_hash
from mebench.leaderboard.store import Added, Result, store
from mebench.metrics.bootstrap import metrics_of
from mebench.metrics.columns import own_figures, refuse_unknown
from mebench.record.record import Metric, Record, read_record, same_metric
from mebench.record.run_folder import RunFolder


def add_run(
    root: Path,
    run: Path,
    method: Method,
    added: str,
    benchmark: str | None = None,
    number: int | None = None,
    by: str = "",
) -> Added:
    """Return what was written for a run folder, once everything in it agrees with its record and with the rules.

    Args:
        root: the leaderboards' folder.
        run: folder of a finished run.
        method: as the table is to name it; an empty name is made from the experiment.
        added: today's UTC date.
        benchmark: which leaderboard, where the run fits several.
        number: which version of it; None: the newest.
        by: who ran it; empty: nobody said.

    Raises:
        MebenchError: a version that is closed, no finished run, files that its record does not have, code with
            uncommitted changes, a limited dataset, rules that it does not follow, or a result that `store` refuses.
    """
    folder = RunFolder(run)
    if not folder.record.is_file():
        raise MebenchError(f"{run} holds no record.json; give the folder of a finished run (mebench run prints it)")
    record = read_record(folder.record)
    refuse_unfit(record)
    predictions, statistics = _checked_files(folder, record)
    checked = possible_statistics(statistics, str(folder.statistics))
    refuse_other_metrics(record, metrics_of(checked.samples, *record.bootstrap), str(run))
    version, table = place_of(root, record, benchmark, number)
    refuse_closed(root, version)
    refuse_other_rules(version, table, record)
    refuse_by_rules(version, table, checked)
    if version.rules.keep_predictions:
        refuse_unproven(version, table, predictions, dict(checked.document))
    name = method.name or method_name(record.experiment.config)
    entry = Entry(
        benchmark=version.rules.benchmark,
        version=version.rules.version,
        table=table.name,
        rules_sha256=rules_hash(version.folder),
        method=method.model_copy(update={"name": name}),
        source="run",
        added=added,
        seed=record.seeds["experiment"],
        record=with_known_figures(record, version.rules),
        predictions_sha256=record.predictions_sha256,
        statistics_sha256=hashlib.sha256(statistics).hexdigest(),
        figures=figures_of(checked.samples, version.rules),
        warnings=record.warnings,
        by=by,
    )
    kept = predictions if version.rules.keep_predictions else None
    return store(version, Result(entry, statistics, checked.document, kept))


def refuse_unfit(record: Record) -> None:
    """Raise a MebenchError where a run cannot be a result: its code is unknown, or it saw part of a dataset."""
    if record.code.get("dirty") is not False or not record.code.get("commit"):
        why = "had uncommitted changes" if record.code.get("commit") else "was not installed from a git checkout"
        raise MebenchError(f"the run's code {why}, so nobody could run it again; commit, install and run it anew")
    if record.code.get("dev"):
        raise MebenchError("the run went on with other code than it was begun with (--dev); run it anew with --again")
    config = record.experiment.config
    datasets = [config["dataset"], *config.get("more_datasets", ()), *filter(None, [config.get("test_dataset")])]
    for one in datasets:
        if one.get("limit") is not None:
            raise MebenchError(f"the run used the first {one['limit']} subjects of {one['name']}; run it without limit")
    if record.statistics_sha256 is None:
        raise MebenchError(
            "the run was not scored, because its test set has no labels here; hand its predictions in (mebench submit)"
        )


def with_known_figures(record: Record, rules: Rules) -> Record:
    """Return a record with mebench's own figures and those that the rules name: others need packages nobody has."""
    own, named = own_figures(rules.task), {column.key for column in rules.columns}

    def known(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
        return {key: one for key, one in metrics.items() if key in named or key.rpartition(".")[2] in own}

    bounds = {name: known(metrics) for name, metrics in record.bounds.items()}
    return record.model_copy(update={"metrics": known(record.metrics), "bounds": bounds})


def refuse_other_metrics(record: Record, again: Mapping[str, Metric], where: str) -> None:
    """Raise a MebenchError where a record's metrics are not those that follow from its statistics (`metrics_of`)."""
    for key, metric in record.metrics.items():
        if key not in again:
            refuse_unknown(record.experiment.config["task"], key)
        if key not in again or not same_metric(metric, again[key]):
            found = again[key].value if key in again else "not in the statistics"
            raise MebenchError(f"{where}: the record says {key} = {metric.value}, its statistics {found}; run it anew")


def place_of(root: Path, record: Record, benchmark: str | None, number: int | None) -> tuple[Version, TableRule]:
    """Return the version and table that a run belongs to: task and tested datasets are the table's.

    Raises:
        MebenchError: none, or several and no `benchmark`.
    """
    newest = {one.rules.benchmark: one for one in versions(root)}
    return place_among(list(newest.values()) if benchmark is None else [version_of(root, benchmark, number)], record)


def place_among(chosen: Sequence[Version], record: Record) -> tuple[Version, TableRule]:
    """Return the one of some versions, and its table, that a run belongs to.

    Raises:
        MebenchError: none, or several.
    """
    tested = tested_datasets(record)
    found = [
        (version, table)
        for version in chosen
        for table in version.rules.tables
        if version.rules.task == record.experiment.config["task"]
        and tuple((one.name, one.variant) for one in table.datasets) == tested
    ]
    what = ", ".join(f"{name}:{variant}" if variant else name for name, variant in tested)
    if not found:
        known = ", ".join(sorted(one.title for one in chosen))
        task = record.experiment.config["task"]
        raise MebenchError(f"no table of {known} is for task {task} on {what}; rules.toml of each says what is")
    if len(found) > 1:
        names = ", ".join(version.rules.benchmark for version, _ in found)
        raise MebenchError(f"the run fits several leaderboards ({names}); choose one with --benchmark NAME")
    return found[0]


def tested_datasets(record: Record) -> tuple[tuple[str, str], ...]:
    """Return name and variant of the datasets that a run was scored on."""
    config = record.experiment.config
    parts = (
        [config["test_dataset"]]
        if config.get("test_dataset")
        else [config["dataset"], *config.get("more_datasets", ())]
    )
    return tuple((one["name"], one["variant"]) for one in parts)


def refuse_other_rules(version: Version, table: TableRule, record: Record) -> None:
    """Raise a MebenchError where a run's protocol, classes or data are not those of the rules."""
    wanted = dict(version.rules.run)
    if version.rules.classes_of(table):
        wanted["classes"] = list(version.rules.classes_of(table))
    for key, value in wanted.items():
        if record.protocol.get(key) != value:
            raise MebenchError(
                f"{version.title} wants protocol.{key} = {value}, the run has {record.protocol.get(key)}; "
                "run an experiment with the protocol of the rules"
            )
    facts = {(one.name, one.variant): one.fingerprint for one in record.datasets}
    for one in table.datasets:
        if one.fingerprint and facts.get((one.name, one.variant)) != one.fingerprint:
            raise MebenchError(
                f"{version.title} is scored on {one.name} with fingerprint {one.fingerprint[:12]}, the run's is "
                f"{str(facts.get((one.name, one.variant)))[:12]}; build the dataset anew with this version of mebench"
            )


def _checked_files(folder: RunFolder, record: Record) -> tuple[bytes, bytes]:
    """Return predictions and statistics of a run, as its record has them."""
    found = []
    for path, digest in (
        (folder.predicted(record.experiment.config["task"]), record.predictions_sha256),
        (folder.statistics, record.statistics_sha256),
    ):
        if not path.is_file():
            raise MebenchError(f"{path} is missing; give the whole folder of a finished run")
        found.append(path.read_bytes())
        if hashlib.sha256(found[-1]).hexdigest() != digest:
            raise MebenchError(f"{path} is not what the run wrote (its record has another sha256); run it anew")
    return found[0], found[1]
