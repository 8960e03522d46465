"""From the words that datasets use for emotions to the classes that papers score."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mebench.data.labels import COARSE, COARSE_OF, FINE

Clip = tuple[str, str]
"""Subject and clip, as the builder calls them."""

_SPELLINGS = MappingProxyType(
    {
        "angry": "anger",
        "happy": "happiness",
        "happyiness": "happiness",
        "sad": "sadness",
        "surprised": "surprise",
        "other": "others",
        "tense": "others",
    }
)


@dataclass(frozen=True)
class LabelMap:
    """A named map from one dataset's emotions to classes.

    Attributes:
        name: dataset and number of classes, as `samm_3`.
        dataset: name of the builder.
        classes: in the order of the papers.
        of: the source's word in lower case -> class; words that are absent are left out.
        counts: clips of each class in the whole table; empty where nobody tells.
        source: who uses it, and what the counts are of.
        left_out: clips of the table that the protocol leaves out although they have a class, and that class.
        relabelled: clips that another version of the table calls otherwise, and the emotion that the protocol goes by.
        micro: the counts of micro-expressions alone, where the table has macro-expressions too.
    """

    name: str
    dataset: str
    classes: tuple[str, ...]
    of: Mapping[str, str]
    counts: Mapping[str, int]
    source: str
    left_out: Mapping[Clip, str] = field(default_factory=dict)
    relabelled: Mapping[Clip, str] = field(default_factory=dict)
    micro: Mapping[str, int] = field(default_factory=dict)

    @property
    def scored(self) -> dict[str, int]:
        """Micro-expressions of each class that the protocol scores, as published; empty where nobody tells."""
        dropped = Counter(self.left_out.values())
        return {label: number - dropped[label] for label, number in (self.micro or self.counts).items()}

    def apply(self, emotion: str) -> str | None:
        """Return the class of an emotion as the source writes it, in any case; None: the map has none for it."""
        return self.of.get(_word(emotion))

    def class_of(self, clip: Clip, emotion: str) -> str | None:
        """Return the class of a clip that its table gives an emotion; None: the protocol leaves the clip out."""
        return None if clip in self.left_out else self.apply(self.relabelled.get(clip, emotion))


def fine_of(emotion: str) -> str:
    """Return a source's emotion in the vocabulary `FINE`; "" where it has no such word.

    Spelling and case do not matter (`Happy`, `happyiness`, `Other`). CASME's class `tense` is `others`: the dataset has
    it as a class of its own, but it is none of the vocabulary's emotions and nothing says which it would be. What
    subjects report of themselves beyond the vocabulary (helpless, confused, pain, sympathy) and the coarse words
    (positive, negative) give "".
    """
    word = _SPELLINGS.get(_word(emotion), _word(emotion))
    return word if word in FINE else ""


def coarse_of(emotion: str) -> str:
    """Return the class of `COARSE` of a source's emotion; "" where it cannot be told.

    The coarse words stand for themselves; any other is first looked up in `FINE`, then in `COARSE_OF`.
    """
    word = _SPELLINGS.get(_word(emotion), _word(emotion))
    return word if word in COARSE else COARSE_OF.get(word, "")


def _word(emotion: str) -> str:
    """Return an emotion in lower case with single blanks."""
    return " ".join(emotion.split()).lower()


def _of(**classes: str) -> Mapping[str, str]:
    """Return word -> class from class -> words, separated by blanks."""
    return MappingProxyType({word: name for name, words in classes.items() for word in words.split()})


def _counts(**counts: int) -> Mapping[str, int]:
    """Return class -> clips."""
    return MappingProxyType(counts)


_THREE = ("negative", "positive", "surprise")
_FOUR = (*_THREE, "others")

_MAPS = (
    LabelMap(
        "samm_3",
        "samm",
        _THREE,
        _of(negative="anger contempt disgust fear sadness", positive="happiness", surprise="surprise"),
        _counts(negative=92, positive=26, surprise=15),
        "MEGC2019 (See et al. 2019) and ME-VQA (MEGC2025): 133 clips of 28 subjects; Other is left out",
    ),
    LabelMap(
        "samm_5",
        "samm",
        ("happiness", "surprise", "contempt", "anger", "others"),
        _of(happiness="happiness", surprise="surprise", contempt="contempt", anger="anger", others="other others"),
        _counts(happiness=26, surprise=15, contempt=12, anger=57, others=26),
        "usual 5-class recognition on SAMM, 136 clips; disgust, fear and sadness are left out",
    ),
    LabelMap(
        "casme2_3",
        "casme2",
        _THREE,
        _of(negative="disgust repression", positive="happiness", surprise="surprise"),
        _counts(negative=90, positive=32, surprise=25),
        "MEGC2019 (See et al. 2019) and ME-VQA (MEGC2025): 145 clips of 24 subjects, made with the table of 2014, of "
        "whose 255 rows the counts are; without the clip that has no apex and one whose apex is its onset",
        MappingProxyType({("04", "EP12_01f"): "negative", ("05", "EP09_05f"): "negative"}),
        MappingProxyType({("24", name): "sadness" for name in ("EP07_01", "EP07_04f", "EP10_03")}),
    ),
    LabelMap(
        "casme2_5",
        "casme2",
        ("happiness", "surprise", "disgust", "repression", "others"),
        _of(
            happiness="happiness",
            surprise="surprise",
            disgust="disgust",
            repression="repression",
            others="others other",
        ),
        _counts(happiness=32, surprise=25, disgust=63, repression=27, others=99),
        "usual 5-class recognition on CASME II (Yan et al. 2014, who count 247); fear and sadness are left out; counts "
        "are of the 255 rows of 2014 (that of 2019 has 28 surprise)",
    ),
    LabelMap(
        "casme_sq_3",
        "casme_sq",
        _THREE,
        _of(negative="negative", positive="positive", surprise="surprise"),
        _counts(negative=126, positive=124, surprise=25),
        "spot-then-recognise on CAS(ME)^2; the dataset's own words, others are left out; counts are of macro and micro "
        "together",
        micro=_counts(negative=21, positive=8, surprise=9),
    ),
    LabelMap(
        "casme_sq_4",
        "casme_sq",
        _FOUR,
        _of(negative="negative", positive="positive", surprise="surprise", others="others other"),
        _counts(negative=126, positive=124, surprise=25, others=82),
        "spot-then-recognise on CAS(ME)^2; the dataset's own words; counts are of macro and micro together",
        micro=_counts(negative=21, positive=8, surprise=9, others=19),
    ),
    LabelMap(
        "casme3_3",
        "casme3",
        _THREE,
        _of(negative="anger disgust fear sad sadness", positive="happy happiness", surprise="surprise"),
        _counts(negative=457, positive=55, surprise=187),
        "CARF-Net's classes on CAS(ME)^3 part A v2, 699 clips of 88 subjects; HTNet has 687 clips of 87",
    ),
    LabelMap(
        "casme3_4",
        "casme3",
        _FOUR,
        _of(
            negative="anger disgust fear sad sadness",
            positive="happy happiness",
            surprise="surprise",
            others="others other",
        ),
        _counts(negative=457, positive=55, surprise=187, others=161),
        "4-class recognition on CAS(ME)^3 (ME-TST); counts are of part A v2, all 860 micro-expressions",
    ),
    LabelMap(
        "casme3_7",
        "casme3",
        ("happiness", "surprise", "sadness", "disgust", "fear", "anger", "others"),
        _of(
            happiness="happy happiness",
            surprise="surprise",
            sadness="sad sadness",
            disgust="disgust",
            fear="fear",
            anger="anger",
            others="others other",
        ),
        _counts(happiness=55, surprise=187, sadness=57, disgust=250, fear=86, anger=64, others=161),
        "7-class recognition on CAS(ME)^3, the dataset's own words; counts are of part A v2, all 860 micro-expressions",
    ),
    LabelMap(
        "smic_3",
        "smic",
        _THREE,
        _of(negative="negative", positive="positive", surprise="surprise"),
        _counts(negative=70, positive=51, surprise=43),
        "MEGC2019 (See et al. 2019) and ME-VQA (MEGC2025): SMIC-HS, 164 clips of 16 subjects; SMIC-E's words too",
    ),
    LabelMap(
        "four_dme_5",
        "four_dme",
        ("negative", "positive", "repression", "surprise", "others"),
        _of(
            negative="negative",
            positive="positive",
            repression="repression",
            surprise="surprise",
            others="others other",
        ),
        _counts(),
        "4DME's five labels, in the order of the 4DMR challenge's submission; a clip may have several, as "
        "Surprise+Positive: apply the map to each of them",
    ),
)

LABEL_MAPS: Mapping[str, LabelMap] = MappingProxyType({entry.name: entry for entry in _MAPS})
"""Every map by name."""
