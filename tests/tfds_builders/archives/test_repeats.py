"""Rows that stand twice: the same again is left out, another of the same name is kept and told."""

from tfds_builders.archives.annotation import Annotation
from tfds_builders.archives.repeats import without_repeats


def row(number, onset, name="a_1", emotion="anger", key=("s1", "a")):
    return Annotation("t.xlsx", number, key, name, onset, 5, 9, "micro", emotion)


def test_by_hand():
    rows = [
        row(1, 2),
        row(2, "2"),
        row(3, 3),
        row(4, 2, name="a_2"),
        row(5, 2, key=("s2", "a")),
        row(6, 2, emotion="x"),
    ]
    kept, findings = without_repeats(rows)
    assert [r.row for r in kept] == [1, 3, 4, 5, 6]
    assert [(f.code, f.where.split()[2], f.action) for f in findings] == [
        ("row-twice", "2", "left out"),
        ("row-twice", "3", "both are kept"),
        ("row-twice", "6", "both are kept"),
    ]
