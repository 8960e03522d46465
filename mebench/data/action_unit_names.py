"""The names of action units in the questions and answers of ME-VQA."""

from types import MappingProxyType

AU_NAMES = MappingProxyType(
    {
        1: "inner brow raiser",
        2: "outer brow raiser",
        4: "brow lowerer",
        5: "upper lid raiser",
        6: "cheek raiser",
        7: "lid tightener",
        9: "nose wrinkler",
        10: "upper lip raiser",
        12: "lip corner puller",
        14: "dimpler",
        15: "lip corner depressor",
        16: "lower lip depressor",
        17: "chin raiser",
        20: "lip stretcher",
        21: "neck tightener",
        23: "lip tightener",
        24: "lip pressor",
        25: "lips part",
        26: "jaw drop",
        31: "jaw clencher",
        38: "nostril dilater",
        39: "nostril compress",
        43: "eye closure",
        56: "tilt right",
        61: "eyes left",
    }
)
"""FACS number -> name, in FACS order, which is also the order of lists in answers (Ekman, Friesen and Hager 2002; the
25 names are those of the ME-VQA training rows of MEGC2025, spelt as there). 55 tilts to the left, 56 to the right."""
