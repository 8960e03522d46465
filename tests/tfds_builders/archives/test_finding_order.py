"""The worst first, kinds together, rows in the order of their numbers."""

from mebench.data.audit import Finding
from tfds_builders.archives.finding_order import in_order, natural


def finding(severity, code, where):
    return Finding(severity, code, where, "x", "y")


def test_rows_come_in_order_and_what_names_none_comes_last():
    found = [
        finding("note", "overlap", "t.xlsx row 10 (1, a)"),
        finding("repair", "fraction", "t.xlsx row 100 (1, a)"),
        finding("note", "overlap", ""),
        finding("note", "other", "t.xlsx row 1 (1, a)"),
        finding("note", "overlap", "t.xlsx row 9 (2, b)"),
        finding("repair", "fraction", "t.xlsx row 11 (1, a)"),
        finding("error", "video-missing", "t.xlsx row 3 (1, a)"),
        finding("fatal", "no-videos", ""),
    ]
    assert [(f.severity, f.where[:14]) for f in in_order(found)] == [
        ("fatal", ""),
        ("error", "t.xlsx row 3 ("),
        ("repair", "t.xlsx row 11 "),
        ("repair", "t.xlsx row 100"),
        ("note", "t.xlsx row 9 ("),
        ("note", "t.xlsx row 10 "),
        ("note", ""),
        ("note", "t.xlsx row 1 ("),
    ]


def test_any_text_can_be_sorted():
    assert sorted(["a10", "a9", "", "9", "b", "a" + "1" * 40], key=natural) == [
        "",
        "9",
        "a9",
        "a10",
        "a" + "1" * 40,
        "b",
    ]
