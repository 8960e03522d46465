"""Every fault known of SMIC-E's tables, by name: what is reported of it and what each policy makes of it."""

import json
from dataclasses import dataclass, replace

import pytest
from fixtures.archives import smic_e_long
from fixtures.archives.listed import listed
from fixtures.archives.smic_e_long import ENTRIES, ORIG_ENTRIES, VIS_ENTRIES, Entry
from fixtures.archives.smic_e_long_reading import codes, read, spans

from tfds_builders.smic_e_long.smic_e_long_dataset_builder import Builder

POLICIES = ("recommended", "mean", "as_published")
PLACE = "HS_long/SMIC-HS-E"
PLAIN = Entry("s1_ne_01", 100, 159, ((110, 130),))


@dataclass(frozen=True)
class Case:
    """A row, the codes of its findings and its expressions; (recommended, the other policies) where they differ."""

    name: str
    entry: Entry
    codes: tuple[str, ...]
    found: list
    others: list | None = None


NE, SUR = "negative", "surprise"
CASES = (
    Case("sound", PLAIN, (), [(10, 30, NE)]),
    Case("two and three expressions", ENTRIES[5], (), [(1, 10, NE), (20, 30, NE), (40, 50, NE)]),
    Case("numbers as text", replace(PLAIN, spans=(("110", " 130 "),)), (), [(10, 30, NE)]),
    Case("junk third, far below the clip", ENTRIES[1], ("offset-before-onset",), [(10, 30, NE), (42, 54, NE)]),
    Case(
        "junk third of a negative length inside of the clip",
        replace(PLAIN, spans=((110, 130), (140, 150), (111, 151)), lengths=(21, 10, -39)),
        ("offset-before-onset",),
        [(10, 30, NE), (40, 50, NE)],
    ),
    Case(
        "second of length 0",
        replace(PLAIN, spans=((110, 130), (140, 150)), lengths=(21, 0, None)),
        ("offset-before-onset",),
        [(10, 30, NE)],
    ),
    Case(
        "junk third whose offset precedes its onset",
        replace(PLAIN, spans=((110, 130), (None, None), (121, 99)), lengths=(21, None, -21)),
        ("offset-before-onset",),
        [(10, 30, NE)],
    ),
    Case(
        "junk third with an offset alone",
        replace(PLAIN, spans=((110, 130), (None, None), (None, -1)), lengths=(21, None, 0)),
        ("not-a-number",),
        [(10, 30, NE)],
    ),
    Case(
        "length of an empty second",
        replace(PLAIN, spans=((110, 130),), lengths=(21, 1, 1)),
        (),
        [(10, 30, NE)],
    ),
    Case("third is a copy of the second", ENTRIES[3], ("row-twice",), [(5, 20, SUR), (30, 45, SUR)]),
    Case(
        "negative though named surprise, second before the first",
        ENTRIES[2],
        ("label-mismatch", "label-mismatch"),
        [(10, 25, SUR), (40, 55, SUR)],
        [(10, 25, NE), (40, 55, NE)],
    ),
    Case("outside its clip, otherwise than published", replace(PLAIN, spans=((710, 730),)), ("outside-video",), []),
    Case("no Emotion", replace(PLAIN, emotion=None), ("label-mismatch",), [(10, 30, NE)], [(10, 30, "")]),
    Case("Emotion in capitals", replace(PLAIN, emotion="Negative "), ("label-spelling",), [(10, 30, NE)]),
    Case(
        "unknown Emotion",
        replace(PLAIN, emotion="blue"),
        ("label-mismatch", "label-spelling"),
        [(10, 30, NE)],
        [(10, 30, "")],
    ),
    Case("FirstF is text", replace(PLAIN, first_cell="MISSING <-99"), (), [(10, 30, NE)]),
    Case("another subject in the column", replace(PLAIN, subject=7), ("wrong-subject",), [(10, 30, NE)]),
    Case("no subject in the column", replace(PLAIN, subject=None), (), [(10, 30, NE)]),
    Case("no onset", replace(PLAIN, spans=((None, 130),), lengths=(21,) * 3), ("not-a-number",), []),
    Case("no offset and no length", replace(PLAIN, spans=((110, None),)), ("not-a-number",), []),
    Case("first with a negative length", replace(PLAIN, spans=((130, 110),)), ("offset-before-onset",), []),
    Case(
        "second with an onset alone", replace(PLAIN, spans=((110, 130), (140, None))), ("not-a-number",), [(10, 30, NE)]
    ),
    Case("longer than 0.5 s", replace(PLAIN, spans=((101, 158),)), ("micro-too-long",), [(1, 58, NE)]),
    Case(
        "overlapping expressions",
        replace(PLAIN, spans=((110, 130), (125, 140))),
        ("overlap",),
        [(10, 30, NE), (25, 40, NE)],
    ),
    Case("number beyond any counter", replace(PLAIN, spans=((10**30, 130),)), ("offset-before-onset",), []),
)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_row(case, policy, tmp_path):
    reading = read(tmp_path, [case.entry], "" if policy == "recommended" else policy)
    wanted = case.found if policy == "recommended" or case.others is None else case.others
    if policy == "mean":  # reads the first expression alone
        assert [e.notes for v in reading.videos for e in v.info.expressions if '"expression": 1' not in e.notes] == []
        assert all(set(one) <= set(wanted) for one in spans(reading).values())
        assert set(codes(reading)) <= {*case.codes, "expressions-left-out"}
    else:
        assert list(spans(reading).values()) == [wanted]
        assert codes(reading) == sorted(case.codes)
        assert all("row 2 " in f.where for f in reading.findings if f.code != "no-expressions")


