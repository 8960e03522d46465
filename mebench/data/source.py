"""A built dataset as the rest of mebench reads it: its videos, labelled, their frames read when asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mebench.data.builders import build_dataset, builder_of, list_datasets, title
from mebench.data.fingerprint import (
    SIDECAR,
    dataset_hash,
    frames_hash,
    store_frame_hashes,
    stored_frame_hashes,
    video_hash,
)
from mebench.data.frames import SEGMENT, LazyFrames, SegmentStore, raw_element
from mebench.data.interval import Expression, VideoInfo
from mebench.errors import MebenchError
from mebench.progress import Progress
from mebench.sealed.document import DamagedFile

_FACTS = ("video_id", "subject", "video", "fps", "num_frames", "has_labels", "first_number", "missing_numbers")

__all__ = ["Dataset", "Video", "build_dataset", "list_datasets", "open_dataset", "read_elements", "read_infos"]


@dataclass(frozen=True)
class Video:
    """One video.

    Attributes:
        info: facts and labels.
        frames: read when asked for.
        content_key: sha256 of the image files alone; what is made of the pixels is kept under it.
        fingerprint: sha256 of facts, labels and image files.
    """

    info: VideoInfo
    frames: LazyFrames
    content_key: str
    fingerprint: str


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
        MebenchError: unknown name, not built, or damaged.
    """
    builder = _built(name, variant, "videos", data_dir)
    infos = [_info(name, element) for element in read_elements(builder)]
    infos.sort(key=lambda info: (info.subject, info.video_id))
    return _first_subjects(infos, limit)


def read_elements(builder: Any) -> Iterator[dict[str, Any]]:
    """Yield the elements of a built config without pixels, decoded.

    Raises:
        MebenchError: a shard is damaged or gone.
    """
    source, folder = _raw(builder), Path(builder.data_dir)
    for number in range(len(source)):
        yield builder.info.features.deserialize_example_np(raw_element(source, number, folder))


def open_dataset(
    name: str,
    variant: str,
    data_dir: Path | None,
    progress: Progress,
    limit: int | None = None,
    spare: Path | None = None,
) -> Dataset:
    """Return a built dataset; the frames are hashed once, then never again while the built files stay as they are.

    Args:
        name: of the dataset, as `synth_me`.
        variant: size or form; "" for the only or main one.
        data_dir: folder of built datasets; None: that of TFDS.
        progress: shows the hashing.
        limit: keep only the first so many subjects, by id.
        spare: folder for the frames' hashes where the built files lie in one that cannot be written.

    Raises:
        MebenchError: unknown name, not built, or damaged.
    """
    builder = _built(name, variant, "frames", data_dir)
    every = read_infos(name, variant, data_dir)
    frames = dict(zip((info.video_id for info in every), _frames(builder, every), strict=True))
    hashes = _frame_hashes(Path(builder.data_dir), frames, progress, spare)
    videos = []
    for info in _first_subjects(every, limit):
        key = hashes[info.video_id]
        videos.append(Video(info, frames[info.video_id], key, video_hash(info, key)))
    return Dataset(name, variant, str(builder.version), tuple(videos))


def _built(name: str, variant: str, form: str, data_dir: Path | None) -> Any:
    """Return the builder of a config that is built."""
    builder = builder_of(name, variant, form, data_dir)
    if not builder.is_prepared():
        call = title(name, variant)
        archive = " --archive DIR" if builder.MANUAL_DOWNLOAD_INSTRUCTIONS else ""
        raise MebenchError(f"{call} is not built in {builder.data_dir_root}; run: mebench data build {call}{archive}")
    return builder


def _first_subjects(infos: list[VideoInfo], limit: int | None) -> list[VideoInfo]:
    subjects = set(sorted({info.subject for info in infos})[:limit])
    return [info for info in infos if info.subject in subjects]


def _frame_hashes(
    folder: Path, frames: dict[str, LazyFrames], progress: Progress, spare: Path | None
) -> dict[str, str]:
    """Return the stored frame hashes, or compute and store them."""
    places = [folder / SIDECAR]
    if spare is not None:
        places.append(spare / "fingerprints" / f"{'-'.join(folder.parts[-3:])}.json")
    for place in places:
        try:
            stored = stored_frame_hashes(place, folder)
        except DamagedFile as error:
            progress.say(f"{error}: the frames are hashed anew")
            continue
        if stored is not None and stored.keys() == frames.keys():
            return stored
    hashes = {}
    with progress.stage("Fingerprint", len(frames), "videos") as advance:
        for video_id, reader in frames.items():
            pieces = (reader.encoded(i, min(i + SEGMENT, len(reader))) for i in range(0, len(reader), SEGMENT))
            hashes[video_id] = frames_hash(data for piece in pieces for data in piece)
            advance(1)
    for place in places:
        try:
            store_frame_hashes(place, folder, hashes)
            return hashes
        except MebenchError as error:
            reason = error
    progress.say(f"the fingerprint will be computed again next time: {reason}")
    return hashes


def _frames(builder: Any, infos: list[VideoInfo]) -> Iterator[LazyFrames]:
    """Yield each video's frames; the shards hold subjects in order, in them videos by id, in them their segments."""
    store, first = SegmentStore(Path(builder.data_dir), lambda: _raw(builder)), 0
    for info in infos:
        label = f"{info.dataset}: subject {info.subject}, video {info.video_id}"
        yield LazyFrames(label, info.video_id, info.num_frames, first, store)
        first += -(-info.num_frames // SEGMENT)


def _raw(builder: Any) -> Any:
    """Return the serialised elements of a built config by number; TFDS cannot leave a sequence of images undecoded."""
    from tensorflow_datasets.core import decode

    return builder.as_data_source("full", deserialize_method=decode.DeserializeMethod.RAW_BYTES)


def _info(dataset: str, element: dict[str, Any]) -> VideoInfo:
    """Return the facts and labels of one element of a `videos` config."""
    columns = {name: [_plain(value) for value in values] for name, values in element["expressions"].items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return VideoInfo(
        dataset=dataset,
        **{key: _plain(element[key]) for key in _FACTS},
        expressions=tuple(_expression(row) for row in rows),
    )


def _plain(value: Any) -> Any:
    """Return text, int or float for what TFDS gives; it stores floats in single precision, 29.97 is 29.97 again."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float | np.floating):
        return float(str(np.float32(value)))
    return value.item() if isinstance(value, np.generic) else value


def _expression(row: dict[str, Any]) -> Expression:
    return Expression(**{**row, "aus": _split(row["aus"], "+"), "repairs": _split(row["repairs"], "\n")})


def _split(text: str, separator: str) -> tuple[str, ...]:
    return tuple(text.split(separator)) if text else ()
