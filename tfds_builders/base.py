"""What the builders of long-video datasets share: element formats, one shard a subject, checks, safe rebuilding."""

import abc
import dataclasses
import fcntl
import functools
import itertools
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds
from tensorflow_datasets.core import constants, example_serializer

from mebench.data.interval import VideoInfo
from mebench.errors import MebenchError
from tfds_builders.checks import DuplicateKey, check_video
from tfds_builders.writer import DeterministicWriter, write_shards

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


@dataclass(eq=False, kw_only=True)
class LongVideoConfig(tfds.core.BuilderConfig):
    """One form of one variant.

    Attributes:
        variant: size or form of the dataset; "" for the only or main one. Of a `frames` config: that of the pixels.
        form: `frames` (segments with pixels) or `videos` (facts and labels).
    """

    variant: str = ""
    form: str = "frames"


_DESCRIPTIONS = {
    "frames": f"One element for up to {SEGMENT} consecutive frames of a video, as the original files' bytes.",
    "videos": "One element a video, without pixels: length, frame rate, annotated expressions.",
}


def configs(pixels: Mapping[str, str]) -> list[LongVideoConfig]:
    """Return `<variant>_videos` of each variant and `<pixels>_frames` of each set of pixels; of "" plain `videos`...

    Args:
        pixels: the variant whose frames each variant has; variants that differ in labels alone share frames.
    """
    forms = [(variant, "frames") for variant in dict.fromkeys(pixels.values())]
    forms += [(variant, "videos") for variant in pixels]
    return [
        LongVideoConfig(
            name=f"{variant}_{form}" if variant else form, description=_DESCRIPTIONS[form], variant=variant, form=form
        )
        for variant, form in forms
    ]


_VIDEO = {
    "video_id": tfds.features.Text(doc="Unique in the dataset."),
    "subject": tfds.features.Text(),
    "video": tfds.features.Text(),
    "fps": np.float64,
    "num_frames": np.int64,
}

_MORE = {
    "has_labels": np.bool_,
    "first_number": np.int64,
    "missing_numbers": tfds.features.Text(doc="Numbers that the source's files skip, as 12-15,30."),
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
    "raw_row": np.int64,
    "raw_onset": tfds.features.Text(doc="The table's cell, in the source's own numbering."),
    "raw_apex": tfds.features.Text(),
    "raw_offset": tfds.features.Text(),
    "raw_aus": tfds.features.Text(),
    "notes": tfds.features.Text(doc="What else the row says, as JSON."),
    "repairs": tfds.features.Text(doc="What was changed against the row; joined by line breaks."),
}


