"""The card of a built dataset, in a folder: a page and a picture."""

from pathlib import Path

from mebench.atomic import write_text
from mebench.data.builders import builder_classes, is_built
from mebench.data.source import open_dataset
from mebench.progress import Progress
from mebench.report.dataset_card import card_markdown, draw_card

PICTURE, PAGE = "card.png", "card.md"


def write_card(name: str, variant: str, data_dir: Path | None, out: Path | None, progress: Progress) -> list[Path]:
    """Write the card of a dataset and return its files; none where it is not built.

    Args:
        name: of the dataset.
        variant: of it; "" for the only or main one.
        data_dir: folder of built datasets; None: that of TFDS.
        out: folder of the card; None: `cards/<name>` or `cards/<name>_<variant>`.
        progress: shows the stages.
    """
    if not is_built(name, variant, data_dir):
        return []
    dataset = open_dataset(name, variant, data_dir, progress)
    folder = out if out is not None else Path("cards") / (f"{name}_{variant}" if variant else name)
    folder.mkdir(parents=True, exist_ok=True)
    draw_card(dataset, folder / PICTURE)
    write_text(folder / PAGE, card_markdown(dataset, getattr(builder_classes()[name], "CARD", None), PICTURE))
    return [folder / PAGE, folder / PICTURE]
