"""Facts of a dataset before anything is built: sizes as published, licence, where to apply."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Card:
    """Facts of a dataset as its authors or the challenge publish them; None where nobody says for sure.

    Attributes:
        holds: one line: what it is.
        kind: long videos, short clips, test set or questions.
        subjects, videos, micro, macro: numbers of them.
        fps: frames per second, as text (`200`, `100 (VIS, NIR: 25)`).
        licence: in a few words.
        apply: where to get it: an address, or what to do.
        experimental: the layout or table is known from code or papers only, never seen.
    """

    holds: str
    kind: str
    subjects: int | None
    videos: int | None
    micro: int | None
    macro: int | None
    fps: str
    licence: str
    apply: str
    experimental: bool = False
