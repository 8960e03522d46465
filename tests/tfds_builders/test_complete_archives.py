"""A whole archive, its known faults included, is called complete under every policy; one video less is not.

The archives are made up: as many subjects, videos and rows as are published, and the faults that are known of them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from fixtures.archives import casme, casme2, casme_sq, dfme, mmew, samm, smic_e_long
from fixtures.archives.listed import listed
from fixtures.archives.smic_e_long import Entry

from mebench.data.audit import Audit
from mebench.data.builders import builder_classes
from mebench.report.audit_text import completeness
from tfds_builders.dfme.table import ROWS
from tfds_builders.samm.table import EMOTIONS

Folders = Mapping[str, Iterable[str]]


def audit(name: str, variant: str, root: Path, folders: Folders) -> Audit:
    """What is said of an archive whose tables are in `root`; no image is looked at."""
    cls = builder_classes()[name]
    choice = cls.CHOICES[variant]
    reading = cls.read(listed(root, folders), choice)
    return Audit(name, variant, choice.policy, reading.version, (), reading.counts, reading.findings)


def pictures(count: int, form: str = "img{}.jpg", first: int = 1) -> list[str]:
    return [form.format(n) for n in range(first, first + count)]


def casme_sq_archive(root: Path) -> Folders:
    """97 videos of 22 subjects; 57 micro- and 300 macro-expressions, 44 of these without offset, one with apex 0."""
    keys = [(index, stimulus) for stimulus in dict(casme_sq.CODES).values() for index in range(1, 23)][:97]
    rows = []
    for n in range(357):
        index, stimulus = keys[n % 95]  # two videos have no row
        onset = 5 + 20 * (n // 95)
        apex, offset = (onset + 4, 0) if 57 <= n < 101 else (0, onset + 9) if n == 101 else (onset + 4, onset + 9)
        kind = casme_sq.MICRO if n < 57 else casme_sq.MACRO
        rows.append((index, f"{stimulus}_{n}", onset, apex, offset, 4, "negative", kind, "anger"))
    casme_sq.write_table(root / "CAS(ME)^2code_final.xlsx", rows)
    code_of = {stimulus: code for code, stimulus in casme_sq.CODES}
    subjects = dict(enumerate(casme_sq.ON_DISK, 1))
    return {
        f"rawpic/s{subjects[index]}/{subjects[index]}_{code_of[stimulus]}x": pictures(120, "img{:03d}.jpg")
        for index, stimulus in keys
    }


def casme2_archive(root: Path) -> Folders:
    """255 clips of 26 subjects: one without apex, one of those that MEAN's code passes over."""
    known = [("04", "EP12_01f", 20, "/", 50), ("12", "EP09_06", 66, 111, 111)]
    rows = [*known, *((f"{n % 26 + 1:02d}", f"EP{100 + n}", 20, 30, 50) for n in range(253))]
    words = ["surprise"] * 25 + ["sadness"] * 7 + ["others"] * 223
    table = [(*row, 4, word) for row, word in zip(rows, words, strict=True)]
    casme2.write_table(root / "CASME2-coding-20140508.xlsx", table)
    return {f"CASME2-RAW/sub{row[0]}/{row[1]}": pictures(120) for row in rows}


def samm_archive(root: Path) -> Folders:
    """159 clips of 29 subjects with the published emotions; two apexes lie outside."""
    words = [word for word, count in EMOTIONS.items() for _ in range(count)]
    apexes = [25, 5, *[15] * 157]
    rows = [samm.Row(f"{n % 29 + 100}_1_{n}", 10, apexes[n], 20, word) for n, word in enumerate(words)]
    samm.write_table(root / samm.BOOK, rows)
    return {f"SAMM/{row.name[:3]}/{row.name}": pictures(11, row.name[:3] + "_{:05d}.jpg", 10) for row in rows}


