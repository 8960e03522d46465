"""The 25 names of ME-VQA's action units."""

from mebench.data.action_units import AU_NAMES, parse_aus

# the list of the challenge, in its own (alphabetical) order
NAMES = """brow lowerer, cheek raiser, chin raiser, dimpler, eye closure, eyes left, inner brow raiser, jaw clencher,
jaw drop, lid tightener, lip corner depressor, lip corner puller, lip pressor, lip stretcher, lip tightener, lips part,
lower lip depressor, neck tightener, nose wrinkler, nostril compress, nostril dilater, outer brow raiser, tilt right,
upper lid raiser, upper lip raiser"""


def test_the_names_are_those_of_the_challenge():
    assert sorted(AU_NAMES.values()) == NAMES.replace("\n", " ").split(", ")
    assert list(AU_NAMES) == sorted(AU_NAMES)


def test_known_facs_numbers():
    assert (AU_NAMES[4], AU_NAMES[12], AU_NAMES[56], AU_NAMES[61]) == (
        "brow lowerer", "lip corner puller", "tilt right", "eyes left",
    )  # fmt: skip


def test_every_numbered_name_can_stand_in_a_table():
    assert all(parse_aus(number).units == (f"AU{number}",) for number in AU_NAMES)
