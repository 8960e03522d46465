"""An audit in words, by hand; long lists are cut and said to be."""

import pytest

from mebench.data.audit import Audit, Count, Finding
from mebench.report.audit_text import audit_text, closing, completeness, count_lines, summary_text

FINDINGS = (
    Finding("repair", "offset-missing", "t.xlsx row 3 (1, a)", "no offset", "offset := apex 9"),
    *(Finding("note", "overlap", f"t.xlsx row {n} (1, a)", "overlaps b", "both are kept") for n in range(12)),
)
COUNTS = (Count("videos", 97, 97), Count("micro rows", 56, 57), Count("frames", 100))
AUDIT = Audit("made", "v1", "recommended", "v1", (("annotations", "x/t.xlsx"),), COUNTS, FINDINGS)


def test_by_hand():
    lines = audit_text(AUDIT).splitlines()
    assert lines[0] == "made/v1: repair policy recommended, table v1"
    assert lines[1] == "  annotations  x/t.xlsx"
    assert "  videos                              97          97" in lines
    assert "  micro rows                          56          57  *" in lines
    assert "  frames                             100" in [line.rstrip() for line in lines]
    assert "    t.xlsx row 3 (1, a): no offset; offset := apex 9" in lines
    assert "    ... and 2 more (--all)" in lines
    assert lines[-2] == "usable; build it with: mebench data build made/v1 --archive DIR"
    assert lines[-1] == "not complete as published: missing are 1 of 57 micro rows"
    assert "more (--all)" not in audit_text(AUDIT, every=True)
    assert len(audit_text(AUDIT, every=True).splitlines()) == len(lines) + 1


def test_an_unusable_archive_says_so():
    wrong = Audit("made", "", "mean", "", (), (), (Finding("fatal", "table-missing", "", "no table", "look for it"),))
    assert audit_text(wrong).splitlines()[-1] == closing(wrong) == "not usable: 1 reason, see above"
    assert summary_text(wrong).splitlines() == ["1 fatal (policy mean)", completeness(wrong)]
    assert completeness(wrong) == "not usable: what is missing cannot be told"
    assert "    no table; look for it" in audit_text(wrong).splitlines()
    assert not wrong.usable


def test_summary():
    assert summary_text(AUDIT).splitlines() == [
        "97 videos, 100 frames",
        "1 repair, 12 notes (policy recommended)",
        "not complete as published: missing are 1 of 57 micro rows",
    ]


def audit(*counts, findings=()):
    return Audit("made", "", "recommended", "", (), counts, tuple(findings))


LOST = Finding("error", "video-missing", "t.xlsx row 3 (1, a)", "no folder of this video", "left out")


@pytest.mark.parametrize(
    ("made", "complete", "said"),
    [
        (audit(Count("videos", 97, 97)), True, "complete as published"),
        (audit(Count("frames", 10, 20, (10, 15))), True, "complete as published"),
        (
            audit(Count("videos", 95, 97), Count("macro-expressions kept", 290, 300)),
            False,
            "not complete as published: missing are 2 of 97 videos, 10 of 300 macro-expressions",
        ),
        (
            audit(Count("micro rows", 50, 57), Count("macro rows", 299, 300), Count("micro-expressions kept", 50, 57)),
            False,
            "not complete as published: missing are 1 of 300 macro rows, 7 of 57 micro-expressions",
        ),
        (
            audit(Count("videos", 99, 97)),
            False,
            "not complete as published: there are 99 videos where 97 are published",
        ),
        (
            audit(Count("videos", 97, 97), findings=[LOST]),
            False,
            "not complete as published: 1 finding above of what is lost",
        ),
        (
            audit(Count("videos", 3)),
            None,
            "complete as far as can be told: nothing is published to compare it with",
        ),
    ],
)
def test_the_last_line_says_whether_all_is_there(made, complete, said):
    assert made.complete is complete
    assert made.document()["complete"] is complete
    assert completeness(made) == said
    assert audit_text(made).splitlines()[-1] == said
    assert made.usable


def test_a_star_stands_only_where_something_is_wrong():
    counts = (Count("frames", 10, 20, (10,)), Count("videos", 97, 97), Count("rows", 5), Count("clips", 5, 6))
    assert [line.endswith("*") for line in count_lines(counts)[1:]] == [False, False, False, True]
    assert count_lines(counts)[1].split() == ["frames", "10", "10"]


def test_lost_expressions_have_a_heading_of_their_own_before_repairs():
    lines = audit_text(audit(findings=[*FINDINGS, LOST])).splitlines()
    headings = [line for line in lines if line.endswith(")") and not line.startswith(" ")]
    assert headings[0] == "lost: the table or the published set has it, what is built has not (1)"
    assert headings[1] == "repaired or left out (1)"