class LongVideoBuilder(tfds.core.ShardBasedBuilder):
    """Base of the builders of long videos; a subclass gives its subjects and their videos.

    A subclass sets `VERSION`, `RELEASE_NOTES`, `HOMEPAGE`, `VARIANTS`, and in `PIXELS` the variant whose frames a
    variant shares where it differs in labels alone; README.md, CITATIONS.bib and TAGS.txt beside
    it describe it. Shards are ArrayRecord, one a subject, sorted by subject and in it by video id; their bytes follow
    from what the subclass gives. It runs unchanged under Beam (`DownloadConfig(beam_runner=...)`), one shard an
    element; a Beam worker then holds all of a subject in memory, which building without Beam does not.

    Attributes:
        on_frames: called with the number of frames of each element that is ready (0 for a `videos` config); set it on
            the instance to show progress.
        jobs: shards that are written at a time, in threads; the bytes do not depend on it.
    """

    VARIANTS: ClassVar[tuple[str, ...]] = ("",)
    PIXELS: ClassVar[Mapping[str, str]] = MappingProxyType({})
    DESCRIPTION: ClassVar[str] = ""
    HOMEPAGE: ClassVar[str] = ""
    on_frames: Callable[[int], None] | None = None
    jobs: int = 1

    def __init_subclass__(cls, skip_registration: bool = False) -> None:
        """Make the configs of `VARIANTS`, unless the subclass has its own."""
        if "BUILDER_CONFIGS" not in cls.__dict__:
            cls.BUILDER_CONFIGS = configs({variant: cls.PIXELS.get(variant, variant) for variant in cls.VARIANTS})
        super().__init_subclass__(skip_registration=skip_registration)

    def __init__(
        self, *, data_dir: Any = None, config: Any = None, version: Any = None, file_format: Any = None
    ) -> None:
        """Make the builder of one config, as `tfds.core.DatasetBuilder` does.

        Raises:
            MebenchError: another file format than ArrayRecord.
        """
        kind = tfds.core.FileFormat
        if file_format is not None and kind.from_value(file_format) is not kind.ARRAY_RECORD:
            raise MebenchError(f"{self.name} is written as array_record only, not as {file_format}")
        super().__init__(data_dir=data_dir, config=config, version=version, file_format="array_record")
        self._progress_lock = threading.Lock()

    @abc.abstractmethod
    def subjects(self, dl_manager: tfds.download.DownloadManager, variant: str) -> list[str]:
        """Return the ids of the subjects, each once."""

    @abc.abstractmethod
    def videos(self, dl_manager: tfds.download.DownloadManager, variant: str, subject: str) -> Iterator[SourceVideo]:
        """Yield the videos of a subject, each once; cheaply: a video's frames are asked for one video at a time."""

    def image_feature(self, variant: str) -> tfds.features.Image:
        """Return the feature of one frame of a set of pixels: three channels of 8 bits, unless a subclass has others.

        It decodes only: the stored bytes are those of the source's files.
        """
        return tfds.features.Image(shape=(None, None, 3))

    @property
    def variant(self) -> str:
        """The size or form of the dataset; empty where there is only one."""
        return self.builder_config.variant

    def is_prepared(self) -> bool:
        """Return whether the config is built; TFDS's own answer is the same, with a warning where it is not."""
        return (Path(self.data_dir) / constants.DATASET_INFO_FILENAME).is_file()

    def download_and_prepare(
        self, *, download_dir: Any = None, download_config: Any = None, file_format: Any = None
    ) -> None:
        """Build the config if it is not there, after clearing away what builds that were cut off left.

        Raises:
            MebenchError: another process builds it, or the source is not as it must be.
        """
        mode = download_config.download_mode if download_config is not None else None
        if self.is_prepared() and not (mode is not None and mode.overwrite_dataset):
            return
        with _only_builder(Path(self.data_dir).parent):
            super().download_and_prepare(
                download_dir=download_dir, download_config=download_config, file_format=file_format
            )

    def _info(self) -> tfds.core.DatasetInfo:
        if self.builder_config.form == "frames":
            own = {"start": np.int64, "frames": tfds.features.Sequence(self.image_feature(self.variant))}
        else:
            own = {**_MORE, "expressions": tfds.features.Sequence(_EXPRESSION)}
        return self.dataset_info_from_configs(
            description=self.DESCRIPTION,
            homepage=self.HOMEPAGE,
            features=tfds.features.FeaturesDict({**_VIDEO, **own}),
            disable_shuffling=True,
        )

    def _example_writer(self) -> DeterministicWriter:
        return DeterministicWriter(file_format=self.info.file_format)

    def _log_download_bytes(self) -> None:
        """Leave it to the caller to say what is built; TFDS prints."""

    def _log_download_done(self) -> None:
        """Leave it to the caller to say what was built."""

    def _download_and_prepare(self, dl_manager: Any, download_config: Any = None) -> None:
        if download_config is not None and download_config.beam_runner is not None:
            super()._download_and_prepare(dl_manager, download_config)
            return
        shards = self._shard_iterators_per_split(dl_manager)[SPLIT]
        template = self._get_filename_template(split_name=SPLIT)
        paths = [Path(template.sharded_filepath(shard_index=i, num_shards=len(shards))) for i in range(len(shards))]
        counts = write_shards(paths, shards, self._serialise, self._example_writer(), self.jobs)
        size = sum(path.stat().st_size for path in paths)
        split = tfds.core.SplitInfo(name=SPLIT, shard_lengths=counts, num_bytes=size, filename_template=template)
        self.info.set_splits(tfds.core.splits.SplitDict([split]))

    @functools.cached_property
    def _serializer(self) -> example_serializer.ExampleSerializer:
        return example_serializer.ExampleSerializer(self.info.features.get_serialized_info())

    def _serialise(self, element: dict[str, Any]) -> bytes:
        return self._serializer.serialize_example(self.info.features.encode_example(element))

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, list[Callable[[], Iterator[Element]]]]:
        subjects = self.subjects(dl_manager, self.variant)
        if not subjects:
            raise MebenchError(f"{self.name}: the source has no subject; look at the folder it was given")
        for subject in subjects:
            if subjects.count(subject) > 1:
                raise DuplicateKey(f"{self.name}: the source names subject {subject} twice; each must stand there once")
        owners: dict[str, str] = {}
        return {SPLIT: [functools.partial(self._shard, dl_manager, s, owners) for s in sorted(subjects)]}

    def _shard(
        self, dl_manager: tfds.download.DownloadManager, subject: str, owners: dict[str, str]
    ) -> Iterator[Element]:
        """Yield the elements of one subject; `owners` holds the subject of every video id of the dataset so far."""
        videos = sorted(self.videos(dl_manager, self.variant, subject), key=lambda video: video.info.video_id)
        if not videos:
            raise MebenchError(f"{self.name}: subject {subject} has no video; leave the subject out")
        before = ""
        for video in videos:
            info = video.info
            check_video(self.name, subject, info)
            if info.video_id == before or owners.setdefault(info.video_id, subject) != subject:
                raise DuplicateKey(
                    f"{self.name}: video id {info.video_id} (subject {subject}, video {info.video}) stands twice, the "
                    f"other time under subject {owners[info.video_id]}; every video needs an id of its own"
                )
            before = info.video_id
            yield from self._elements(video)

    def _elements(self, video: SourceVideo) -> Iterator[Element]:
        """Yield the elements of one video and tell `on_frames` of each."""
        info = video.info
        frames = self.builder_config.form == "frames"
        for key, element in _segments(video) if frames else [(info.video_id, _annotations(info))]:
            yield key, element
            if self.on_frames is not None:
                with self._progress_lock:
                    self.on_frames(len(element.get("frames", ())))


