"""Hashes that stand for the content of a dataset: of its frames, its labels, and the whole."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mebench.atomic import write_text
from mebench.config import canonical_json
from mebench.data.interval import VideoInfo

FINGERPRINT_VERSION = 1


@dataclass(frozen=True)
class VideoFingerprint:
    """sha256 of a video's image files, in order, and of its facts and expressions."""

    frames: str
    labels: str


def labels_hash(info: VideoInfo) -> str:
    """Return the sha256 of a video's canonical JSON: ids, length, frame rate, expressions."""
    return hashlib.sha256(canonical_json(asdict(info)).encode()).hexdigest()


def frames_hash(files: Iterable[bytes]) -> str:
    """Return the sha256 over the files of a video, each after its length; the images are not decoded."""
    digest = hashlib.sha256()
    for data in files:
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def dataset_hash(videos: Sequence[tuple[VideoInfo, VideoFingerprint]]) -> str:
    """Return the sha256 over subjects, each the sha256 over its videos by id: frames and labels.

    Where a video's frames lie (segments, shards, configs) does not matter.
    """
    subjects: dict[str, list[str]] = {}
    for info, print_ in sorted(videos, key=lambda pair: pair[0].video_id):
        subjects.setdefault(info.subject, []).append(f"{info.video_id}:{print_.frames}:{print_.labels}")
    inner = {subject: hashlib.sha256("\n".join(rows).encode()).hexdigest() for subject, rows in subjects.items()}
    return hashlib.sha256(canonical_json([FINGERPRINT_VERSION, sorted(inner.items())]).encode()).hexdigest()


def stored_frame_hashes(folder: Path) -> dict[str, str] | None:
    """Return the frame hashes of a built dataset that an earlier run left beside its shards; None where none fits."""
    try:
        note = json.loads((folder / "fingerprint.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    fits = note.get("version") == FINGERPRINT_VERSION and note.get("shards") == _shards(folder)
    return dict(note["videos"]) if fits else None


def store_frame_hashes(folder: Path, videos: dict[str, str]) -> None:
    """Leave the frame hashes beside the shards; they hold as long as names, sizes and times of the shards do."""
    note = {"version": FINGERPRINT_VERSION, "shards": _shards(folder), "videos": videos}
    write_text(folder / "fingerprint.json", json.dumps(note, indent=1, sort_keys=True) + "\n")


def _shards(folder: Path) -> list[list[str | int]]:
    """Return name, size and time of every shard, as JSON has them."""
    return [list(row) for row in _stats(folder)]


def _stats(folder: Path) -> Iterator[tuple[str, int, int]]:
    for path in sorted(folder.glob("*.array_record*")):
        stat = path.stat()
        yield path.name, stat.st_size, stat.st_mtime_ns
