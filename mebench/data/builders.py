"""Which datasets there are, and building them where they are missing."""

import importlib
from importlib import metadata
from pathlib import Path
from typing import Any

from mebench.errors import MebenchError, unknown_name
from mebench.progress import Progress

GROUP = "mebench.builders"
"""Entry points of this group name packages that register TFDS builders when they are imported."""


def register() -> None:
    """Import every package that registers builders: mebench's own, and those of other installed packages."""
    names = {entry.value for entry in metadata.entry_points(group=GROUP)} | {"tfds_builders"}
    for name in sorted(names):
        importlib.import_module(name)


def data_root(data_dir: Path | None) -> Path:
    """Return the folder of built datasets: the given one, or that of TFDS."""
    from tensorflow_datasets.core import constants

    return Path(data_dir) if data_dir is not None else Path(constants.DATA_DIR)


def dataset_variants() -> dict[str, list[str]]:
    """Return the variants of every dataset by its name; "" stands for the only or main one."""
    import tensorflow_datasets as tfds

    register()
    found = {}
    for name in tfds.list_builders():
        configs = [config.name for config in tfds.builder_cls(name).BUILDER_CONFIGS]
        if "videos" in configs or any(config.endswith("_videos") for config in configs):
            found[name] = [config[:-7] if config != "videos" else "" for config in configs if config.endswith("videos")]
    return found


def builder_of(name: str, variant: str, form: str, data_dir: Path | None) -> Any:
    """Return the TFDS builder of a dataset's `videos` or `frames`.

    Raises:
        MebenchError: no dataset of that name, or no such variant; the nearest name is given.
    """
    import tensorflow_datasets as tfds

    known = dataset_variants()
    if name not in known:
        raise unknown_name("dataset", name, known, "mebench data list")
    if variant not in known[name]:
        raise unknown_name(f"variant of {name}", variant, known[name])
    config = f"{variant}_{form}" if variant else form
    return tfds.builder(f"{name}/{config}", data_dir=str(data_root(data_dir)), file_format="array_record")


def is_built(name: str, variant: str, data_dir: Path | None) -> bool:
    """Return whether both configs of a dataset are built."""
    return all(builder_of(name, variant, form, data_dir).is_prepared() for form in ("videos", "frames"))


def build_dataset(name: str, variant: str, data_dir: Path | None, progress: Progress) -> Path:
    """Build what is missing of a dataset; return the folder of its frames.

    Raises:
        MebenchError: unknown name, another process builds it, or what the builder says of its source.
    """
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    videos, frames = (builder_of(name, variant, form, data_dir) for form in ("videos", "frames"))
    _prepare(videos)
    if not frames.is_prepared():
        total = sum(int(element["num_frames"]) for element in videos.as_data_source("full"))
        with progress.stage(f"Dataset: {name}{f' {variant}' if variant else ''}", total, "frames") as advance:
            frames.on_frames = advance
            _prepare(frames)
    return Path(frames.data_dir)


def _prepare(builder: Any) -> None:
    if builder.is_prepared():
        return
    try:
        builder.download_and_prepare()
    except AssertionError as error:
        if "manual" not in str(error).lower():
            raise
        raise MebenchError(
            f"{builder.name} is not built and needs its licensed archive; get it from {builder.info.homepage} and run: "
            f"mebench data build {builder.name} --archive DIR"
        ) from error
