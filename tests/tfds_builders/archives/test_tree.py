"""The tree of an archive: what is listed, what is passed over, and numbers in names."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.errors import MebenchError
from tfds_builders.archives.tree import MOST, Folder, ancestors, missing_runs, numbered, numbers, plain, scan


def make(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")


def test_by_hand(tmp_path):
    make(tmp_path, "Codes.XLSX", "a/s01/img1.jpg", "a/s01/img2.JPG", "a/s01/note.txt", "a/s02/.hidden.jpg", "a/t.xls")
    make(tmp_path, "__MACOSX/a/img1.jpg", "a/s01/._img1.jpg", "a/s01/Thumbs.db", "~$Codes.XLSX")
    tree = scan(tmp_path)
    assert list(tree.folders) == ["", "a", "a/s01", "a/s02"]
    assert tree.folders["a/s01"].files == ("img1.jpg", "img2.JPG", "note.txt")
    assert [folder.path for folder in tree.image_folders()] == ["a/s01"]
    assert tree.named(".xlsx", ".xls") == ("Codes.XLSX", "a/t.xls")
    assert tree.file("a/s01/img1.jpg").read_bytes() == b"x"
    assert tree.findings == ()


@pytest.mark.parametrize("name", ["a/../../etc/passwd", "a/s01/gone.jpg", "nowhere/x", "/etc/passwd", "", "a"])
def test_only_listed_files_are_given(tmp_path, name):
    make(tmp_path, "a/s01/img1.jpg")
    with pytest.raises(KeyError):
        scan(tmp_path).file(name)


def test_links(tmp_path):
    make(tmp_path, "in/s01/img1.jpg", "out/secret/img1.jpg")
    root = tmp_path / "in"
    (root / "away").symlink_to(tmp_path / "out")
    (root / "s01/img2.jpg").symlink_to(tmp_path / "out/secret/img1.jpg")
    (root / "again").symlink_to(root / "s01")
    (root / "s01/loop").symlink_to(root)
    (root / "gone").symlink_to("nowhere")
    tree = scan(root)
    assert list(tree.folders) == ["", "s01"]
    assert tree.folders["s01"].files == ("img1.jpg",)
    assert sorted((f.code, f.where) for f in tree.findings) == [
        ("broken-link", "gone"), ("link-out-of-tree", "away"), ("link-out-of-tree", "s01/img2.jpg"),
    ]  # fmt: skip
    assert "copy" in tree.findings[-1].action


def test_links_to_files_inside_are_said(tmp_path):
    make(tmp_path, ".git/annex/k1.jpg", "s01/img1.jpg")
    (tmp_path / "s01/img2.jpg").symlink_to(tmp_path / ".git/annex/k1.jpg")
    (tmp_path / "s01/img3.jpg").symlink_to("img1.jpg")
    (tmp_path / "hidden").symlink_to(".git/annex")
    tree = scan(tmp_path)
    assert tree.folders["s01"].files == ("img1.jpg",)
    assert sorted((f.code, f.where) for f in tree.findings) == [
        ("link-to-file", "s01/img3.jpg"), ("link-to-hidden", "hidden"), ("link-to-hidden", "s01/img2.jpg"),
    ]  # fmt: skip


def test_a_link_to_the_archive_itself_is_fine(tmp_path):
    make(tmp_path, "in/s01/img1.jpg")
    (tmp_path / "archive").symlink_to(tmp_path / "in")
    assert list(scan(tmp_path / "archive").folders) == ["", "s01"]


def test_odd_names_pipes_and_what_is_no_folder(tmp_path):
    make(tmp_path, "ok/1.jpg", "bad\nname/1.jpg")
    os.mkfifo(tmp_path / "pipe")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")).mkdir()
    tree = scan(tmp_path)
    assert list(tree.folders) == ["", "ok"]
    assert sorted(f.code for f in tree.findings) == ["no-file", "odd-name", "odd-name"]
    assert sorted(f.where for f in tree.findings) == ["\\udcff\\udcfe", "bad\\nname", "pipe"]
    assert all(str(f).encode("utf-8") for f in tree.findings)


def test_wide_blanks_of_chinese_names_are_fine(tmp_path):
    make(tmp_path, "微表情\u3000数据/1.jpg", "a\u00a0b/1.jpg")
    tree = scan(tmp_path)
    assert list(tree.folders) == ["", "a\u00a0b", "微表情\u3000数据"]
    assert tree.findings == ()


@pytest.mark.parametrize(
    ("root", "said"), [("ok/1.jpg", "is no folder"), ("gone", "is no folder"), ("n" * 300, "cannot be read")]
)
def test_what_is_no_folder(tmp_path, root, said):
    make(tmp_path, "ok/1.jpg")
    with pytest.raises(MebenchError, match=said):
        scan(tmp_path / root)


@pytest.mark.parametrize(
    ("name", "which", "number", "codes"),
    [
        ("img001.jpg", "first", 1, []),
        ("img1000.jpg", "first", 1000, []),
        ("006_1_0001.jpg", "last", 1, []),
        ("016_7_00001.jpg", "last", 1, []),
        ("reg_image559740.bmp", "last", 559740, []),
        ("EP01_12-073.jpg", "last", 73, []),
        ("Frame_000001826.jpg", "last", 1826, []),
        ("0000.jpg", "last", 0, []),
        ("img2977.jpg.jpg", "first", 2977, ["second-extension"]),
        ("img260.jpg2.jpg", "first", 260, ["second-extension"]),
        ("cover.jpg", "first", None, ["file-without-number"]),
        ("9" * 40 + ".jpg", "first", None, ["file-without-number"]),
    ],
)
def test_numbers_of_files(name, which, number, codes):
    files, findings = numbered(Folder("v", (name, "readme.txt")), which)
    assert files == ({} if number is None else {number: name})
    assert [f.code for f in findings] == codes


def test_files_beside_the_root_are_named_without_a_slash():
    _, findings = numbered(Folder("", ("cover.jpg",)), "first")
    assert [f.where for f in findings] == ["cover.jpg"]


def test_two_files_of_one_number_and_thousands_of_faults():
    files, findings = numbered(Folder("v", ("img01.jpg", "img1.jpg", "img2.jpg")), "first")
    assert files == {1: "img1.jpg", 2: "img2.jpg"}
    assert [f.code for f in findings] == ["number-twice"]
    _, findings = numbered(Folder("v", tuple(f"x{'y' * i}.jpg" for i in range(MOST + 5))), "first")
    assert len(findings) == MOST + 1
    assert findings[-1].what == "5 more like these"


@given(st.sets(st.integers(0, 60)))
def test_missing_runs_are_what_is_missing(present):
    runs = [run.split("-") for run in missing_runs(present).split(",") if run]
    found = {n for run in runs for n in range(int(run[0]), int(run[-1]) + 1)}
    inside = set(range(min(present), max(present) + 1)) if present else set()
    assert found == inside - present


@given(st.text())
def test_any_name(name):
    assert plain(name).isascii()
    assert all(number >= 0 for number in numbers(name))


def test_names():
    assert plain("CAS(ME)^2") == "casme2"
    assert plain("SMIC-E_raw image") == plain("SMIC_E_raw_image") == "smicerawimage"
    assert numbers("s1_ne_02") == (1, 2)
    assert ancestors("a/HS_long/s01") == ("s01", "HS_long", "a")
    assert ancestors("") == ()
