"""Which face units an action unit moves, and which action units make an emotion (FACS)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from mebench.data.labels import COARSE_OF
from mebench.errors import unknown_name

_SIDED = {
    "2": "browOuterUp",
    "4": "browDown",
    "5": "eyeWide",
    "6": "cheekSquint",
    "7": "eyeSquint",
    "9": "noseSneer",
    "10": "mouthUpperUp",
    "12": "mouthSmile",
    "14": "mouthDimple",
    "15": "mouthFrown",
    "16": "mouthLowerDown",
    "20": "mouthStretch",
    "24": "mouthPress",
    "45": "eyeBlink",
}

_WHOLE: dict[str, dict[str, float]] = {
    "AU1": {"browInnerUp": 1.0},
    "AU17": {"mouthShrugLower": 1.0},
    "AU18": {"mouthPucker": 1.0},
    "AU26": {"jawOpen": 0.3},
    "AU28": {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    "AU30": {"jawLeft": 1.0},
    "AU61": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "AU62": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
    "AU64": {"eyeLookDownLeft": 1.0, "eyeLookDownRight": 1.0},
}


def _action_units() -> dict[str, Mapping[str, float]]:
    table: dict[str, Mapping[str, float]] = {name: MappingProxyType(units) for name, units in _WHOLE.items()}
    for number, unit in _SIDED.items():
        left, right = {f"{unit}Left": 1.0}, {f"{unit}Right": 1.0}
        table[f"AU{number}"] = MappingProxyType({**left, **right})
        table[f"L{number}"], table[f"R{number}"] = MappingProxyType(left), MappingProxyType(right)
    return table


ACTION_UNITS: Mapping[str, Mapping[str, float]] = MappingProxyType(_action_units())
"""Weights of the ARKit-named face units of each action unit; `L12`, `R12`: the subject's left, right side of `AU12`."""

EMOTIONS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "anger": (("AU4",), ("AU4", "AU7"), ("AU7",), ("AU4", "AU5"), ("L4", "AU7")),
        "contempt": (("L14",), ("R14",), ("L12", "L14"), ("R12", "R14")),
        "disgust": (("AU9",), ("AU10",), ("AU4", "AU9"), ("AU9", "AU10"), ("L10",), ("R10",)),
        "fear": (("AU20",), ("AU1", "AU4", "AU20"), ("AU1", "AU2", "AU4")),
        "happiness": (("AU12",), ("AU6", "AU12"), ("L12",), ("R12",), ("AU6",)),
        "repression": (("AU14",), ("AU15", "AU24"), ("AU12", "AU24")),
        "sadness": (("AU15",), ("AU1", "AU4"), ("AU1",), ("AU1", "AU4", "AU15")),
        "surprise": (("AU1", "AU2"), ("AU1", "AU2", "AU5"), ("AU5",), ("L2",), ("R2",)),
        "others": (("AU18",), ("AU24",), ("AU28",)),
    }
)
"""Combinations of action units that express an emotion.

The families are those of the micro-expression datasets (CASME II, SAMM), after FACS (Ekman, Friesen and Hager 2002).
They overlap on purpose: AU1, AU4, AU5, AU12 and AU15 stand under several emotions.
"""

SINGLE_DISTRACTORS: tuple[str, ...] = ("AU17", "AU26", "AU30", "AU61", "AU62", "AU64", "L16", "R16")
"""Action units that move alone without being an expression: chin, jaw, gaze, lower lip."""

DRIFT_DISTRACTORS: tuple[str, ...] = ("AU4", "AU7", "AU12", "AU15", "AU17", "AU26")
"""Action units that come and go over seconds, as the set of a face does; not annotated."""

BLINK = "AU45"
"""Both eyelids close."""


def emotions_of(coarse: str) -> tuple[str, ...]:
    """Return the emotions of a coarse class, in alphabetical order."""
    return tuple(emotion for emotion in sorted(EMOTIONS) if COARSE_OF[emotion] == coarse)


def face_units(aus: Iterable[str]) -> dict[str, float]:
    """Return the weights of the face units that these action units move together; a unit's weights add up.

    Raises:
        MebenchError: an action unit that is not in `ACTION_UNITS`.
    """
    total: dict[str, float] = {}
    for name in aus:
        if name not in ACTION_UNITS:
            raise unknown_name("action unit", name, ACTION_UNITS)
        for unit, weight in ACTION_UNITS[name].items():
            total[unit] = total.get(unit, 0.0) + weight
    return total