@pytest.mark.parametrize("table", ["t.xlsx", "t.xls"])
def test_workbooks_give_what_text_gives(tmp_path, table):
    clips = [f"{case.entry.clip.rpartition('_')[0]}_{i}" for i, case in enumerate(CASES, 10)]
    entries = [replace(case.entry, clip=clip) for clip, case in zip(clips, CASES, strict=True)]
    reading = read(tmp_path, entries, table=table)
    assert sorted(spans(reading).values()) == sorted(case.found for case in CASES)
    assert codes(reading) == sorted(code for case in CASES for code in case.codes)


@pytest.mark.parametrize("columns", [3, 2])
def test_formulas_without_values_are_worked_out(tmp_path, columns):
    entries = [ENTRIES[0], ENTRIES[5], ENTRIES[8]]
    wanted = spans(read(tmp_path, entries, sheets=smic_e_long.hs_sheets(entries, columns=columns)))
    sheets = smic_e_long.hs_sheets(entries, cached=False, columns=columns)
    (tmp_path / "t.csv").unlink()
    reading = read(tmp_path, entries, sheets=sheets, table="t.xlsx")
    assert spans(reading) == wanted
    formulas = [f for f in reading.findings if f.code == "formula-empty"]
    assert [f.severity for f in formulas] == ["repair"] * (4 if columns == 3 else 3)
    first = reading.videos[-1].info.expressions[0]
    assert first.repairs == ("OffsetF is empty: OffsetF := onset + TotalMF1 - 1 = 17580917",)


def test_second_expressions_whose_formulas_lost_their_values_are_worked_out_from_vis(tmp_path):
    sheets = smic_e_long.hs_sheets([ENTRIES[1]], smic_e_long.VIS_OF_HS, cached=False)
    reading = read(tmp_path, [ENTRIES[1]], sheets=sheets, table="t.xlsx")
    assert codes(reading) == ["formula-empty", "formula-empty"]
    assert [f.severity for f in reading.findings] == ["repair", "repair"]
    assert spans(reading) == {"s20_ne_06": [(10, 30, NE), (42, 54, NE)]}
    second = reading.videos[0].info.expressions[1]
    assert second.repairs == (
        "Onset2F and Offset2F are empty: 17600042 to 17600054, worked out from VIS as the workbook does",
    )


def test_a_second_expression_that_vis_alone_has_is_none_of_hs(tmp_path):
    entry = Entry("s20_ne_06", 17600000, 17600059, ((17600010, 17600030),))
    for name in ("t.xlsx", "t.csv"):
        reading = read(tmp_path, [entry], sheets=smic_e_long.hs_sheets([entry], smic_e_long.VIS_OF_HS), table=name)
        assert spans(reading) == {"s20_ne_06": [(10, 30, NE)]}


@pytest.mark.parametrize("rest", [{}, {"VIS": smic_e_long.vis_rows(VIS_ENTRIES)}], ids=["no VIS", "no row of VIS"])
def test_without_values_and_without_vis_it_is_said_that_expressions_may_be_lost(tmp_path, rest):
    sheets = smic_e_long.hs_sheets([ENTRIES[1]], smic_e_long.VIS_OF_HS, cached=False)
    reading = read(tmp_path, [ENTRIES[1]], sheets={"HS": sheets["HS"], **rest}, table="t.xlsx")
    assert spans(reading) == {"s20_ne_06": [(10, 30, NE)]}
    (lost,) = [f for f in reading.findings if f.severity == "error"]
    assert lost.code == "formula-empty"
    assert "in 1 rows" in lost.what
    assert "second expressions may be lost" in lost.action


@pytest.mark.parametrize(
    ("policy", "code"), [("", "known-error"), ("mean", "outside-video"), ("as_published", "outside-video")]
)
def test_the_published_row_that_lies_outside_its_clip_is_no_loss(tmp_path, policy, code):
    reading = read(tmp_path, [ENTRIES[7]], policy)
    assert spans(reading) == {"s01_ne_03": []}
    assert [(f.severity, f.code) for f in reading.findings if f.severity != "fatal"] == [("repair", code)]


