"""Names of SMIC's clips, subjects and cameras."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfds_builders.smic.names import SmicName, camera_of, smic_name, subject_number


@pytest.mark.parametrize(
    "name", ["s1_ne_01", "s01_ne_01", "S01_NE_1", "s001_ne_001", " s1_ne_01 ", "s1-ne-01", "1_ne_01", "s1 ne 01"]
)
def test_every_spelling_is_the_same_clip(name):
    assert smic_name(name) == SmicName(1, "ne", 1)
    assert SmicName(1, "ne", 1).key == ("s01", "s01_ne_01")


@pytest.mark.parametrize("name", ["", "s1_ne", "s1_xx_01", "../s1_ne_01", "s1_ne_01_crop", "s1_ne_0x", "s9999_ne_01"])
def test_what_is_no_clip(name):
    assert smic_name(name) is None


@given(st.text(max_size=20))
def test_any_text_is_a_clip_or_none(name):
    found = smic_name(name)
    assert found is None or smic_name(found.key[1]) == found


@pytest.mark.parametrize(
    ("names", "camera"),
    [
        (["SMIC-HS-E", "HS_long"], "hs"),
        (["s01", "SMIC_VIS_E"], "vis"),
        (["NIR_long", "VIS"], "nir"),
        (["smic hs e"], "hs"),
        (["hslong"], "hs"),
        (["SMIC-HS-E_annotation_2019"], "hs"),
        (["SMIC-E_raw image", "s1", "visitors", "months", "Sheet1"], None),
        ([], None),
    ],
)
def test_camera(names, camera):
    assert camera_of(names) == camera


def test_subject():
    assert [subject_number(name) for name in ("s1", "s01", "S 1", "20", "HS", "s1_ne_01")] == [1, 1, 1, 20, None, None]
