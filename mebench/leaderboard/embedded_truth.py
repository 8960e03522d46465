"""The truth of a dataset that is drawn here, as files in memory: of the annotation alone, without drawing."""

import json
from collections.abc import Sequence

from mebench.data.annotation import Annotated, annotated
from mebench.errors import MebenchError
from mebench.leaderboard.rules import OPEN_TASKS, Rules, TableRule
from mebench.leaderboard.scored_predictions import Truth
from mebench.tables.csv import manifest_text, truth_text
from mebench.tables.held import Held
from mebench.tables.truth import manifest_table, truth_table


def embedded_truth(rules: Rules, table: TableRule) -> Truth:
    """Return truth and manifest of a table's datasets, byte for byte as a run on them writes both.

    Args:
        rules: whose label counts, and whether videos without a micro-expression do (`run.videos`).
        table: whose datasets it is of.

    Raises:
        MebenchError: a task without such a truth, a table without a dataset, or a dataset that is not drawn here.
    """
    if rules.task not in OPEN_TASKS or not table.datasets:
        raise MebenchError(f"{rules.benchmark} {table.name} has no truth here; give it with --truth FILE")
    videos = [one for dataset in table.datasets for one in annotated(dataset.name, dataset.variant)]
    what = f"the truth of {', '.join(dataset.name for dataset in table.datasets)}"
    if rules.task == "str":
        infos = [one.info for one in videos if one.info.micro or rules.run.get("videos") != "with_me"]
        manifest = Held("the manifest", manifest_text(manifest_table(infos)).encode())
        return Truth(Held(what, truth_text(truth_table(infos, rules.label)).encode()), manifest)
    return Truth(Held(what, _answers(videos).encode()), None)


def _answers(videos: Sequence[Annotated]) -> str:
    """Return the question rows with the right answers, as a run writes `truth.jsonl`."""
    rows = [json.loads(one.raw) | {"answer": one.answer} for video in videos for one in video.questions]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