def test_frames_are_counters_and_the_row_is_kept_raw(tmp_path):
    (video,) = read(tmp_path, [ENTRIES[0]], table="t.xlsx").videos
    info, (e,) = video.info, video.info.expressions
    assert (info.video_id, info.subject, info.video, info.fps) == ("s20_ne_01", "s20", "s20_ne_01", 100.0)
    assert (info.first_number, info.num_frames, video.files[e.onset]) == (17580887, 60, "image17580901.jpg")
    assert (e.raw_row, e.raw_onset, e.raw_apex, e.raw_offset) == (2, "17580901", "", "17580917")
    assert (e.apex, e.kind, e.emotion, e.fine, e.repairs) == (-1, "micro", "negative", "", ())
    assert json.loads(e.notes) == {
        "Emotion": "negative",
        "expression": 1,
        "Filename": "s20_ne_01",
        "FirstF": 17580887,
        "LastF": 17580946,
        "TotalMF": 17,
        "TotalVL": 60,
    }


def test_counters_that_gain_a_digit_stay_in_order(tmp_path):
    (video,) = read(tmp_path, [ENTRIES[4]]).videos
    assert (video.files[29], video.files[30]) == ("image999999.jpg", "image1000000.jpg")
    assert spans(read(tmp_path, [ENTRIES[4]])) == {"s05_po_02": [(20, 35, "positive")]}


def test_the_name_decides_over_the_column_and_says_so(tmp_path):
    reading = read(tmp_path, [ENTRIES[2]])
    e = reading.videos[0].info.expressions[1]
    assert (e.emotion, e.coarse) == ("surprise", "surprise")
    assert e.repairs == ("emotion 'negative', but the clip is named sur: surprise, as named",)
    assert json.loads(e.notes)["Emotion"] == "negative"
    e = read(tmp_path, [ENTRIES[2]], "as_published").videos[0].info.expressions[1]
    assert (e.emotion, e.repairs) == ("negative", ())


HOMES = {"s03_ne_02": [(5, 20, NE), (40, 50, NE)], "s09_sur_01": [(5, 20, SUR), (30, 45, SUR)]}
HOMES["s04_ne_04"] = [(1, 10, NE), (20, 30, NE), (40, 50, NE)]


def test_rows_of_orig_without_a_folder(tmp_path):
    sheets = smic_e_long.hs_sheets(ORIG_ENTRIES, columns=2)
    smic_e_long.write_table(tmp_path / "t.csv", sheets)
    own = [e for e in ORIG_ENTRIES if e.clip in ("s9_sur_01", "s4_ne_04", "s3_ne_02", "s1_ne_01")]
    folders = {f"{PLACE}/{e.folder}": smic_e_long.files(e) for e in own}
    for variant in ("orig", "orig_as_published", ""):
        builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=tmp_path)
        reading = builder.read(listed(tmp_path, folders), Builder.CHOICES[variant])
        assert reading.version == "orig"
        published = {count.what: count.published for count in reading.counts}
        assert (published["micro rows"], published["videos"]) == (167, 157)
        found = spans(reading)
        assert found.pop("s01_ne_01") == [(10, 30, NE), (40, 50, NE)]
        if variant == "orig_as_published":
            assert found == {name: one[:1] for name, one in HOMES.items()}
            assert codes(reading) == ["video-missing"] * 5
        else:
            assert found == HOMES
            assert codes(reading) == ["row-moved"] * 4 + ["video-missing"]
    moved = reading.videos[-1].info.expressions[1]
    assert moved.repairs == ("s09_sur_02 has no folder: an expression of s09_sur_01, whose files hold its frames",)
    assert json.loads(moved.notes)["Filename"] == "s9_sur_02"


def test_a_row_of_orig_with_a_folder_of_its_own_stays(tmp_path):
    entries = [replace(e, first=e.first + 25) if e.clip == "s9_sur_02" else e for e in ORIG_ENTRIES[:2]]
    reading = read(tmp_path, entries, "orig", smic_e_long.hs_sheets(entries, columns=2))
    assert spans(reading) == {"s09_sur_01": [(5, 20, SUR)], "s09_sur_02": [(5, 20, SUR)]}
    assert codes(reading) == []


def test_mean_reads_157_rows(tmp_path):
    entries = [Entry(f"s1_ne_{i:02d}", 100 * i, 100 * i + 9, ((100 * i + 2, 100 * i + 7),)) for i in range(1, 161)]
    kept = {}
    for variant in ("", "mean", "as_published"):
        reading = read(tmp_path, entries, variant)
        kept[variant] = sum(len(v.info.expressions) for v in reading.videos)
        assert len(reading.videos) == 160
        assert codes(reading)[:1] == (["expressions-left-out"] if variant == "mean" else [])
    assert kept == {"": 160, "mean": 157, "as_published": 160}


