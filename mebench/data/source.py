"""A built dataset as the rest of mebench reads it: its videos, labelled, their frames read when asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mebench.data.builders import builder_of
from mebench.data.fingerprint import (
    VideoFingerprint,
    dataset_hash,
    frames_hash,
    labels_hash,
    store_frame_hashes,
    stored_frame_hashes,
)
from mebench.data.frames import SEGMENT, LazyFrames
from mebench.data.interval import Expression, VideoInfo
from mebench.errors import MebenchError
from mebench.progress import Progress


@dataclass(frozen=True)
class Video:
    """One video: facts and labels, its frames, and the hashes of both."""

    info: VideoInfo
    frames: LazyFrames
    fingerprint: VideoFingerprint


@dataclass(frozen=True)
class Dataset:
    """The videos of a built dataset, sorted by subject and video id."""

    name: str
    variant: str
    version: str
    videos: tuple[Video, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Ids of the subjects, sorted."""
        return tuple(sorted({video.info.subject for video in self.videos}))

    @property
    def fingerprint(self) -> str:
        """sha256 over the content of these videos (see `mebench.data.fingerprint`)."""
        return dataset_hash([(video.info, video.fingerprint) for video in self.videos])


def read_infos(name: str, variant: str, data_dir: Path | None, limit: int | None = None) -> list[VideoInfo]:
    """Return facts and labels of the videos of the first `limit` subjects (None: of all); no pixel is touched.

    Raises:
        MebenchError: unknown name, or not built.
    """
    builder = builder_of(name, variant, "videos", data_dir)
    if not builder.is_prepared():
        raise MebenchError(f"{name}{f'/{variant}' if variant else ''} is not built; run: mebench data build {name}")
    infos = sorted(_infos(name, builder.as_data_source("full")), key=lambda info: (info.subject, info.video_id))
    subjects = sorted({info.subject for info in infos})[:limit]
    return [info for info in infos if info.subject in subjects]


def open_dataset(
    name: str, variant: str, data_dir: Path | None, progress: Progress, limit: int | None = None
) -> Dataset:
    """Return a built dataset; the frames are hashed once, then never again while the built files stay as they are.

    Args:
        name: of the dataset, as `synth_me`.
        variant: size or form; "" for the only or main one.
        data_dir: folder of built datasets; None: that of TFDS.
        progress: shows the hashing.
        limit: keep only the first so many subjects, by id.

    Raises:
        MebenchError: unknown name, or not built.
    """
    builder = builder_of(name, variant, "frames", data_dir)
    every = read_infos(name, variant, data_dir)
    frames = dict(zip((info.video_id for info in every), _frames(builder, every), strict=True))
    folder = Path(builder.data_dir)
    hashes = stored_frame_hashes(folder)
    if hashes is None:
        hashes = _hash_frames(every, frames, progress)
        store_frame_hashes(folder, hashes)
    kept = {info.video_id for info in read_infos(name, variant, data_dir, limit)}
    videos = tuple(
        Video(info, frames[info.video_id], VideoFingerprint(hashes[info.video_id], labels_hash(info)))
        for info in every
        if info.video_id in kept
    )
    return Dataset(name, variant, str(builder.version), videos)


def _hash_frames(infos: list[VideoInfo], frames: dict[str, LazyFrames], progress: Progress) -> dict[str, str]:
    hashes = {}
    with progress.stage("Fingerprint", len(infos), "videos") as advance:
        for info in infos:
            reader = frames[info.video_id]
            pieces = (reader.encoded(i, min(i + SEGMENT, len(reader))) for i in range(0, len(reader), SEGMENT))
            hashes[info.video_id] = frames_hash(data for piece in pieces for data in piece)
            advance(1)
    return hashes


def _frames(builder: Any, infos: list[VideoInfo]) -> Iterator[LazyFrames]:
    """Yield each video's frames: one shard a subject, in it the segments of its videos one after the other."""
    subjects = sorted({info.subject for info in infos})
    first = dict.fromkeys(subjects, 0)
    for info in infos:
        shard = _shard_opener(builder, subjects.index(info.subject))
        label = f"{info.dataset} {info.video_id}"
        yield LazyFrames(label, info.video_id, info.num_frames, first[info.subject], shard)
        first[info.subject] += -(-info.num_frames // SEGMENT)


def _shard_opener(builder: Any, index: int) -> Callable[[], Any]:
    def opened() -> Any:
        from tensorflow_datasets.core import decode

        raw = decode.DeserializeMethod.RAW_BYTES
        return builder.as_data_source(f"full[{index}shard:{index + 1}shard]", deserialize_method=raw)

    return opened


def _infos(dataset: str, elements: Any) -> Iterator[VideoInfo]:
    for element in elements:
        rows = element["expressions"]
        columns = {name: [_plain(value) for value in values] for name, values in rows.items()}
        expressions = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        yield VideoInfo(
            dataset=dataset,
            **{key: _plain(element[key]) for key in ("video_id", "subject", "video", "fps", "num_frames")},
            expressions=tuple(Expression(**{**row, "aus": _aus(row["aus"])}) for row in expressions),
        )


def _plain(value: Any) -> Any:
    """Return text, int or float for what TFDS gives."""
    return value.decode() if isinstance(value, bytes) else value.item() if hasattr(value, "item") else value


def _aus(text: str) -> tuple[str, ...]:
    return tuple(text.split("+")) if text else ()
