"""What the builders of long-video datasets share: element formats, one shard a subject, checks, safe rebuilding."""

import abc
import fcntl
import functools
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds

from mebench.data.interval import VideoInfo
from mebench.errors import MebenchError
from tfds_builders.writer import DeterministicWriter

SEGMENT = 128
"""Most frames of one element of a `frames` config: long videos are gigabytes."""

SPLIT = "full"
"""The one split: protocols decide what is trained on (`all` is a reserved name in TFDS)."""

Element = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class SourceVideo:
    """One video as its source has it.

    Attributes:
        info: ids, length, annotated expressions; 0-based frames.
        frames: gives the original image files' bytes, in order, `info.num_frames` of them.
    """

    info: VideoInfo
    frames: Callable[[], Iterator[bytes]]


def configs(variants: Sequence[str]) -> list[tfds.core.BuilderConfig]:
    """Return the configs `<variant>_videos` and `<variant>_frames` of each variant; of "" plain `videos`, `frames`."""
    return [
        tfds.core.BuilderConfig(name=f"{variant}_{form}" if variant else form, description=_DESCRIPTIONS[form])
        for variant in variants
        for form in ("videos", "frames")
    ]


_DESCRIPTIONS = {
    "videos": "One element a video, without pixels: length, frame rate, annotated expressions.",
    "frames": f"One element for up to {SEGMENT} consecutive frames of a video, as the original files' bytes.",
}

_VIDEO = {
    "video_id": tfds.features.Text(doc="Unique in the dataset."),
    "subject": tfds.features.Text(),
    "video": tfds.features.Text(),
    "fps": np.float64,
    "num_frames": np.int64,
}

_EXPRESSION = {
    "onset": np.int64,
    "apex": np.int64,
    "offset": np.int64,
    "kind": tfds.features.Text(doc="micro or macro"),
    "emotion": tfds.features.Text(doc="As in the source."),
    "coarse": tfds.features.Text(),
    "fine": tfds.features.Text(),
    "aus": tfds.features.Text(doc="Joined by +; TFDS without TensorFlow has no sequence in a sequence."),
}


class LongVideoBuilder(tfds.core.ShardBasedBuilder, skip_registration=True):
    """Base of the builders of long videos; a subclass gives its subjects and their videos.

    A subclass sets `VERSION`, `RELEASE_NOTES`, `DESCRIPTION`, `HOMEPAGE` and
    `BUILDER_CONFIGS = configs(("quick", "full"))`. Elements are described in the shared formats of mebench.

    Attributes:
        on_frames: called with the number of frames after each written element; set it to show progress.
    """

    DESCRIPTION: ClassVar[str] = ""
    HOMEPAGE: ClassVar[str] = ""
    on_frames: Callable[[int], None] | None = None

    @abc.abstractmethod
    def subjects(self, dl_manager: tfds.download.DownloadManager, variant: str) -> list[str]:
        """Return the ids of the subjects, each once."""

    @abc.abstractmethod
    def videos(self, dl_manager: tfds.download.DownloadManager, variant: str, subject: str) -> Iterator[SourceVideo]:
        """Yield the videos of a subject, sorted by video id."""

    @property
    def variant(self) -> str:
        """The size or form of the dataset; empty where there is only one."""
        return "" if self._form == self.builder_config.name else self.builder_config.name.removesuffix(f"_{self._form}")

    @property
    def _form(self) -> str:
        return "frames" if self.builder_config.name.endswith("frames") else "videos"

    def _info(self) -> tfds.core.DatasetInfo:
        if self._form == "frames":
            own = {"start": np.int64, "frames": tfds.features.Sequence(tfds.features.Image(shape=(None, None, 3)))}
        else:
            own = {"expressions": tfds.features.Sequence(_EXPRESSION)}
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.DESCRIPTION,
            homepage=self.HOMEPAGE,
            features=tfds.features.FeaturesDict({**_VIDEO, **own}),
        )

    def _example_writer(self) -> DeterministicWriter:
        return DeterministicWriter(file_format=self.info.file_format)

    def _log_download_bytes(self) -> None:
        """Leave it to the caller to say what is built."""

    def _log_download_done(self) -> None:
        """Leave it to the caller to say what was built."""

    def _download_and_prepare(self, dl_manager: Any, download_config: Any = None) -> None:
        with _only_builder(Path(self.data_dir)):
            super()._download_and_prepare(dl_manager, download_config)

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, list[Callable[[], Iterator[Element]]]]:
        subjects = self.subjects(dl_manager, self.variant)
        repeated = {subject for subject in subjects if subjects.count(subject) > 1}
        if repeated or not subjects:
            what = f"names subject {min(repeated)} twice" if repeated else "has no subject"
            raise MebenchError(f"{self.name}: the source {what}; each subject must stand there once")
        seen: set[str] = set()
        return {SPLIT: [functools.partial(self._shard, dl_manager, s, seen) for s in sorted(subjects)]}

    def _shard(self, dl_manager: tfds.download.DownloadManager, subject: str, seen: set[str]) -> Iterator[Element]:
        """Yield the elements of one subject."""
        for video in self.videos(dl_manager, self.variant, subject):
            info = video.info
            if info.video_id in seen or info.subject != subject:
                raise MebenchError(
                    f"{self.name}: video {info.video_id} of subject {info.subject} stands twice or under another "
                    f"subject ({subject}); every video must stand once, under its subject"
                )
            seen.add(info.video_id)
            for key, element in _segments(video) if self._form == "frames" else [(info.video_id, _annotations(info))]:
                yield key, element
                if self.on_frames is not None:
                    self.on_frames(len(element.get("frames", ())))


def _segments(video: SourceVideo) -> Iterator[Element]:
    """Yield the frames of a video in segments, and make sure that all are there."""
    info, frames, start = video.info, video.frames(), 0
    while batch := list(itertools.islice(frames, SEGMENT)):
        yield f"{info.video_id}/{start:09d}", {**_facts(info), "start": start, "frames": batch}
        start += len(batch)
    if start != info.num_frames:
        raise MebenchError(
            f"{info.dataset}: video {info.video_id} has {start} frames, its annotation says {info.num_frames}"
        )


def _facts(info: VideoInfo) -> dict[str, Any]:
    return {name: getattr(info, name) for name in _VIDEO}


def _annotations(info: VideoInfo) -> dict[str, Any]:
    """Return the element of a `videos` config."""
    plain = [name for name in _EXPRESSION if name != "aus"]
    rows = [{**{name: getattr(e, name) for name in plain}, "aus": "+".join(e.aus)} for e in info.expressions]
    return {**_facts(info), "expressions": rows}


@contextmanager
def _only_builder(target: Path) -> Iterator[None]:
    """Hold the config's folder for this process, and clear away what builds that were cut off left there."""
    with (target.parent / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise MebenchError(f"another process is building {target.parent}; wait for it") from error
        _clear(path for path in target.parent.glob("incomplete.*") if path != target)
        yield


def _clear(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder)
