"""JSON and TOML of others: what no parser of Python's survives is a reason in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.config.experiment import load_experiment
from mebench.documents import DEEPEST, MOST_DIGITS, parsed_json, parsed_toml, read_json, read_text, read_toml
from mebench.errors import MebenchError
from mebench.leaderboard.layout import read_entry
from mebench.leaderboard.published import read_published
from mebench.leaderboard.rules import read_rules
from mebench.leaderboard.statistics_text import statistics_document
from mebench.metrics.samples import read_samples
from mebench.record.record import read_record
from mebench.sealed.document import DamagedFile, read_sealed
from mebench.tables.questions import read_rows

DEEP = 3000
NESTED = {
    "lists": "[" * DEEP + "]" * DEEP,
    "objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "both": '[{"a":' * (DEEP // 2) + "1" + "}]" * (DEEP // 2),
    "unclosed": "[" * 100_000,  # beyond any Python's limit: 3.13 reads 3,000 and then misses the first value
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_what_json_writes_is_read(value):
    assert parsed_json(json.dumps(value)) == value
    assert parsed_json(json.dumps(value).encode()) == value


@pytest.mark.smoke
@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_nesting(text):
    with pytest.raises(ValueError, match=f"nested more than {DEEPEST} deep"):
        parsed_json(text)
    with pytest.raises(ValueError, match=f"nested more than {DEEPEST} deep"):
        parsed_toml("a = " + text.replace('"a":', "a="))


def test_the_deepest_that_is_read():
    for parse, before in ((parsed_json, ""), (parsed_toml, "a = ")):
        inner = DEEPEST - len(before) // 4  # the table that holds `a` counts
        parse(before + "[" * inner + "]" * inner)
        with pytest.raises(ValueError, match="nested more than"):
            parse(before + "[" * (inner + 2) + "]" * (inner + 2))


@pytest.mark.parametrize("digits", [MOST_DIGITS + 1, 5000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_long_numbers(digits, sign):
    for parse, text in ((parsed_json, '{"a": [%s]}'), (parsed_toml, "a = [%s]")):
        with pytest.raises(ValueError, match=rf"^a whole number of more than {MOST_DIGITS} digits$"):
            parse(text % (sign + "9" * digits))
        assert parse(text % (sign + "9" * MOST_DIGITS)) == {"a": [int(sign + "9" * MOST_DIGITS)]}


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999"])
def test_numbers_that_are_none(text):
    parsed_json(text)
    with pytest.raises(ValueError, match=f"{text.removeprefix('-')} is no number"):
        parsed_json(text, finite=True)


def test_size_is_looked_at_before_reading(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"\xef\xbb\xbf[1]")
    assert read_json(path, 6) == [1]
    assert read_text(path, 6) == "[1]"
    for read in (read_json, read_text, read_toml):
        with pytest.raises(ValueError, match="it is longer than 5 bytes"):
            read(path, 5)
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(ValueError, match="utf-8"):
        read_toml(path)


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_every_door_says_it_in_a_sentence(tmp_path, text):
    """Whoever reads JSON or TOML of a user: experiments, rows, statistics, records, rules, published figures."""
    board = tmp_path / "b" / "v1"
    (board / "published").mkdir(parents=True)
    toml = "a = " + text.replace('"a":', "a=")
    for path, content in (("e.toml", toml), ("s.json", text), ("q.jsonl", text + "\n")):
        (tmp_path / path).write_text(content)
    (board / "rules.toml").write_text(toml)
    (board / "published" / "p.json").write_text(text)
    doors = (
        lambda: load_experiment(tmp_path / "e.toml"),
        lambda: read_samples(tmp_path / "s.json"),
        lambda: statistics_document(text.encode(), "s"),
        lambda: read_rows(tmp_path / "q.jsonl"),
        lambda: read_rules(board),
        lambda: read_published(board),
    )
    for door in doors:
        with pytest.raises(MebenchError, match="nested more than 100 deep"):
            door()
    with pytest.raises(DamagedFile, match="no JSON"):
        read_sealed(tmp_path / "s.json", "key")
    for read in (read_record, read_entry):
        with pytest.raises(MebenchError, match=r"s.json is no record of .*: it is no JSON \([^\n]*recursion[^\n]*\)$"):
            read(tmp_path / "s.json")


def test_a_record_says_which_key_is_wrong(tmp_path):
    path = tmp_path / "r.json"
    for text, sentence in (
        ('{"schema_version": 2}', r"is no record of .*: unknown schema_version '2' \(allowed: 1\)$"),
        ('{"schema_version": 1}', r"is no record of .*: the key '\w+' is missing; add it$"),
        ('{"seed": ' + "9" * 5000 + "}", r"is no record of .*: it is no JSON"),
    ):
        path.write_text(text)
        for read in (read_record, read_entry):
            with pytest.raises(MebenchError, match=sentence):
                read(path)
