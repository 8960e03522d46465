"""A short table, be it a mock or a part, never stands in for the whole one beside it, in any dataset."""

import dataclasses

import pytest
from fixtures.archives import (
    casme,
    casme2,
    casme3,
    casme_sq,
    dfme,
    four_dme,
    megc2019_flow,
    mmew,
    samm,
    samm_lv,
    smic_e_long,
)

from mebench.data.builders import builder_classes
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.several import is_short, whole_first
from tfds_builders.archives.tree import scan

MAIN, PART_C = Choice(), Choice(pixels="part_c")
WRITERS = {  # dataset: (writes an archive, writes a short table that looks newer or comes first by name)
    "samm": (samm.write, lambda root: samm.write_table(root / "a_mock.xlsx", samm.ROWS[:2])),
    "samm_lv": (
        samm_lv.write,
        lambda root: samm_lv.write_table(
            root / "SAMM_LongVideos_V3_Release.xlsx", samm_lv.as_version(samm_lv.V2[1:4], "v3")
        ),
    ),
    "casme": (casme.write, lambda root: casme.write_table(root / "a_mock.csv", casme.ROWS[:2])),
    "casme2": (
        lambda root: casme2.write(root, table="CASME2-coding-20140508.xlsx"),
        lambda root: casme2.write_table(root / "CASME2-coding-20190701.xlsx", casme2.ROWS[:2]),
    ),
    "casme_sq": (
        casme_sq.write,
        lambda root: casme_sq.write_table(root / "CAS(ME)^2code_final(Updated).xlsx", casme_sq.ROWS[1:3]),
    ),
    "casme3": (
        lambda root: casme3.write(root, version="v1"),
        lambda root: casme3.write_part_a_xls(root / "CAS(ME)3_part_A_v2.xls", casme3.ROWS[:2]),
    ),
    "smic_e_long": (
        lambda root: smic_e_long.write(root, table="HS_long/SMIC-HS-E_annotation.xlsx"),
        lambda root: smic_e_long.write_table(
            root / "HS_long/SMIC-HS-E_a_mock.xlsx", smic_e_long.hs_sheets(smic_e_long.ENTRIES[-2:])
        ),
    ),
    "mmew": (mmew.write, lambda root: mmew.write_table(root / "MMEW_Micro_Exp_v2.xlsx", mmew.rows(mmew.ENTRIES[:2]))),
    "dfme": (dfme.write, lambda root: dfme.write_table(root / "a_mock_train.csv", dfme.TRAINING[:2])),
    "megc2019_flow": (
        megc2019_flow.write,
        lambda root: megc2019_flow.write_table(root / "a_mock.csv", megc2019_flow.ROWS[:2]),
    ),
    "four_dme": (
        four_dme.write_long,
        lambda root: four_dme.write_table(root / "4DME/a mock.xlsx", [four_dme.LONG_HEADER, *four_dme.LONG_ROWS[:1]]),
    ),
}


def read(name: str, root, choice: Choice = MAIN) -> Reading:
    return builder_classes()[name].read(scan(root), choice)


def kept(reading: Reading) -> list:
    return [e for video in reading.videos for e in video.info.expressions]


@pytest.mark.parametrize("name", WRITERS)
def test_a_short_table_beside_the_whole_one_is_not_used_and_is_a_warning(name, tmp_path):
    write, write_short = WRITERS[name]
    write(tmp_path)
    whole = read(name, tmp_path)
    assert kept(whole)
    short = write_short(tmp_path)
    both = read(name, tmp_path)
    assert [video.info for video in both.videos] == [video.info for video in whole.videos]
    told = [f for f in both.findings if f.where.startswith(str(short.relative_to(tmp_path)))]
    told = [f for f in told if f.code in ("table-unused", "tables-several") and "blink" not in f.where]
    assert [f.severity for f in told] == ["warning"]


def test_a_csv_of_the_micro_expressions_alone_loses_no_macro_expression(tmp_path):
    samm_lv.write(tmp_path)
    micro = [row for row in samm_lv.as_version(samm_lv.V2, "v3") if row.kind == samm_lv.MICRO]
    samm_lv.write_table(tmp_path / "SAMM_LongVideos_V3.csv", micro)
    counts = {count.what: count.found for count in read("samm_lv", tmp_path).counts}
    assert (counts["micro-expressions kept"], counts["macro-expressions kept"]) == (6, 4)


def test_a_short_table_that_alone_is_of_the_version_asked_for_is_used_with_a_warning(tmp_path):
    write, write_short = WRITERS["samm_lv"]
    write(tmp_path)
    write_short(tmp_path)
    reading = read("samm_lv", tmp_path, Choice(table="v3"))
    assert len(kept(reading)) == 3
    (told,) = [f for f in reading.findings if f.code == "table-short"]
    assert (told.severity, told.what) == ("warning", "3 rows, where another table has 10")


def test_of_tables_with_nearly_all_rows_the_newest_is_used(tmp_path):
    samm_lv.write(tmp_path)
    v3 = samm_lv.as_version(samm_lv.V2, "v3")
    samm_lv.write_table(tmp_path / "new.xlsx", v3[:9])
    assert read("samm_lv", tmp_path).version == "v3"
    samm_lv.write_table(tmp_path / "new.xlsx", v3[:8])
    assert read("samm_lv", tmp_path).version == "v2"


def test_a_table_of_part_c_beside_a_longer_one_is_told(tmp_path):
    casme3.write_part_c(tmp_path)
    (tmp_path / "copy").mkdir()
    casme3.write_part_c(tmp_path / "copy", place="")
    told = [f for f in read("casme3", tmp_path, PART_C).findings if f.code == "table-unused"]
    assert sorted(f.where.rpartition("/")[0] for f in told) == ["copy", "copy"]


def test_an_archive_of_which_no_expression_is_kept_cannot_be_built(tmp_path):
    rows = [dataclasses.replace(row, onset=900, offset=950, apex=920) for row in samm_lv.V2[1:4]]
    reading = read("samm_lv", samm_lv.write(tmp_path, rows=rows))
    assert [(f.severity, f.code) for f in reading.findings if f.severity == "fatal"] == [("fatal", "no-expressions")]


def test_a_kind_of_which_nothing_is_kept_is_an_error(tmp_path):
    rows = [row if row.kind == samm_lv.MICRO else dataclasses.replace(row, onset=900, offset=950) for row in samm_lv.V2]
    reading = read("samm_lv", samm_lv.write(tmp_path, rows=rows))
    assert [f.what for f in reading.findings if f.code == "no-expressions"] == [
        "none of the table's 4 macro rows gives an expression"
    ]


def test_whole_tables_come_as_preferred_and_short_ones_by_length():
    assert whole_first([100, 95, 3, 90, 40, 89], lambda n: n, lambda n: n) == [90, 95, 100, 89, 40, 3]
    assert whole_first([], lambda n: n, lambda n: n) == []
    assert (is_short(89, 100), is_short(90, 100), is_short(0, 0)) == (True, False, False)
