"""Names of subjects and stimuli of CAS(ME)^2 in its table and on disk (mebench/docs/datasets.md, CAS(ME)^2)."""

from collections.abc import Mapping
from types import MappingProxyType

_ON_DISK = (15, 16, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 40)

SUBJECT_OF: Mapping[int, str] = MappingProxyType({i: f"s{number}" for i, number in enumerate(_ON_DISK, 1)})
"""Subject index of the table -> folder: `s15` for 1."""

CODE_OF: Mapping[str, str] = MappingProxyType(
    {
        "disgust1": "0101",
        "disgust2": "0102",
        "anger1": "0401",
        "anger2": "0402",
        "happy1": "0502",
        "happy2": "0503",
        "happy3": "0505",
        "happy4": "0507",
        "happy5": "0508",
    }
)
"""Stimulus of the table's clips -> code in the videos' folders: `0401` for `anger1`. It is no label."""

SUBJECTS = frozenset(SUBJECT_OF.values())
CODES = frozenset(CODE_OF.values())
