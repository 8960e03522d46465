"""Names of clips and cameras of SMIC and SMIC-E; they are compared by the integers in them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tfds_builders.archives.annotation import Key
from tfds_builders.archives.tree import plain

Camera = Literal["hs", "vis", "nir"]
"""High-speed, visible light, near infrared."""

FPS: Mapping[Camera, float] = MappingProxyType({"hs": 100.0, "vis": 25.0, "nir": 25.0})

CLASS_OF: Mapping[str, str] = MappingProxyType({"ne": "negative", "po": "positive", "sur": "surprise"})
"""Token of a clip's name -> its class."""

_NAME = re.compile(r"s?0{0,6}(\d{1,3})[_\- ]+(ne|po|sur)[_\- ]+0{0,6}(\d{1,3})", re.IGNORECASE | re.ASCII)
_CAMERAS: Mapping[str, Camera] = MappingProxyType({"hs": "hs", "vis": "vis", "nir": "nir"})
_CAMERA = re.compile(r"(?:smic)?(hs|vis|nir)(?:e|long|elong|raw|cropped)?")


@dataclass(frozen=True, order=True)
class SmicName:
    """A clip's name: `s1_ne_01` and `s01_ne_01` are SmicName(1, "ne", 1)."""

    subject: int
    token: str
    number: int

    @property
    def key(self) -> Key:
        """Subject and clip, padded to two digits: ("s01", "s01_ne_01")."""
        subject = f"s{self.subject:02d}"
        return subject, f"{subject}_{self.token}_{self.number:02d}"

    @property
    def emotion(self) -> str:
        """The class that the name tells."""
        return CLASS_OF[self.token]


def smic_name(name: str) -> SmicName | None:
    """Return the clip that a folder or table names; None where it is no clip's name."""
    match = _NAME.fullmatch(name.strip())
    return None if match is None else SmicName(int(match[1]), match[2].lower(), int(match[3]))


def subject_number(name: str) -> int | None:
    """Return the subject that a folder is named by (`s1`, `s01`, `S 1`, `1`); None where it is none's."""
    match = re.fullmatch(r"s?0*(\d{1,3})", plain(name))
    return None if match is None else int(match[1])


def camera_of(names: Iterable[str]) -> Camera | None:
    """Return the camera that the first name tells which tells one: `HS_long`, `SMIC-VIS-E`, `SMIC_NIR_E`, `NIR`."""
    for name in names:
        for part in (plain(name), *map(plain, re.split(r"[^A-Za-z0-9]+", name))):
            match = _CAMERA.fullmatch(part)
            if match:
                return _CAMERAS[match[1]]
    return None
