"""The folder of features and frame hashes: beside the data, or elsewhere where that cannot be written."""

import errno
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from mebench.data.builders import data_root
from mebench.errors import MebenchError
from mebench.features.cache import FeatureCache
from mebench.progress import Progress

FOLDER = "mebench_features"
"""Of the features, in the folder of built datasets."""


def open_cache(data: Path | None, cache: Path | None, progress: Progress) -> FeatureCache:
    """Return the cache of features; what lies beside the data is read from there in any case.

    Args:
        data: folder of built datasets; None: that of TFDS.
        cache: where a user wants features; None: beside the data, or, where that cannot be written, in the user's
            cache folder, which is said.
        progress: is told of that, and of damaged features.

    Raises:
        MebenchError: no folder can be written.
    """
    beside = data_root(data) / FOLDER
    if cache is not None:
        chosen = cache.expanduser()
        if not _writable(chosen):
            raise MebenchError(f"cannot write features to {chosen}; give a folder that can be written with --cache DIR")
    elif _writable(beside):
        chosen = beside
    else:
        chosen = user_cache_path("mebench") / "features"
        if not _writable(chosen):
            raise MebenchError(
                f"cannot write features to {beside} or {chosen}; give a folder with --cache DIR, or other data with "
                "--data DIR"
            )
        progress.say(f"{beside.parent} cannot be written: features go to {chosen} (--cache DIR chooses another folder)")
    others = (beside,) if chosen != beside and beside.is_dir() else ()
    return FeatureCache(chosen, others, progress.say)


def _writable(folder: Path) -> bool:
    """Return whether a folder, which is made where it is missing, can be written; modes do not tell on every disk."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)  # told of as such by whoever writes
