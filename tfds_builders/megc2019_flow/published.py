"""The composite as published, and the copy of it that published figures were computed again from."""

from collections.abc import Mapping
from types import MappingProxyType

PUBLISHED: Mapping[str, int] = MappingProxyType(
    {
        "subjects": 68,
        "videos": 442,
        "clips of smic": 164,
        "clips of casme2": 145,
        "clips of samm": 133,
        "negative": 250,
        "positive": 109,
        "surprise": 83,
    }
)

COPY = "91cf4bda"
"""Commit of the public repository that the hashes are of (README.md)."""

LABELS = "720eb78f3d79a6719224002e863af7a968e9868820c69574661036fa04ed7fd6"
"""sha256 of the lines `video_id class`, sorted."""

PIXELS = "50883e48ff90c578632c42965067d5205ff9b387c716ff5648abbada0c981e89"
"""sha256 of the decoded pictures, in order of the clips' ids: rows of (strain, v, u), as OpenCV gives them."""
