"""Addresses in a stranger's text: nothing but the web's become links."""

import re
from dataclasses import dataclass

_LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Piece:
    """A part of a source: text, and its address where it is one."""

    text: str
    address: str = ""


def pieces(source: str) -> tuple[Piece, ...]:
    """Return a source cut into texts and addresses; nothing but http and https is an address."""
    found, end = [], 0
    for match in _LINK.finditer(source):
        address = match.group().rstrip(".,;)")
        found += [Piece(source[end : match.start()]), Piece(address, address)]
        end = match.start() + len(address)
    return tuple(piece for piece in [*found, Piece(source[end:])] if piece.text)
