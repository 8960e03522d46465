"""What a user means by a dataset's name, config and policy."""

from types import SimpleNamespace

import pytest

from mebench.data.variants import Chosen, chosen
from mebench.errors import MebenchError
from tfds_builders.archives.archive_builder import choices

CHOICES = choices(pixels=("", "depth"), tables=("", "v1"), policies=("recommended", "mean", "as_published"))
CLASSES = {
    "made": SimpleNamespace(VARIANTS=tuple(CHOICES), CHOICES=CHOICES, FORMS=("frames", "videos")),
    "drawn": SimpleNamespace(VARIANTS=("tiny", "quick"), FORMS=("frames", "videos")),
    "asked": SimpleNamespace(VARIANTS=("", "test"), CHOICES={}, FORMS=("frames", "videos", "clips")),
}
BOTH = ("videos", "frames")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("made",), Chosen("made", "", BOTH)),
        (("made/v1",), Chosen("made", "v1", BOTH)),
        (("made", "v1"), Chosen("made", "v1", BOTH)),
        (("made", "videos"), Chosen("made", "", ("videos",))),
        (("made", "depth_v1_mean_videos"), Chosen("made", "depth_v1_mean", ("videos",))),
        (("made", "", "mean"), Chosen("made", "mean", BOTH)),
        (("made", "v1", "as_published"), Chosen("made", "v1_as_published", BOTH)),
        (("made", "v1_mean", "recommended"), Chosen("made", "v1", BOTH)),
        (("drawn/tiny",), Chosen("drawn", "tiny", BOTH)),
        (("asked",), Chosen("asked", "", ("videos", "clips", "frames"))),
        (("asked", "test_clips"), Chosen("asked", "test", ("clips",))),
    ],
)
def test_what_is_meant(words, expected):
    assert chosen(CLASSES, *words) == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("maed",), "did you mean 'made'"),
        (("made/v9",), "variant of made"),
        (("made", "v9_videos"), "variant of made"),
        (("made/v1", "v1"), "give one of them"),
        (("made", "", "meen"), "did you mean 'mean'"),
        (("drawn/tiny", "", "mean"), "no repair policies"),
        (("drawn",), "variant of drawn"),
        (("made", "clips"), "variant of made"),
    ],
)
def test_what_is_not_there(words, said):
    with pytest.raises(MebenchError, match=said):
        chosen(CLASSES, *words)