def smic_archive(root: Path) -> Folders:
    """157 clips of 16 subjects, eight with a second expression, one of them with a third; a row lies outside."""
    outside = Entry("s1_ne_03", 650000, 650059, ((658536, 658562),))
    entries = [outside]
    for n in range(156):
        first = 1000 * (n + 1)
        spans = [(first + 1, first + 9), (first + 20, first + 29), (first + 40, first + 49)]
        spans = spans[: 3 if n == 0 else 2 if n < 8 else 1]
        entries.append(Entry(f"s{n % 16 + 1}_po_{n}", first, first + 59, tuple(spans)))
    smic_e_long.write_table(root / "HS_long/SMIC-HS-E_annotation.xlsx", smic_e_long.hs_sheets(entries))
    return {f"HS_long/SMIC-HS-E/{e.folder}": smic_e_long.files(e) for e in entries}


def casme_archive(root: Path) -> Folders:
    """193 clips: one without apex, one whose apex lies outside."""
    apexes = ["\\", 90, *[60] * 191]
    rows = [(n % 19 + 1, f"EP{n}_1", 50, apex, "\\", 70, "4", "tense") for n, apex in enumerate(apexes)]
    casme.write_table(root / "CASME-coded-20190721.xls", rows)
    return {f"CASME/sub{row[0]:02d}/{row[1]}": pictures(31, f"{row[1]}-{{}}.jpg", 45) for row in rows}


def mmew_archive(root: Path) -> Folders:
    """300 clips: one that the table calls others, one whose offset lies behind the clip."""
    entries = [mmew.Entry(f"S{n % 30 + 1:02d}-01-{n:03d}", 100, 110, 120) for n in range(298)]
    entries.append(mmew.Entry("S01-07-900", 100, 110, 120, emotion="others", folder="repression"))
    entries.append(mmew.Entry("S01-07-901", 100, 110, 130, files=21))
    mmew.write_table(root / "MMEW_Micro_Exp.xlsx", mmew.rows(entries))
    return mmew.folders(entries)


def dfme_archive(root: Path) -> Folders:
    """The three tables of 1856, 474 and 299 rows; in each one apex lies outside."""
    folders: dict[str, Iterable[str]] = {}
    for part, count in ROWS.items():
        table, place, _ = dfme.PARTS[part]
        apexes = [9, *[2] * (count - 1)]
        rows = [
            (f"sub{n // 4:04d}", f"{part}_{n:04d}", 1, apex, 3, "anger", 0, 200, 4) for n, apex in enumerate(apexes)
        ]
        dfme.write_table((root / table).with_suffix(".csv"), rows)
        folders |= {f"{place}/{row[1]}": dfme.names(4) for row in rows}
    return folders


WHOLE = {
    "casme_sq": (casme_sq_archive, {"": (57, 300), "mean": (57, 300), "as_published": (57, 256)}),
    "casme2": (casme2_archive, {"": (255, 0), "mean": (253, 0), "as_published": (255, 0), "2014_mean": (253, 0)}),
    "samm": (samm_archive, {"": (159, 0), "as_published": (159, 0)}),
    "smic_e_long": (smic_archive, {"": (165, 0), "mean": (156, 0), "as_published": (165, 0)}),
    "casme": (casme_archive, {"": (193, 0), "as_published": (193, 0)}),
    "mmew": (mmew_archive, {"": (300, 0)}),
    "dfme": (dfme_archive, {"": (2629, 0), "test_b_as_published": (299, 0)}),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_archive_is_complete_as_published_under_every_policy(name, tmp_path):
    write, kept = WHOLE[name]
    folders = write(tmp_path)
    for variant, numbers in kept.items():
        found = audit(name, variant, tmp_path, folders)
        counts = {count.what: count.found for count in found.counts}
        assert (counts["micro-expressions kept"], counts["macro-expressions kept"]) == numbers
        assert [count.what for count in found.differing] == []
        assert completeness(found) == "complete as published"


@pytest.mark.parametrize("name", WHOLE)
def test_one_video_less_is_said(name, tmp_path):
    folders = dict(WHOLE[name][0](tmp_path))
    folders.pop(sorted(folders)[-1])
    found = audit(name, "", tmp_path, folders)
    videos = next(count.published for count in found.counts if count.what == "videos")
    assert completeness(found).startswith(f"not complete as published: missing are 1 of {videos} videos, ")
    assert [f.code for f in found.errors] == ["video-missing"]
