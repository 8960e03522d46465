"""An audit in words, by hand; long lists are cut and said to be."""

from mebench.data.audit import Audit, Count, Finding
from mebench.report.audit_text import audit_text, closing, summary_text

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
    assert lines[-1] == "usable; build it with: mebench data build made/v1 --archive DIR"
    assert "more (--all)" not in audit_text(AUDIT, every=True)
    assert len(audit_text(AUDIT, every=True).splitlines()) == len(lines) + 1


def test_an_unusable_archive_says_so():
    wrong = Audit("made", "", "mean", "", (), (), (Finding("error", "table-missing", "", "no table", "look for it"),))
    assert audit_text(wrong).splitlines()[-1] == closing(wrong) == "not usable: 1 error, see above"
    assert "    no table; look for it" in audit_text(wrong).splitlines()
    assert not wrong.usable


def test_summary():
    assert summary_text(AUDIT).splitlines() == [
        "97 videos, 100 frames",
        "1 repair, 12 notes (policy recommended)",
    ]