def _segments(video: SourceVideo) -> Iterator[Element]:
    """Yield the frames of a video in segments, and make sure that all are there, each whole."""
    info, start = video.info, 0
    frames = itertools.islice(video.frames(), info.num_frames + 1)  # one too many is enough to know
    while batch := list(itertools.islice(frames, SEGMENT)):
        _check_count(info, start + len(batch), most=True)
        empty = [start + i for i, data in enumerate(batch) if not data]
        if empty:
            raise MebenchError(f"{info.dataset}: video {info.video_id}: the file of frame {empty[0]} is empty")
        yield f"{info.video_id}/{start:09d}", {**_facts(info), "start": start, "frames": batch}
        start += len(batch)
    _check_count(info, start, most=False)


def _check_count(info: VideoInfo, found: int, most: bool) -> None:
    if found > info.num_frames if most else found != info.num_frames:
        more = "more frames than" if most else f"{found} frames, not"
        raise MebenchError(
            f"{info.dataset}: video {info.video_id} (subject {info.subject}) has {more} the {info.num_frames} that its "
            "source states; repair the archive or its table"
        )


def _facts(info: VideoInfo) -> dict[str, Any]:
    return {name: getattr(info, name) for name in _VIDEO}


def _annotations(info: VideoInfo) -> dict[str, Any]:
    """Return the element of a `videos` config."""
    rows = [
        {**dataclasses.asdict(e), "aus": "+".join(e.aus), "repairs": "\n".join(e.repairs)} for e in info.expressions
    ]
    return {**_facts(info), **{name: getattr(info, name) for name in _MORE}, "expressions": rows}


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    """Hold a config's folder for this process, and clear away what builds that were cut off left there."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise MebenchError(f"another process is building {folder}; wait until it is done") from error
        for left in folder.glob(f"{constants.INCOMPLETE_PREFIX}*"):
            shutil.rmtree(left)
        yield
