"""Hashes that stand for the content of a dataset: of its frames, its labels, and the whole.

A video's hash covers both configs: `frames` (every image file, byte by byte as stored, not its pixels) and `videos`
(ids, length, frame rate, expressions). How the elements are cut into segments, shards and configs is not in it, nor is
the TFDS version: the same content stored otherwise has the same fingerprint.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from mebench.atomic import write_text
from mebench.config import canonical_json
from mebench.data.interval import VideoInfo

FINGERPRINT_VERSION = 1

SIDECAR = "fingerprint.json"
"""Lies beside the shards of a `frames` config, so that gigabytes are hashed once."""


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


def stored_frame_hashes(folder: Path) -> dict[str, str] | None:
    """Return the frame hashes, by video id, that an earlier run left beside the shards; None where none fit."""
    try:
        note = json.loads((folder / SIDECAR).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if (
        not isinstance(note, dict)
        or note.get("version") != FINGERPRINT_VERSION
        or note.get("shards") != _shards(folder)
    ):
        return None
    hashes = note.get("videos")
    return {str(key): str(value) for key, value in hashes.items()} if isinstance(hashes, dict) else None


def store_frame_hashes(folder: Path, hashes: dict[str, str]) -> None:
    """Leave the frame hashes beside the shards; they hold as long as names, sizes and times of the shards do.

    Raises:
        MebenchError: the folder cannot be written.
    """
    note = {"version": FINGERPRINT_VERSION, "shards": _shards(folder), "videos": hashes}
    write_text(folder / SIDECAR, json.dumps(note, indent=1, sort_keys=True) + "\n")


def _shards(folder: Path) -> list[list[str | int]]:
    """Return name, size and time (ns) of every shard, sorted by name."""
    stats = [(path.name, path.stat()) for path in sorted(folder.glob("*.array_record*"))]
    return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]