def test_mean_reads_the_first_expression_alone(tmp_path):
    for entry in (ENTRIES[2], ENTRIES[5]):
        first, *others = spans(read(tmp_path, [entry])).values()
        assert not others
        wanted = {"s18_sur_03": [(40, 55, NE)], "s04_ne_04": [(1, 10, NE)]}
        (found,) = spans(read(tmp_path, [entry], "mean")).items()
        assert found[1] == wanted[found[0]]
        assert len(first) > 1


BELOW = {
    "text in the first column": (("mean length", *[None] * 14, 590), ["row-unreadable"], "note"),
    "text for a name": ((None, "total 157", None, None, None), ["row-unreadable"], "note"),
    "a number for a name": ((1, 20, None, 110, 130), ["row-unreadable"], "error"),
    "no name": ((1, None, None, 110, 130), ["row-unreadable"], "error"),
    "a path for a name": ((1, "../s1_ne_01", None, 110, 130), ["row-unreadable"], "error"),
    "a clip without a folder": ((2, "s2_ne_01", None, 110, 130), ["label-mismatch", "video-missing"], "repair"),
    "blank": ((None, " "), [], ""),
}


@pytest.mark.parametrize("name", BELOW)
def test_rows_below_the_table(tmp_path, name):
    row, wanted, severity = BELOW[name]
    sheets = smic_e_long.hs_sheets([PLAIN])
    sheets["HS"] = [*sheets["HS"], row]
    reading = read(tmp_path, [PLAIN], sheets=sheets)
    assert codes(reading) == wanted
    assert spans(reading) == {"s01_ne_01": [(10, 30, NE)]}
    assert severity in [f.severity for f in reading.findings] or not wanted


def test_the_same_row_twice(tmp_path):
    sheets = smic_e_long.hs_sheets([PLAIN, PLAIN])
    reading = read(tmp_path, [PLAIN], sheets=sheets)
    assert (codes(reading), spans(reading)) == (["row-twice"], {"s01_ne_01": [(10, 30, NE)]})


def test_vis_and_nir_have_two_expressions_at_most_and_25_fps(tmp_path):
    for camera, header in (("VIS", smic_e_long.VIS_HEADER), ("NIR", smic_e_long.NIR_HEADER)):
        sheets = {"Sheet1": smic_e_long.vis_rows(VIS_ENTRIES, header)}
        reading = read(tmp_path / camera, VIS_ENTRIES, camera.lower(), sheets, camera)
        assert spans(reading) == {
            "s11_po_01": [(10, 20, "positive")],
            "s18_sur_03": [(3, 8, SUR), (15, 21, SUR)],
            "s20_ne_01": [(5, 10, NE)],
        }
        assert {v.info.fps for v in reading.videos} == {25.0}
        assert {f.code for f in reading.findings} <= {"version-guess"}


NIR_LAYOUTS = {
    "onset alone": {"OnsetF": "OnsetF NIR"},
    "onset and offset": {"OnsetF": "OnsetF NIR", "OffsetF": "OffsetF NIR"},
    "all": {name: f"{name} NIR" for name in ("OnsetF", "OffsetF", "Onset2F", "Offset2F", "FirstF")},
}


@pytest.mark.parametrize("name", NIR_LAYOUTS)
def test_columns_of_nir(tmp_path, name):
    header = tuple(NIR_LAYOUTS[name].get(column, column) for column in smic_e_long.VIS_HEADER)
    sheets = {"Sheet1": smic_e_long.vis_rows(VIS_ENTRIES, header)}
    reading = read(tmp_path, VIS_ENTRIES, "nir", sheets, "NIR")
    assert [len(found) for found in spans(reading).values()] == [1, 2, 1]
    assert codes(reading) == []


def test_offset_of_nir_that_goes_with_the_onset_of_vis(tmp_path):
    header, *rows = smic_e_long.vis_rows(VIS_ENTRIES)
    rows = [(*row, row[3] + 7) for row in rows]
    sheets = {"Sheet1": [(*header, "OnsetF NIR"), *rows]}
    reading = read(tmp_path, VIS_ENTRIES, "nir", sheets, "NIR")
    assert spans(reading)["s11_po_01"] == [(17, 27, "positive")]
    assert codes(reading) == ["offset-of-other-camera"] * 3
    (e,) = reading.videos[0].info.expressions
    assert e.repairs == (
        "OffsetF 130020 goes with OnsetF, not with OnsetF NIR: OffsetF := onset + TotalMF1 - 1 = 130027",
    )
    sheets = {"VIS": sheets["Sheet1"]}
    assert codes(read(tmp_path, VIS_ENTRIES, "vis", sheets, "VIS")) == ["table-missing"]
