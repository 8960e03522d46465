"""What 4DME's tables and folders call subjects and clips, and which folder a row means."""

import pytest

from tfds_builders.checks import _FILE_NAME
from tfds_builders.four_dme.labels import words_of
from tfds_builders.four_dme.names import FolderNames, is_name, subject_of, video_id


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("S13", "S13"),
        ("13", "S13"),
        ("sub_1", "S01"),
        ("s 007", "S07"),
        ("gray_micro", ""),
        ("S13_1st", ""),
        ("12345", ""),
    ],
)
def test_subjects(name, subject):
    assert subject_of(name) == subject


@pytest.mark.parametrize(
    ("wanted", "folders", "found"),
    [
        ("1st_001_01_1", ["1st_001_01_1", "S13_1st_001_01_2"], ["1st_001_01_1"]),
        ("S13_1st_001_01_1", ["1st_001_01_1", "2nd_001_01_1"], ["1st_001_01_1"]),
        ("1st_001_01_1", ["S13_1st_001_01_1"], ["S13_1st_001_01_1"]),
        ("1ST 001 01 1", ["1st_001_01_1"], ["1st_001_01_1"]),
        ("1_1_1_1", ["S13_1st_001_01_1", "S13_2nd_001_01_1"], ["S13_1st_001_01_1"]),
        ("9", ["1st_001"], []),
        ("no number", ["1st_001", "none"], []),
    ],
)
def test_the_folder_that_a_row_means(wanted, folders, found):
    assert list(FolderNames("S13", folders).meant(wanted)) == found


def test_a_video_number_alone_is_the_last_number_of_a_folder():
    assert FolderNames("S13", ["1st_001", "1st_002"]).meant("1", loosely=True) == ("1st_001",)
    assert FolderNames("S13", ["1st_001", "2nd_001"]).meant("1", loosely=True) == ("1st_001", "2nd_001")
    assert FolderNames("S13", ["1st_001"]).meant("1") == ()


def test_ids_are_fit_for_file_names():
    assert video_id(("S13", "1st_001")) == "S13_1st_001"
    assert video_id(("S13", "S13_1st_001_01_1")) == "S13_1st_001_01_1"
    assert all(_FILE_NAME.fullmatch(video_id(("S01", clip))) for clip in ("a b", "(1)", "..", "x'", "-"))
    assert not any(is_name(name) for name in ("../x", "", "a/b", "\U0001f642", "a" * 65, "-x", "a\nb"))


def test_labels_of_a_cell():
    assert words_of("Surprise+Positive") == ("Surprise", "Positive")
    assert words_of(" Others ") == ("Others",)
    assert words_of("Negative, Negative/Surprise") == ("Negative", "Surprise")
    assert words_of("") == ()
