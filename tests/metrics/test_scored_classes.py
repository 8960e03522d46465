"""Which emotions count: the challenge's three, every one of the truth, or those named; a strange spelling is told."""

import pytest

from mebench.errors import MebenchError
from mebench.metrics.scored_classes import CHALLENGE_CLASSES, classes_text, scored_classes


def chosen(*emotions, asked=None):
    return scored_classes(asked, emotions, lambda row: f"t.csv row {row + 2}")


@pytest.mark.parametrize(
    ("emotions", "names"),
    [
        (("negative",), CHALLENGE_CLASSES),
        (("negative", "others", "unknown", "surprise"), CHALLENGE_CLASSES),
        (("others",), CHALLENGE_CLASSES),
        ((), CHALLENGE_CLASSES),
        (("surprise", "happiness"), ("happiness", "surprise")),
        (("negative", "tense"), ("negative", "tense")),
        (("disgust", "others", "unknown"), ("disgust", "others")),
        (("Anger", "Other", "Surprise"), ("Anger", "Other", "Surprise")),
        (("anger", "other", "surprise"), ("anger", "other", "surprise")),
    ],
)
def test_three_classes_only_where_every_true_emotion_is_one_of_them_or_others(emotions, names):
    assert chosen(*emotions).names == names


def test_what_was_asked_for():
    assert chosen("a", "b", "b", asked=" b , c ").names == ("b", "c")
    assert chosen("a", "b", "b", asked="b").left_out == {"a": 1}
    assert chosen("negative", "negtive", asked="all").names == ("negative", "negtive")
    for asked in ("a,a", "a,,b", ""):
        with pytest.raises(MebenchError, match=r"are empty or hold one twice"):
            chosen("a", asked=asked)


@pytest.mark.parametrize(
    ("emotions", "sentence"),
    [
        (("negative", "Negative"), r"row 3: the true emotion 'Negative' is another spelling of 'negative'"),
        (("positive", "negtive"), r"row 3: the true emotion 'negtive' is another spelling of 'negative'"),
        (("Negative", "Positive"), r"row 2: the true emotion 'Negative' is another spelling of 'negative'"),
        (("negative", "other"), r"row 3: the true emotion 'other' is another spelling of 'others'"),
        (("disgust", "happines"), r"row 3: the true emotion 'happines' is another spelling of 'happiness'"),
        (("disgust", "Happiness"), r"row 3: the true emotion 'Happiness' is another spelling of 'happiness'"),
        (("tense", "Tense", "fear"), r"row 3: the true emotion 'Tense' is another spelling of 'tense'"),
        (("0", "1", "2"), r"row 2: the true emotion '0' is a number"),
        (("negative", "1.0"), r"row 3: the true emotion '1.0' is a number"),
    ],
)
def test_a_strange_spelling_is_named_with_the_option(emotions, sentence):
    with pytest.raises(MebenchError, match=sentence + r".*--classes A,B,C"):
        chosen(*emotions)


def test_the_lines_above_a_table():
    assert classes_text(chosen("negative", "others", "others").to_json()) == [
        "classes      negative, positive, surprise: the challenge's three, since every true emotion is one of them or "
        "others",
        "left out     2 of 3 true rows, for recognition, of emotions that are no class: others 2",
    ]
    assert classes_text(chosen("a", "negtive", asked="negative").to_json())[2] == (
        "look at      negtive: left out, though a class is almost spelt so"
    )
    assert classes_text({"task": "vqa"}) == []
