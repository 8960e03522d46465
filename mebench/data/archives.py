"""Looking at a licensed archive before anything is built of it."""

from pathlib import Path

from mebench.data.audit import Audit
from mebench.data.builders import builder_classes, builder_of
from mebench.data.variants import chosen
from mebench.errors import MebenchError
from mebench.progress import Progress


def needs_archive(name: str) -> bool:
    """Return whether a dataset is made from an archive that the user brings."""
    return bool(builder_classes()[name].MANUAL_DOWNLOAD_INSTRUCTIONS)


def audit_archive(text: str, archive: Path | None, config: str, policy: str, deep: bool, progress: Progress) -> Audit:
    """Return what an archive holds and what is wrong with it.

    Args:
        text: `name` or `name/variant`; with `config` and `policy` as `mebench.data.variants.chosen` takes them.
        archive: its folder; None: the user gave none, which is an error that says where to get it.
        config: a variant, a form or both; "" for the main ones.
        policy: repair policy; "" for the main one.
        deep: read every image, not a few of each video.
        progress: shows the videos whose images are looked at.

    Raises:
        MebenchError: unknown name, no folder, or a dataset that is not made from an archive.
    """
    classes, name = builder_classes(), text.partition("/")[0]
    if name in classes and not needs_archive(name):
        example = text if "/" in text else f"{name}/{classes[name].VARIANTS[0]}".removesuffix("/")
        raise MebenchError(f"{name} is made without an archive; run: mebench data build {example}")
    meant = chosen(classes, text, config, policy)
    if archive is None:
        home = classes[meant.name].HOMEPAGE
        raise MebenchError(f"say where the archive of {meant.name} is: --archive DIR (to get it apply at {home})")
    if not archive.is_dir():
        raise MebenchError(f"{archive} is no folder; give the folder that the archive of {meant.name} is unpacked in")
    builder = builder_of(meant.name, meant.variant, "videos", None)
    total = len(builder.reading(archive).videos)
    with progress.stage(f"Images: {'all' if deep else 'a few'} of each video", total, "videos") as advance:
        return builder.audit(archive, deep, advance)
