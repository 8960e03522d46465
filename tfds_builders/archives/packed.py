"""Packed files in an archive's folder: named where images are missing, for they may hold them."""

from dataclasses import replace

from mebench.data.audit import Finding
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree, shortened

SUFFIXES = (".zip", ".rar", ".7z", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".z01", ".001", ".part1.rar")
"""Of files that a program has to unpack."""

IMAGES_MISSING = ("no-videos", "no-frames", "part-missing", "video-missing")
"""Findings that images are missing."""

_NAMED = 3


def with_packed(tree: Tree, reading: Reading) -> Reading:
    """Return the reading; where images are missing and packed files lie there, they are named.

    Where nothing can be built for want of images, the reason names them; otherwise each is a warning.
    """
    packed = tree.named(*SUFFIXES)
    if not packed or not any(finding.code in IMAGES_MISSING for finding in reading.findings):
        return reading
    if any(map(_is_fatal, reading.findings)):
        names = ", ".join(packed[:_NAMED]) + (", ..." if len(packed) > _NAMED else "")
        told = (replace(f, action=f"unpack {names}, or: {f.action}") if _is_fatal(f) else f for f in reading.findings)
        return replace(reading, findings=tuple(told))
    what = "a packed file, which is not looked into"
    action = "unpack it there: the missing images may be in it"
    more = shortened(Finding("warning", "packed-file", path, what, action) for path in packed)
    return replace(reading, findings=(*reading.findings, *more))


def _is_fatal(finding: Finding) -> bool:
    return finding.severity == "fatal" and finding.code in IMAGES_MISSING
