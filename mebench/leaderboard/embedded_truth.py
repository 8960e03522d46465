"""The truth of a dataset that is built here, for predictions that come without one."""

from pathlib import Path

from mebench.data.builders import build_dataset
from mebench.data.interval import VideoInfo
from mebench.data.source import open_dataset
from mebench.errors import MebenchError
from mebench.leaderboard.rules import Rules, TableRule
from mebench.leaderboard.scored_predictions import EmbeddedTruth
from mebench.progress import Progress
from mebench.truth_tables import manifest_table, truth_table


def embedded_truth(rules: Rules, table: TableRule, data: Path | None, progress: Progress) -> EmbeddedTruth:
    """Return truth and manifest of a table's datasets; one that needs no archive is built first.

    Args:
        rules: whose label counts, and whether videos without a micro-expression do (`run.videos`).
        table: whose datasets are opened.
        data: folder of built datasets; None: that of TFDS.
        progress: shows the building.

    Raises:
        MebenchError: a dataset that is not built, or another one than the rules froze.
    """
    infos: list[VideoInfo] = []
    for one in table.datasets:
        build_dataset(one.name, one.variant, data, progress, jobs=1)
        opened = open_dataset(one.name, one.variant, data, progress)
        if one.fingerprint and opened.fingerprint != one.fingerprint:
            raise MebenchError(
                f"{rules.benchmark} froze {one.name} with fingerprint {one.fingerprint[:12]}, the one built here has "
                f"{opened.fingerprint[:12]}; build it anew with this version of mebench"
            )
        infos += [video.info for video in opened.videos]
    if rules.run.get("videos") == "with_me":
        infos = [info for info in infos if info.micro]
    return EmbeddedTruth(truth_table(infos, rules.label), manifest_table(infos))
