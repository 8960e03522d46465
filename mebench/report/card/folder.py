"""The card of a built dataset, in a folder: a page and a picture."""

from pathlib import Path

from mebench.atomic import write_text
from mebench.data.builders import builder_classes, is_built
from mebench.data.source import open_dataset
from mebench.progress import Progress
from mebench.report.card.card import draw_card
from mebench.report.card.contact_sheet import contact_sheet
from mebench.report.card.page import card_markdown

PICTURE, PAGE = "card.png", "card.md"


def write_card(name: str, variant: str, data_dir: Path | None, out: Path | None, progress: Progress) -> list[Path]:
    """Write the card of a dataset and return its files; none where it is not built.

    Args:
        name: of the dataset.
        variant: of it; "" for the only or main one.
        data_dir: folder of built datasets; None: that of TFDS.
        out: folder of the card; None: `cards/<name>` or `cards/<name>_<variant>`.
        progress: shows the stages.

    Raises:
        MebenchError: unknown name or variant, a shard is damaged, or the folder cannot be written.
    """
    if not is_built(name, variant, data_dir):
        return []
    dataset = open_dataset(name, variant, data_dir, progress)
    folder = out if out is not None else Path("cards") / (f"{name}_{variant}" if variant else name)
    faces = contact_sheet(dataset)
    draw_card(dataset, faces, folder / PICTURE)
    card = getattr(builder_classes()[name], "CARD", None)
    write_text(folder / PAGE, card_markdown(dataset, faces, card, PICTURE))
    return [folder / PAGE, folder / PICTURE]
