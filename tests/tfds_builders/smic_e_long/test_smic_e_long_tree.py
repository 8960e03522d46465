"""SMIC-E's archive as it may lie: layouts, cameras, several tables, parts that lack."""

import pytest
from fixtures.archives import smic_e_long
from fixtures.archives.listed import listed
from fixtures.archives.smic_e_long import ENTRIES, ORIG_ENTRIES, VIS_ENTRIES, Entry
from fixtures.archives.workbooks import write_xlsx

from tfds_builders.archives.tree import scan
from tfds_builders.smic_e_long.smic_e_long_dataset_builder import Builder


def read(root, folders=None, variant=""):
    builder = Builder(config=f"{variant}_videos" if variant else "videos", data_dir=root / "built")
    tree = scan(root) if folders is None else listed(root, folders)
    return builder.read(tree, builder.CHOICES[variant])


def found(reading):
    return {v.info.video_id: (v.info.num_frames, len(v.info.expressions)) for v in reading.videos}


def codes(reading, *severities):
    return sorted(f.code for f in reading.findings if not severities or f.severity in severities)


FEW = [ENTRIES[0], ENTRIES[5]]
WHOLE = {"s04_ne_04": (60, 3), "s20_ne_01": (60, 1)}


def folders(part, entries=FEW):
    return {f"{part}/{e.folder}" if part else e.folder: smic_e_long.files(e) for e in entries}


def table(root, path="t.csv", entries=FEW, **kwargs):
    smic_e_long.write_table(root / path, smic_e_long.hs_sheets(entries, **kwargs))


def test_the_published_shape(tmp_path):
    reading = read(smic_e_long.write(tmp_path))
    assert len(reading.videos) == 9
    assert sum(count for _, count in found(reading).values()) == 14
    assert reading.version == "merged"
    book = "SMIC-E_raw image/HS_long/SMIC-HS-E_annotation.xlsx [HS]"
    assert reading.parts == (("annotations", book), ("images", "SMIC-E_raw image/HS_long/SMIC-HS-E"))
    counts = {count.what: (count.found, count.published) for count in reading.counts}
    assert counts["subjects"] == (7, 16)
    assert counts["videos"] == (9, 157)
    assert counts["micro rows"] == (15, 166)
    assert counts["micro-expressions kept"] == (14, 165)


LAYOUTS = {
    "MEAN's": {
        "table": "SMIC/SMIC-E_raw image/HS_long/SMIC-HS-E_annotation.xlsx",
        "pictures": "SMIC/SMIC-E_raw image/HS_long/SMIC-HS-E/HS",
    },
    "of 2019": {"table": "HS_long/SMIC-HS-E_annotation_2019.xlsx", "pictures": "HS_long/SMIC_HS_E"},
    "underscores": {"table": "a.xlsx", "pictures": "SMIC-E_raw_image/HS_long/SMIC_HS_E"},
    "padded": {"padded": True},
    "upper case": {"table": "A.XLSX", "pictures": "SMIC-E_RAW IMAGE/HS_LONG/SMIC-HS-E"},
    "spaces": {"table": "my table.xls", "pictures": "disk 1/smic e raw image/hs long/smic hs e"},
    "csv": {"table": "SMIC-HS-E_annotation.csv"},
    "no camera told": {"table": "t.xlsx", "pictures": "clips"},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name, tmp_path):
    reading = read(smic_e_long.write(tmp_path, FEW, **LAYOUTS[name]))
    assert found(reading) == WHOLE
    assert codes(reading) == (["camera-unknown"] if name == "no camera told" else [])


def test_the_archives_own_name_may_tell_the_camera(tmp_path):
    wanted = {("VIS_long", "vis"): [], ("NIR_long", "vis"): ["no-videos", "table-missing"]}
    for (name, variant), faults in wanted.items():
        smic_e_long.write_table(tmp_path / name / "a.csv", {"x": smic_e_long.vis_rows(VIS_ENTRIES)})
        assert codes(read(tmp_path / name, folders("", VIS_ENTRIES), variant)) == faults


def cameras(root):
    """All three parts in one archive, and clips of SMIC itself."""
    smic_e_long.write_table(root / "HS_long/a.xlsx", smic_e_long.hs_sheets(FEW, VIS_ENTRIES[:1]))
    for camera, header in (("VIS", smic_e_long.VIS_HEADER), ("NIR", smic_e_long.NIR_HEADER)):
        rows = smic_e_long.vis_rows(VIS_ENTRIES[:1], header)
        smic_e_long.write_table(root / f"{camera}_long/a.xlsx", {"Sheet1": rows})
    short = {"SMIC_all_raw/HS/s20/micro/negative/s20_ne_01": smic_e_long.files(Entry("s20_ne_01", 1, 99, ()))}
    short["SMIC_all_cropped/VIS/s20/s20_ne_01"] = ["reg_image000001.bmp"]
    return {
        **folders("HS_long/SMIC-HS-E"),
        **folders("VIS_long/SMIC-VIS-E", VIS_ENTRIES[:1]),
        **folders("NIR_long/SMIC-NIR-E", [Entry("s20_ne_01", 4395, 4440, ())]),
        **short,
    }


def test_cameras_are_told_apart(tmp_path):
    parts = cameras(tmp_path)
    assert found(read(tmp_path, parts)) == WHOLE
    vis, nir = read(tmp_path, parts, "vis"), read(tmp_path, parts, "nir")
    assert (found(vis), found(nir)) == ({"s20_ne_01": (40, 1)}, {"s20_ne_01": (46, 1)})
    assert vis.parts[0][1] == "VIS_long/a.xlsx [Sheet1]"
    assert nir.parts[0][1] == "NIR_long/a.xlsx [Sheet1]"
    assert codes(vis) == ["tables-several"]  # the sheet VIS of the workbook of HS
    assert codes(nir) == codes(read(tmp_path, parts)) == []
    assert {count.what: count.published for count in vis.counts}["videos"] == 71


