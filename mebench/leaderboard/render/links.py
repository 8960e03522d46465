"""Addresses in a stranger's text: the web's, arXiv's numbers and DOIs become links, and nothing else."""

import re
from dataclasses import dataclass

_LINK = re.compile(
    r"https?://[^\s<>\"']+"
    r"|\barXiv[: ]\s?(?P<arxiv>[0-9]{4}\.[0-9]{4,5})(?:v[0-9]+)?"
    r"|\bdoi[: ]\s?(?P<doi>10\.[0-9]{4,9}/[^\s<>\"']+)",
    re.IGNORECASE,
)

PLACES = {"https://arxiv.org/abs/": "arXiv ", "https://doi.org/": "doi "}
"""Where numbers of papers lead, and how a reader knows them."""


@dataclass(frozen=True)
class Piece:
    """A part of a source: text, and its address where it is one."""

    text: str
    address: str = ""


def pieces(source: str) -> tuple[Piece, ...]:
    """Return a source cut into texts and addresses; nothing but http, https, arXiv and DOIs is an address."""
    found, end = [], 0
    for match in _LINK.finditer(source):
        text = match.group().rstrip(".,;)")
        found += [Piece(source[end : match.start()]), Piece(text, _address(match, text))]
        end = match.start() + len(text)
    return tuple(piece for piece in [*found, Piece(source[end:])] if piece.text)


def with_paper(source: str, paper: str) -> tuple[Piece, ...]:
    """Return the pieces of a source, with a paper's address before them where it is not among them."""
    known = pieces(source)
    if not paper or paper in {piece.address for piece in known}:
        return known
    text = next((paper.replace(place, name) for place, name in PLACES.items() if paper.startswith(place)), paper)
    return (Piece(text, paper), *((Piece("; "), *known) if known else ()))


def _address(match: re.Match[str], text: str) -> str:
    if match["arxiv"]:
        return f"https://arxiv.org/abs/{match['arxiv']}"
    return f"https://doi.org/{match['doi'].rstrip('.,;)')}" if match["doi"] else text
