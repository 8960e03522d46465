"""Rules by which spotted macro- and micro-expressions have been counted, each a frozen setting with its source.

All of them say that an interval is found at an intersection over union of 0.5, pool counts over videos, and take
FP = predictions - TP and FN = truths - TP; so a rule is fully said by which true intervals count as found, in which
videos, and how a type is known. Where one prediction may find several truths, FP can be negative and precision above
1, as with the codes themselves; a warning says so.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mebench.errors import MebenchError, unknown_name

IOU = 0.5
"""Intersection over union from which a truth is found, in every edition."""

ALL = "all"


@dataclass(frozen=True)
class SpottingRules:
    """Rules of counting true positives.

    Attributes:
        name: what the command line and the leaderboards call the rules.
        found: which truths of a video count as found. `any`: those that some prediction reaches; one prediction may
            find several. `best`: those that are the best match of some prediction, which therefore finds one at most
            (of two equally good the later row). `first`: those whose first prediction in file order with an IoU of
            `gate` reaches `IOU`. `one_to_one`: as many as a one-to-one matching can find.
        types: `given`: only intervals of one type match, and types are those of the files. `duration`: any match; a
            found truth and a prediction are micro up to half a second (offset - onset <= fps // 2), the number of
            truths is by the given type. `none`: types play no part and there is only an overall score.
        videos: which count. `all`; `with_truth`: those that have a true interval; `with_type`: for each type, those
            that have a true interval of it.
        ends: whether an interval of frames 3 to 5 is 3 frames long (`inclusive`) or 2 (`exclusive`).
        single_frames: whether an interval of one frame can match at all.
        gate: see `first`.
        marks: whether the marks of a log, where it is both prediction and truth, say which truths count as found.
        source: where the rules stand.
        checked: what they were checked against.
        same_as: name of the rules that these are counted by; empty: their own.
    """

    name: str
    found: Literal["any", "best", "first", "one_to_one"]
    types: Literal["given", "duration", "none"]
    videos: Literal["all", "with_truth", "with_type"]
    source: str
    checked: str
    ends: Literal["inclusive", "exclusive"] = "inclusive"
    single_frames: bool = True
    gate: float = IOU
    marks: bool = False
    same_as: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts that are counted: macro and micro, whose sums are the overall counts, or overall alone."""
        return ("overall",) if self.types == "none" else ("macro", "micro")


_UNSEEN = (
    "as described in mebench/docs/spotting.md (counts pooled, per type and overall), not checked against the "
    "organisers' code"
)


def _edition(year: int, more: str) -> SpottingRules:
    return SpottingRules(
        name=f"megc{year}",
        found="any",
        types="given",
        videos="all",
        single_frames=False,
        source=f"MEGC{year}; taken to be the counting of the MEGC2020 baseline. {more}",
        checked=_UNSEEN,
        same_as="megc2020",
    )


_LISTED = (
    SpottingRules(
        name="megc2020",
        found="any",
        types="given",
        videos="all",
        single_frames=False,
        source="MEGC2020 baseline (MDMD), He et al., arXiv 1912.11985; HeyingGithub/Baseline-project-for-MEGC2020_"
        "spotting, MDMD_results/result_helper.py: `calc_iou`; `pred_clips_analysis`, recall and precision_small",
        marks=True,
        checked="reproduces all published figures of its baseline, to the last digit (8,350 predictions)",
    ),
    _edition(2021, "An entrant's log (guanjz20/MM21_FME_solution) has the layout of MEGC2020's."),
    _edition(
        2022,
        "The published scores of the baseline and of MTSN are those of whole counts pooled over both datasets, with "
        "every row of MTSN's cas_pred.csv and samm_pred.csv counted.",
    ),
    _edition(2023, "Files as in 2022, with the header vid,onset,offset,type."),
    _edition(2024, "Cross-cultural spotting on the test set of 2023."),
    SpottingRules(
        name="softnet",
        found="best",
        types="given",
        videos="with_type",
        source="SOFTNet, Liong et al., ICIP 2021; genbing99/SoftNet-SpotME, Utils/mean_average_precision "
        "(policy `greedy`, as in PASCAL VOC) and training.py; macro and micro are two runs. Its placeholder prediction "
        "[0, 0] in videos without a peak, a false positive there, is no row of a file and is not added",
        checked="read in the authors' code (that videos without an expression of the type are dropped: in a copy)",
    ),
    SpottingRules(
        name="guan2021",
        found="any",
        types="none",
        videos="with_truth",
        source="guanjz20/MM21_FME_solution (MEGC2021), utils.py: `evaluate_pred_and_gt`, `img_dirs_filter`",
        checked="read in the authors' code",
    ),
    SpottingRules(
        name="zhao2022",
        found="first",
        types="duration",
        videos="all",
        ends="exclusive",
        gate=0.2,
        source="Zhao et al., Rethinking Optical Flow Methods for Micro-Expression Spotting, MM 2022 (MEGC2022); "
        "shengjianda/micro-expression-spot, main_casme2.py: `metrics`, whose loop over four thresholds stops at the "
        "first prediction with an IoU of 0.2. It moves predictions from 0-based to 1-based frames: files stay as is",
        checked="read in the authors' code",
    ),
    SpottingRules(
        name="lgsnet",
        found="any",
        types="duration",
        videos="all",
        source="LGSNet, Yu et al. 2023; williamlee91/LGSNet, tools/F1_score_last.py (which then takes the best of many "
        "thresholds on the test set; here the intervals are those of the file, and true ones of one frame count)",
        checked="read in the authors' code",
    ),
    SpottingRules(
        name="strict",
        found="one_to_one",
        types="given",
        videos="all",
        source="mebench/docs/spotting.md, strict: a prediction finds one truth at most, a truth is found once, the "
        "most pairs, then the largest total IoU; the order of rows cannot matter",
        checked="tests",
    ),
)

RULES = MappingProxyType({rules.name: rules for rules in _LISTED})
"""By name. The editions after 2020 are counted as `megc2020` (`same_as`)."""


def named_rules(text: str) -> tuple[SpottingRules, ...]:
    """Return the rules of `all`, of a name or of several with commas between, in that order.

    Raises:
        MebenchError: an unknown name, or one twice.
    """
    names = tuple(RULES) if text.strip() == ALL else tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in RULES:
            raise unknown_name("rules", name, (*RULES, ALL))
    if len(set(names)) != len(names):
        raise MebenchError(f"rules {text!r} name one twice; name each once")
    return tuple(RULES[name] for name in names)
