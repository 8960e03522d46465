"""A page with every clip of a question-answering run: its pictures, each question, truth, answer, right or wrong."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import cv2
import numpy as np
from jaxtyping import UInt8

SIDE = 144
"""Side of a picture on the page in px."""

_QUALITY = 75


@dataclass(frozen=True)
class Picture:
    """A picture of a clip with what stands below it; the bytes are a JPEG file."""

    caption: str
    data: bytes

    @property
    def address(self) -> str:
        """The picture as an address that holds it whole."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True)
class AnswerRow:
    """One question: as it was put, the true answer, the model's, and whether they are equal but for case."""

    question: str
    truth: str
    answer: str

    @property
    def right(self) -> bool:
        """Whether the answer is the true one, letter case and a final full stop apart."""
        one, two = (text.strip().lower().removesuffix(".") for text in (self.truth, self.answer))
        return one == two


@dataclass(frozen=True)
class ClipCard:
    """One clip: its name, a line of facts, its pictures and its questions."""

    name: str
    facts: str
    pictures: tuple[Picture, ...]
    rows: tuple[AnswerRow, ...]


def picture_of(image: UInt8[np.ndarray, "h w 3"], caption: str) -> Picture:
    """Return an RGB picture, `SIDE` pixels square, as a JPEG file."""
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return Picture(caption, data.tobytes())


def answers_page(title: str, summary: str, legend: str, cards: Sequence[ClipCard]) -> str:
    """Return the page; it loads nothing, and works without JavaScript.

    Args:
        title: of the page.
        summary: a line on the run.
        legend: what the colours of flow pictures mean.
        cards: of the clips.
    """
    from jinja2 import Environment, StrictUndefined

    text = (resources.files("mebench.report") / "templates" / "answers.html.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    right = sum(row.right for card in cards for row in card.rows)
    total = sum(len(card.rows) for card in cards)
    return environment.from_string(text).render(
        title=title, summary=summary, legend=legend, cards=cards, right=right, total=total, side=SIDE
    )
