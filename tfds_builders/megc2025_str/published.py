"""Published facts of the test sets: names of videos, frames, frame rates (mebench/docs/datasets.md, MEGC test sets)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Part = Literal["samm", "cas"]
Edition = Literal["2025", "2022"]
"""2025: the unseen set of MEGC2023, 2024 and 2025; 2022: that of MEGC2022."""

PARTS: tuple[Part, ...] = ("samm", "cas")

FPS: Mapping[Part, float] = MappingProxyType({"samm": 200.0, "cas": 30.0})

SAMM_FRAMES: Mapping[str, int] = MappingProxyType(
    {
        "001_2": 14_450,
        "001_3": 15_722,
        "002_1": 15_370,
        "002_4": 5_316,
        "003_1": 15_601,
        "003_7": 7_065,
        "004_3": 5_386,
        "004_6": 11_869,
        "005_2": 15_389,
        "005_7": 7_000,
    }
)
"""Frames of the ten SAMM videos."""

_CAS = {"dzw": "a1 d1 f3 h3 s3", "gcf": "a1 d1 f2 h3 s4", "smy": "a1 d1 f2 h3 s3", "wy": "a2 f1 f4 h1 s1"}

VIDEOS: Mapping[tuple[Edition, Part], tuple[str, ...]] = MappingProxyType(
    {
        ("2025", "samm"): tuple(SAMM_FRAMES),
        ("2025", "cas"): tuple(f"{subject}_{clip}" for subject, clips in _CAS.items() for clip in clips.split()),
        ("2022", "samm"): (),
        ("2022", "cas"): tuple(f"sub{number:02d}" for number in range(1, 6)),
    }
)
"""Names of the videos; of the SAMM videos of 2022 no list is public."""

FOLDERS: Mapping[tuple[Edition, Part], str] = MappingProxyType(
    {
        ("2025", "samm"): "MEGC_unseen_testset/SAMM_data/001_2",
        ("2025", "cas"): "MEGC_unseen_testset/CAS_data/dzw_a1",
        ("2022", "samm"): "SAMM_Test_cropped/001_2",
        ("2022", "cas"): "CAS_Test_cropped/sub01",
    }
)
"""What a folder of a video is called, for messages."""
