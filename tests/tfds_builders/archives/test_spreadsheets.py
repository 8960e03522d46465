"""Every spreadsheet of an archive: what is read, what is told, what is seen where the table lacks."""

from fixtures.archives.workbooks import write_csv, write_xlsx

from tfds_builders.archives import spreadsheets
from tfds_builders.archives.spreadsheets import every_sheet, table_missing
from tfds_builders.archives.tree import scan


def test_workbooks_come_before_csv_files_by_path(tmp_path):
    (tmp_path / "z").mkdir()
    write_csv(tmp_path / "a.csv", [["x"]])
    write_xlsx(tmp_path / "z" / "b.xlsx", {"one": [[1]], "two": [[2]]})
    sheets, findings = every_sheet(scan(tmp_path))
    assert [entry.title for entry in sheets] == ["z/b.xlsx [one]", "z/b.xlsx [two]", "a.csv [a]"]
    assert sheets[1].sheet.rows == ((2,),)
    assert not findings


def test_a_damaged_file_is_named_by_its_path_in_the_archive(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "b.xlsx").write_bytes(b"PK\3\4")
    sheets, (finding,) = every_sheet(scan(tmp_path))
    assert not sheets
    assert (finding.severity, finding.code, finding.where) == ("warning", "table-unreadable", "x/b.xlsx")
    assert str(tmp_path) not in str(finding)
    assert finding.what
    assert finding.action


def test_a_folder_of_sensor_data_does_not_stop_it(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_TABLES", 3)
    for n in range(5):
        write_csv(tmp_path / f"{n}.csv", [["x"]])
    sheets, (finding,) = every_sheet(scan(tmp_path))
    assert len(sheets) == 3
    assert finding.code == "many-tables"


def test_the_error_names_what_was_seen(tmp_path):
    for n in range(12):
        write_csv(tmp_path / f"{n:02d}.csv", [["x"]])
    sheets, _ = every_sheet(scan(tmp_path))
    error = table_missing(sheets, "table of labels (columns a, b)", "add it")
    assert (error.severity, error.code) == ("fatal", "table-missing")
    assert "00.csv [00], 01.csv [01]" in error.what
    assert error.what.endswith(", ...")
    assert "spreadsheets seen: none" in table_missing((), "table", "add it").what
