"""Emotions as the tables write them give the class counts that the papers have."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebench.data.label_maps import LABEL_MAPS, coarse_of, fine_of
from mebench.data.labels import COARSE, COARSE_OF, FINE

# rows of the whole tables by emotion, spelt as there
TABLES = {
    "samm": {
        "Anger": 57, "Other": 26, "Happiness": 26, "Surprise": 15,
        "Contempt": 12, "Disgust": 9, "Fear": 8, "Sadness": 6,
    },
    "casme2": {
        "others": 99, "disgust": 63, "happiness": 32, "repression": 27, "surprise": 25, "sadness": 7, "fear": 2,
    },
    "casme_sq": {"negative": 126, "positive": 124, "others": 82, "surprise": 25},
    "casme3": {
        "disgust": 250, "surprise": 187, "others": 158, "Others": 3, "fear": 86, "anger": 64, "sad": 57, "happy": 55,
    },
    "smic": {"negative": 70, "positive": 51, "surprise": 43},
}  # fmt: skip
CLIPS = {  # of the protocol, as published
    "samm_3": 133, "samm_5": 136, "casme2_3": 145, "casme2_5": 246, "casme_sq_3": 275, "casme_sq_4": 357,
    "casme3_3": 699, "casme3_4": 860, "casme3_7": 860, "smic_3": 164,
}  # fmt: skip


def clips_of(name):
    """Return class -> clips of a dataset's whole table."""
    entry = LABEL_MAPS[name]
    found = dict.fromkeys(entry.classes, 0)
    for emotion, rows in TABLES[entry.dataset].items():
        if (label := entry.apply(emotion)) is not None:
            found[label] += rows
    return found


@pytest.mark.parametrize("name", CLIPS)
def test_the_whole_table_gives_the_published_counts(name):
    entry = LABEL_MAPS[name]
    assert clips_of(name) == entry.counts
    assert sum(entry.counts.values()) - len(entry.left_out) == CLIPS[name]


@pytest.mark.parametrize("name", CLIPS)
def test_what_is_scored_are_micro_expressions_without_what_the_protocol_leaves_out(name):
    of_micro = {"casme_sq_3": 38, "casme_sq_4": 57}  # the whole table has macro-expressions too
    assert sum(LABEL_MAPS[name].scored.values()) == of_micro.get(name, CLIPS[name])


def test_megc2019_has_442_clips():
    scored = Counter()
    for name in ("samm_3", "casme2_3", "smic_3"):
        scored.update(LABEL_MAPS[name].scored)
    assert scored == {"negative": 250, "positive": 109, "surprise": 83}


NAMED = {  # clips of CASME II and their emotion in the table of 2014
    ("04", "EP12_01f"): "disgust",
    ("05", "EP09_05f"): "disgust",
    ("05", "EP12_03f"): "surprise",
    ("24", "EP07_01"): "sadness",
    ("24", "EP07_04f"): "sadness",
    ("24", "EP10_03"): "sadness",
}


def whole_casme2(year):
    """Made-up clips, as many of each emotion as the table of a year has, with the clips that MEGC2019 treats apart."""
    rows = dict(NAMED)
    if year == 2019:
        rows |= {clip: "surprise" for clip in rows if clip[0] == "24"}
    missing = Counter(TABLES["casme2"])
    missing.subtract(NAMED.values())
    number = count()
    return rows | {("90", f"EP{next(number):03d}"): word for word, n in missing.items() for _ in range(n)}


@pytest.mark.parametrize("year", [2014, 2019])
def test_megc2019_of_casme2_is_88_32_25_with_the_table_of_either_year(year):
    """A map that leaves out a clip of another class, or none, gives other counts."""
    rows = whole_casme2(year)
    assert len(rows) == 255
    found = Counter(LABEL_MAPS["casme2_3"].class_of(clip, word) for clip, word in rows.items())
    assert found.pop(None) == 110
    assert found == {"negative": 88, "positive": 32, "surprise": 25}
    unpinned = Counter(LABEL_MAPS["casme2_5"].class_of(clip, word) for clip, word in rows.items())
    assert unpinned["surprise"] == (25 if year == 2014 else 28)


def test_a_clip_that_is_left_out_has_the_class_that_is_told():
    for entry in LABEL_MAPS.values():
        for clip, label in entry.left_out.items():
            assert entry.apply(NAMED[clip]) == label


def test_every_map_is_complete_and_says_who_uses_it():
    assert LABEL_MAPS.keys() - CLIPS == {"four_dme_5"}
    for name, entry in LABEL_MAPS.items():
        assert name == f"{entry.dataset}_{len(entry.classes)}"
        assert set(entry.of.values()) == set(entry.classes)
        assert entry.source
        assert all(word == word.lower() for word in entry.of)
        with pytest.raises(TypeError):
            entry.of["x"] = "y"


def test_words_that_a_map_leaves_out():
    assert LABEL_MAPS["samm_3"].apply("Other") is None
    assert LABEL_MAPS["samm_5"].apply("Fear") is None
    assert LABEL_MAPS["casme2_5"].apply(" Disgust ") == "disgust"
    assert LABEL_MAPS["four_dme_5"].apply("Surprise+Positive") is None


def test_the_three_classes_of_megc2019_are_the_coarse_ones():
    for name in ("samm_3", "casme2_3", "casme3_3"):
        assert all(coarse_of(word) == label for word, label in LABEL_MAPS[name].of.items())


SPELLINGS = {  # as written: (fine, coarse)
    "Anger": ("anger", "negative"),
    "Other": ("others", "others"),
    "Others": ("others", "others"),
    "others": ("others", "others"),
    "happy": ("happiness", "positive"),
    "happyiness": ("happiness", "positive"),
    "sad": ("sadness", "negative"),
    " Repression ": ("repression", "negative"),
    "tense": ("others", "others"),
    "surprise": ("surprise", "surprise"),
    "Positive": ("", "positive"),
    "negative": ("", "negative"),
    "helpless": ("", ""),
    "confused": ("", ""),
    "Surprise+Positive": ("", ""),
    "": ("", ""),
}


def test_spellings_of_the_sources():
    assert {word: (fine_of(word), coarse_of(word)) for word in SPELLINGS} == SPELLINGS


@given(st.text(max_size=20) | st.sampled_from([*FINE, *COARSE]).map(str.title))
def test_fine_and_coarse_agree(emotion):
    fine, coarse = fine_of(emotion), coarse_of(emotion)
    assert fine in (*FINE, "")
    assert coarse in (*COARSE, "")
    assert not fine or coarse == COARSE_OF[fine]
