"""The table of a score in words: counts, intervals, what is undefined."""

import pytest
from fixtures.scores import str_score

from mebench.record.record import Metric
from mebench.report.score_text import figure_text, score_lines, score_notes, score_rows
from mebench.tables.intervals import IntervalTable

TABLE = IntervalTable.of(["1", "2"], ["a", "b"], [0, 0], [9, 9], ["negative", "positive"])


@pytest.mark.parametrize(
    ("key", "value", "interval", "text"),
    [("strict.f1_s", 0.41234, (0.3014, 1.0), "0.4123 [0.301, 1.000]"),
     ("strict.tp_s", 12.0, (8.0, 17.45), "12 [8, 17.4]"),
     ("samm.parse_failures", 3.0, None, "3"),
     ("strict.fp_per_minute", 3.0, None, "3.0000"),
     ("strict.samm.macro_tp", None, None, "undefined")],
)  # fmt: skip
def test_a_figure(key, value, interval, text):
    assert figure_text(key, Metric(value=value, interval=interval, n=2, unit="subjects", reason="why")) == text


def test_both_rules_side_by_side():
    score = str_score(TABLE, IntervalTable.of(["1"], ["a"], [50], [59], ["negative"]), bootstrap=20)
    rows = score_rows(score)
    assert rows[0] == ("figure", "official", "strict")
    assert {len(row) for row in rows} == {3}
    assert ("ap_50", "-", "undefined") in rows
    assert score_lines(score) == []
    said = score_notes(score)
    assert said[0].startswith("undefined: official precision_a, recall_a, f1_a, uf1, uar, strs: the organisers' script")
    assert said[-1].startswith("official departs from the organisers' script: spaces around ids")
    assert any(text.startswith("strict: no manifest") for text in said)