def test_the_sheet_of_vis_in_the_workbook_of_hs_will_do(tmp_path):
    smic_e_long.write_table(tmp_path / "SMIC-HS-E_annotation.xlsx", smic_e_long.hs_sheets(FEW))
    reading = read(tmp_path, folders("VIS_long", VIS_ENTRIES), "vis")
    assert found(reading) == {"s11_po_01": (40, 1), "s18_sur_03": (40, 2), "s20_ne_01": (40, 1)}
    assert reading.parts[0][1] == "SMIC-HS-E_annotation.xlsx [VIS]"
    assert codes(reading) == []


def test_a_clip_whose_camera_nothing_tells_is_passed_over_beside_those_that_tell(tmp_path):
    table(tmp_path)
    reading = read(tmp_path, {**folders("HS_long", FEW[:1]), **folders("other", FEW[1:])})
    assert list(found(reading)) == ["s20_ne_01"]
    assert codes(reading) == ["camera-unknown", "video-missing"]


def test_versions(tmp_path):
    table(tmp_path, "new.csv")
    table(tmp_path, "old.csv", ORIG_ENTRIES[2:5], columns=2)
    parts = folders("HS_long")
    merged, orig = read(tmp_path, parts), read(tmp_path, parts, "orig")
    assert (merged.version, orig.version) == ("merged", "orig")
    assert (merged.parts[0][1], orig.parts[0][1]) == ("new.csv [new]", "old.csv [old]")
    assert codes(merged) == ["tables-several"]
    (tmp_path / "old.csv").unlink()
    (lacking,) = read(tmp_path, parts, "orig").findings
    assert (lacking.severity, lacking.code) == ("fatal", "table-missing")
    assert "new.csv [new] (version merged)" in lacking.what


def test_version_is_told_by_rows_before_columns(tmp_path):
    table(tmp_path, entries=ORIG_ENTRIES)
    assert read(tmp_path, folders("HS_long", ORIG_ENTRIES[:1])).version == "orig"
    table(tmp_path, columns=2)
    assert read(tmp_path, folders("HS_long")).version == "orig"


def test_a_table_whose_camera_nothing_tells_is_read_and_said_so(tmp_path):
    smic_e_long.write_table(tmp_path / "t.csv", {"x": smic_e_long.vis_rows(VIS_ENTRIES)})
    reading = read(tmp_path, folders("VIS_long", VIS_ENTRIES), "vis")
    assert codes(reading) == ["version-guess"]
    assert len(reading.videos) == 3


def test_text_above_the_header_and_a_broken_workbook_do_not_matter(tmp_path):
    sheets = smic_e_long.hs_sheets(FEW)
    write_xlsx(tmp_path / "t.xlsx", {"HS": [("SMIC-E, high speed",), (), *sheets["HS"]], "VIS": sheets["VIS"]})
    (tmp_path / "broken.xlsx").write_bytes(b"PK no")
    reading = read(tmp_path, folders("HS_long"))
    assert (found(reading), codes(reading)) == (WHOLE, ["table-unreadable"])


def test_no_table_is_an_error_that_says_what_was_looked_for(tmp_path):
    write_xlsx(tmp_path / "other.xlsx", {"a": [("Subject", "Filename", "Onset"), (1, "s1_ne_01", 2)]})
    smic_e_long.write_table(tmp_path / "vis.csv", {"VIS": smic_e_long.vis_rows(VIS_ENTRIES)})
    (lacking,) = read(tmp_path, folders("HS_long")).findings
    assert (lacking.severity, lacking.code) == ("fatal", "table-missing")
    assert "OnsetF" in lacking.what
    assert "other.xlsx [a]" in lacking.what
    assert "SMIC-HS-E_annotation.xlsx" in lacking.action
    table(tmp_path, "empty.csv", [])
    assert codes(read(tmp_path, folders("HS_long"))) == ["table-missing"]


def test_no_images_is_an_error_that_says_what_is_there(tmp_path):
    table(tmp_path)
    parts = {**folders("VIS_long"), "SMIC_all_raw/HS/s1/micro/negative/s1_ne_01": ["image000001.bmp"]}
    (lacking,) = read(tmp_path, parts).findings
    assert (lacking.severity, lacking.code) == ("fatal", "no-videos")
    assert "2 clips of other cameras, 1 clips of SMIC itself" in lacking.what
    assert "nothing of it" in read(tmp_path, {}).findings[0].what


def test_odd_folders(tmp_path):
    table(tmp_path)
    parts = {
        **folders("HS_long"),
        "HS_long/copy/s04/s04_ne_04": smic_e_long.files(FEW[1])[:50],
        "HS_long/s05/s20_ne_01": ["image1.jpg"],
        "HS_long/s05/s05_po_01": ["cover.jpg"],
        "HS_long/s05/s05_po_02": ["image000001.jpg", "image000002.jpg", "image000004.jpg"],
        "HS_long/docs": ["figure1.png"],
    }
    reading = read(tmp_path, parts)
    assert found(reading) == {**WHOLE, "s05_po_02": (3, 0)}
    wanted = ["file-without-number", "folder-unknown", "frame-gap", "no-frames"]
    wanted += ["video-twice", "video-twice", "video-without-rows", "wrong-subject"]
    assert codes(reading) == wanted
