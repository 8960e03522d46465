"""Names of the composite's clips, as its table and its pictures write them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tfds_builders.smic.names import smic_name

PARTS: Mapping[str, float] = MappingProxyType({"samm": 200.0, "casme2": 200.0, "smic": 100.0})
"""The sets that the clips are from, and frames per second of their recordings."""

CLASSES = ("negative", "positive", "surprise")
"""By the numbers 0, 1, 2 that table and folders use."""

_SAMM = re.compile(r"(\d{3})_(\1_\d+_\d+)", re.ASCII)
_CASME2 = re.compile(r"(sub\d{2})_(EP\w+)", re.ASCII)


@dataclass(frozen=True, order=True)
class ClipName:
    """A clip: the set it is from, its subject and its own name (`samm`, `006`, `006_1_2`)."""

    part: str
    subject: str
    clip: str

    @property
    def video_id(self) -> str:
        """Id of the clip in mebench: `samm_006_1_2`, `casme2_sub01_EP02_01f`, `smic_s01_ne_01`."""
        return f"{self.part}_{self.subject}_{self.clip}" if self.part == "casme2" else f"{self.part}_{self.clip}"


def clip_name(name: str) -> ClipName | None:
    """Return the clip of a subject and a clip joined by an underscore, whatever blanks are around; None: of none.

    `006_006_1_2`, `sub01_EP02_01f`, and of SMIC both `s01_s01_ne_01` and `s01_s1_ne_01`.
    """
    for part, form in (("samm", _SAMM), ("casme2", _CASME2)):
        found = form.fullmatch(name.strip())
        if found is not None:
            return ClipName(part, found[1], found[2])
    subject, _, rest = name.strip().partition("_")
    smic = smic_name(rest)
    return ClipName("smic", *smic.key) if smic is not None and smic.key[0] == subject else None
