"""Action units and emotions of synth_me."""

from importlib import resources

import pytest

from mebench.data.labels import COARSE, COARSE_OF, FINE
from mebench.errors import MebenchError
from tfds_builders.synth_me import expressions as E


def test_emotions_are_the_common_vocabulary():
    assert set(E.EMOTIONS) == set(FINE)
    listed = [emotion for coarse in COARSE for emotion in E.emotions_of(coarse)]
    assert sorted(listed) == sorted(FINE)


def test_combinations_name_known_action_units_and_no_emotion_repeats_one():
    for combinations in E.EMOTIONS.values():
        assert len(set(combinations)) == len(combinations)
        assert all(au in E.ACTION_UNITS for aus in combinations for au in aus)


def test_a_combination_has_one_coarse_class():
    owner = {}
    for emotion, combinations in E.EMOTIONS.items():
        for aus in combinations:
            assert owner.setdefault(aus, COARSE_OF[emotion]) == COARSE_OF[emotion]


def test_distractors_are_no_expression():
    annotated = {aus for combinations in E.EMOTIONS.values() for aus in combinations}
    assert not annotated & {(au,) for au in (*E.SINGLE_DISTRACTORS, E.BLINK)}
    assert set(E.DRIFT_DISTRACTORS) <= set(E.ACTION_UNITS)


def test_both_sides_are_the_two_sides_together():
    assert E.face_units(("L12", "R12")) == E.face_units(("AU12",)) == {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}


def test_weights_of_a_shared_unit_add_up():
    assert E.face_units(("L12", "AU12"))["mouthSmileLeft"] == 2.0


def test_an_unknown_action_unit_is_named():
    with pytest.raises(MebenchError, match="unknown action unit 'AU99'"):
        E.face_units(("AU99",))


def test_the_readme_lists_every_combination():
    readme = (resources.files("tfds_builders.synth_me") / "README.md").read_text(encoding="utf-8")
    for emotion, combinations in E.EMOTIONS.items():
        listed = "; ".join("+".join(aus) for aus in combinations)
        assert f"| {emotion} | {COARSE_OF[emotion]} | {listed} |" in readme
