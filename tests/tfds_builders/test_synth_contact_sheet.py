"""Picture of synth_me."""

import dataclasses

import cv2
import pytest

from mebench.errors import MebenchError
from tfds_builders.synth_me import contact_sheet
from tfds_builders.synth_me.settings import VARIANTS, SceneSettings


def test_the_sheet_is_a_small_png_that_changes_from_onset_to_apex(tmp_path):
    path = tmp_path / "sheet.png"
    contact_sheet.write_sheet(path)
    sheet = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    cell = contact_sheet.CELL
    assert sheet.shape == (3 * cell, contact_sheet.COLUMNS * cell)
    assert path.stat().st_size < 300_000
    assert [entry.name for entry in tmp_path.iterdir()] == ["sheet.png"]
    differences = sheet[cell : 2 * cell - 16, 2 * cell : 3 * cell].astype(int) - 128
    assert abs(differences.mean()) < 12
    assert abs(differences).max() > 60


def test_a_variant_without_micro_expressions_is_refused():
    silent = dataclasses.replace(VARIANTS["tiny"], scene=SceneSettings(micro_count=(0, 0), macro_count=(1, 1)))
    with pytest.raises(MebenchError, match="no micro-expression happiness"):
        contact_sheet.contact_sheet(silent)
