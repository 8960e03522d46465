"""Hashes that stand for the content of a dataset: of its frames, its labels, and the whole.

A video's hash covers both configs: `frames` (every image file, byte by byte as stored, not its pixels) and `videos`
(ids, length, frame rate, expressions). How the elements are cut into segments, shards and configs is not in it, nor is
the TFDS version: the same content stored otherwise has the same fingerprint.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from mebench.data.interval import VideoInfo
from mebench.sealed.canonical import canonical_json
from mebench.sealed.document import read_sealed, write_sealed

FINGERPRINT_VERSION = 1

SIDECAR = "fingerprint.json"
"""Lies beside the shards of a `frames` config, so that gigabytes are hashed once; elsewhere where that is read-only."""


def frames_hash(files: Iterable[bytes]) -> str:
    """Return the sha256 over the image files of a video, each after its length: the key of what is made of them."""
    digest = hashlib.sha256()
    for data in files:
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def video_hash(info: VideoInfo, frames: str) -> str:
    """Return the sha256 of a video: canonical JSON of its facts and labels, and its `frames_hash`."""
    return _sha256(canonical_json([asdict(info), frames]))


def dataset_hash(videos: Sequence[tuple[VideoInfo, str]]) -> str:
    """Return the sha256 over subjects, sorted; each is the sha256 over the `video_hash` of its videos by id."""
    subjects: dict[str, list[str]] = {}
    for info, fingerprint in sorted(videos, key=lambda pair: pair[0].video_id):
        subjects.setdefault(info.subject, []).append(fingerprint)
    inner = [[subject, _sha256(canonical_json(rows))] for subject, rows in sorted(subjects.items())]
    return _sha256(canonical_json([FINGERPRINT_VERSION, inner]))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def stored_frame_hashes(place: Path, folder: Path) -> dict[str, str] | None:
    """Return the frame hashes, by video id, that an earlier run left; None where there are none that fit the shards.

    Args:
        place: file that they were stored in.
        folder: of the shards.

    Raises:
        DamagedFile: the file is not what was stored.
    """
    try:
        note = read_sealed(place, _key(folder))
    except FileNotFoundError:
        return None
    hashes: dict[str, str] = note["videos"]
    return hashes if note["shards"] == _shards(folder) else None


def store_frame_hashes(place: Path, folder: Path, hashes: dict[str, str]) -> None:
    """Store the frame hashes; they hold as long as names, sizes and times of the shards do.

    Args:
        place: file to write.
        folder: of the shards.
        hashes: by video id.

    Raises:
        MebenchError: the file cannot be written.
    """
    write_sealed(place, _key(folder), {"shards": _shards(folder), "videos": hashes})


def _key(folder: Path) -> list[str | int]:
    """Return what the hashes are of: name, config and version, hashed in this way."""
    return ["fingerprint", FINGERPRINT_VERSION, *folder.parts[-3:]]


def _shards(folder: Path) -> list[list[str | int]]:
    """Return name, size and time (ns) of every shard, sorted by name."""
    stats = [(path.name, path.stat()) for path in sorted(folder.glob("*.array_record*"))]
    return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]
