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


def audit_archive(text: str, archive: Path, config: str, policy: str, deep: bool, progress: Progress) -> Audit:
    """Return what an archive holds and what is wrong with it.

    Args:
        text: `name` or `name/variant`; with `config` and `policy` as `mebench.data.variants.chosen` takes them.
        archive: its folder.
        config: a variant, a form or both; "" for the main ones.
        policy: repair policy; "" for the main one.
        deep: read every image, not a few of each video.
        progress: shows the videos whose images are looked at.

    Raises:
        MebenchError: unknown name, no folder, or a dataset that is not made from an archive.
    """
    meant = chosen(builder_classes(), text, config, policy)
    if not needs_archive(meant.name):
        raise MebenchError(f"{meant.name} is made without an archive; run: mebench data build {text}")
    if not archive.is_dir():
        raise MebenchError(f"{archive} is no folder; give the folder that the archive of {meant.name} is unpacked in")
    builder = builder_of(meant.name, meant.variant, "videos", None)
    total = len(builder.reading(archive).videos)
    with progress.stage(f"Images: {'all' if deep else 'a few'} of each video", total, "videos") as advance:
        return builder.audit(archive, deep, advance)
