"""Base of the builders of long-video datasets: forms, one shard per subject, builds that continue after a stop."""

import abc
import dataclasses
import functools
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Any, ClassVar

import tensorflow_datasets as tfds
from tensorflow_datasets.core import constants

from mebench.data.built import seal_built
from mebench.errors import MebenchError
from mebench.file_lock import held
from tfds_builders import beam, staging
from tfds_builders.checks import DuplicateKey, check_video
from tfds_builders.configs import LongVideoConfig, configs
from tfds_builders.elements import FRAMES, SEGMENT, Element, SourceVideo, elements_of, features_of
from tfds_builders.example import serialiser
from tfds_builders.staging import Staging
from tfds_builders.writer import FORMATS, Format, check_format, in_threads, until, write_records

__all__ = ["SEGMENT", "SPLIT", "LongVideoBuilder", "LongVideoConfig", "SourceVideo", "configs"]

SPLIT = "full"
"""The one split: protocols decide what is trained on (`all` is a reserved name in TFDS)."""


@dataclass(frozen=True)
class Shard:
    """A subject's shard before it is written.

    Attributes:
        subject: whose videos it holds.
        stamp: what it is called while the build goes on; see `tfds_builders.staging.stamp_of`.
        frames: how many it holds; 0 in a `videos` config.
    """

    subject: str
    stamp: str
    frames: int


class LongVideoBuilder(tfds.core.ShardBasedBuilder):
    """Base of the builders of long videos; a subclass gives its subjects and their videos.

    A subclass sets `VERSION`, `RELEASE_NOTES`, `HOMEPAGE`, `VARIANTS`, and in `PIXELS` the variant whose frames a
    variant shares where it differs in labels alone; README.md, CITATIONS.bib and TAGS.txt beside
    it describe it. There is one shard a subject, sorted by subject and in it by video id; the bytes follow from what
    the subclass gives. A build that ended early, however, keeps its finished shards, and the next one goes on.

    Shards are ArrayRecord (`tfds.data_source`, without TensorFlow), or TFRecord with `file_format="tfrecord"`
    (`tfds.load`, with TensorFlow). A folder of data holds a config in one of them.

    It runs under Beam too (`DownloadConfig(beam_runner=...)`): one shard an element, workers that see the same folders.
    A worker makes its builder anew from folder, config and version; other attributes set on an instance stay behind.

    Attributes:
        on_frames: called with the number of frames of each element that is ready (0 for a `videos` config), or of
            each shard that an earlier build or a Beam worker wrote; set it on the instance to show progress.
        on_notice: called with a sentence when another process that builds the same config has to be waited for, and
            for each shard of an earlier build that is damaged and written again.
        jobs: shards that are written at a time, in threads; the bytes do not depend on it.
    """

    VARIANTS: ClassVar[tuple[str, ...]] = ("",)
    PIXELS: ClassVar[Mapping[str, str]] = MappingProxyType({})
    FORMS: ClassVar[tuple[str, ...]] = ("frames", "videos")
    LISTED: ClassVar[bool] = True
    DESCRIPTION: ClassVar[str] = ""
    HOMEPAGE: ClassVar[str] = ""
    on_frames: Callable[[int], None] | None = None
    on_notice: Callable[[str], None] | None = None
    jobs: int = 1

    def __init_subclass__(cls, skip_registration: bool = False) -> None:
        """Make the configs of `VARIANTS`, unless the subclass has its own; one that is not registered is not listed."""
        cls.LISTED = not skip_registration
        if "BUILDER_CONFIGS" not in cls.__dict__:
            cls.BUILDER_CONFIGS = configs(
                {variant: cls.PIXELS.get(variant, variant) for variant in cls.VARIANTS}, cls.FORMS
            )
        super().__init_subclass__(skip_registration=skip_registration)

    def __init__(
        self, *, data_dir: Any = None, config: Any = None, version: Any = None, file_format: Any = None
    ) -> None:
        """Make the builder of one config, as `tfds.core.DatasetBuilder` does.

        Args:
            data_dir: folder of built datasets.
            config: name of a config.
            version: `VERSION` unless given.
            file_format: array_record or tfrecord; None: what the data is built as, else array_record.

        Raises:
            MebenchError: another file format, tfrecord without TensorFlow, or data that is built in the other format.
        """
        super().__init__(data_dir=data_dir, config=config, version=version)
        self._original_state["file_format"] = file_format  # what a copy in another process is made from
        self._choose_format(file_format)
        self._progress_lock = threading.Lock()

    def _choose_format(self, file_format: str | Format | None) -> None:
        if file_format is not None:
            check_format(self.name, file_format)
        chosen = Format.from_value(file_format or FORMATS[0])
        if not self.info.initialized:
            self.info.set_file_format(chosen, override=True)
        elif file_format is not None and chosen is not self.info.file_format:
            raise MebenchError(
                f"{self.info.full_name} is built as {self.info.file_format.value} in {self.data_dir}; give another "
                f"data_dir to have it as {chosen.value} too"
            )

    @abc.abstractmethod
    def subjects(self, dl_manager: tfds.download.DownloadManager, variant: str) -> list[str]:
        """Return the ids of the subjects, each once."""

    @abc.abstractmethod
    def videos(self, dl_manager: tfds.download.DownloadManager, variant: str, subject: str) -> Iterator[SourceVideo]:
        """Yield the videos of a subject, each once; cheaply: it is asked twice, and frames one video at a time."""

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
        """Build the config if it is not there; what a build that ended early finished is used.

        With a download mode that overwrites, everything is built anew. Another process that builds it is waited for.

        Raises:
            MebenchError: the folder cannot be written, or the source is not as it must be.
        """
        if file_format is not None:
            check_format(self.name, file_format)
        mode = download_config.download_mode if download_config is not None else None
        overwrite = mode is not None and mode.overwrite_dataset
        staged = Staging(Path(self.data_dir).parent / staging.FOLDER)
        folder = Path(self.data_dir)
        if self.is_prepared() and not overwrite:
            staged.drop()  # a build that was killed at its very end left it
            return
        with held(folder.parent / ".build.lock", f"building {folder.parent}", self._notice) as waited:
            if waited and self.is_prepared() and not overwrite:
                self.info.read_from_directory(self.data_dir)
                return
            _clear(folder.parent)
            if overwrite:
                staged.drop()
            try:
                super().download_and_prepare(
                    download_dir=download_dir, download_config=download_config, file_format=file_format
                )
                staged.drop()
            finally:
                staged.sweep()

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            description=self.DESCRIPTION,
            homepage=self.HOMEPAGE,
            features=features_of(self.builder_config.form, self.image_feature(self.variant)),
            disable_shuffling=True,
        )

    def _log_download_bytes(self) -> None:
        """Leave it to the caller to say what is built; TFDS prints."""

    def _log_download_done(self) -> None:
        """Leave it to the caller to say what was built."""

    def _download_and_prepare(self, dl_manager: Any, download_config: Any = None) -> None:
        """Write the shards that no earlier build finished, and put all into the folder that TFDS made for them."""
        shards = self._shards(dl_manager)
        final = Path(self.data_dir).parent / str(self.version)  # data_dir is a temporary folder beside it by now
        staged = Staging(final.parent / staging.FOLDER)
        for damage in staged.drop_damaged():
            self._notice(f"{damage}: this shard is written again")
        staged.sweep(keep=[shard.stamp for shard in shards])
        todo = [shard for shard in shards if staged.length(shard.stamp) is None]
        for shard in shards:
            if shard not in todo:
                self._tell(shard.frames)
        write = functools.partial(self._write, dl_manager, staged, self.info.file_format)
        if download_config is not None and download_config.beam_runner is not None:
            beam.on_workers(write, [shard.subject for shard in todo], download_config)
            for shard in todo:
                self._tell(shard.frames)
        else:
            in_threads([functools.partial(write, shard.subject) for shard in todo], self.jobs)
        self._publish(staged, shards)
        self.info.download_size = dl_manager.downloaded_size
        self.info.write_to_directory(self.data_dir)  # as TFDS will do once more, to the same bytes
        seal_built(Path(self.data_dir), final)

    def _publish(self, staged: Staging, shards: Sequence[Shard]) -> None:
        template = self._get_filename_template(split_name=SPLIT)
        paths = [Path(template.sharded_filepath(shard_index=i, num_shards=len(shards))) for i in range(len(shards))]
        lengths = staged.publish([shard.stamp for shard in shards], paths)
        size = sum(path.stat().st_size for path in paths)
        split = tfds.core.SplitInfo(name=SPLIT, shard_lengths=lengths, num_bytes=size, filename_template=template)
        self.info.set_splits(tfds.core.splits.SplitDict([split]))

    def _write(
        self, dl_manager: Any, staged: Staging, file_format: Format, subject: str, stop: Event | None = None
    ) -> None:
        """Write a subject's shard; also called in Beam's workers."""
        videos = self._checked_videos(dl_manager, subject)
        serialise = serialiser(self.info.features)
        records = until(stop, (serialise(element) for _, element in self._elements(videos)))
        stamp = self._shard(subject, videos, file_format).stamp
        staged.write(stamp, lambda path: write_records(path, records, file_format))

    def _shards(self, dl_manager: tfds.download.DownloadManager) -> list[Shard]:
        """Return the shards in order of their subjects; everything but pixels is checked before a byte is written."""
        shards: list[Shard] = []
        owners: dict[str, str] = {}
        for subject in self._checked_subjects(dl_manager):
            videos = self._checked_videos(dl_manager, subject)
            for video in videos:
                if owners.setdefault(video.info.video_id, subject) != subject:
                    raise _twice(self.name, video, owners[video.info.video_id])
            shards.append(self._shard(subject, videos, self.info.file_format))
        return shards

    def _shard(self, subject: str, videos: Sequence[SourceVideo], file_format: Format) -> Shard:
        form = self.builder_config.form
        facts = {
            "builder": f"{self.name} {self.version}",
            "format": file_format.value,
            "segment": SEGMENT,
            "features": self.info.features.to_json(),
            "videos": [
                [dataclasses.asdict(video.info), video.stamp, [dataclasses.asdict(q) for q in video.questions]]
                for video in videos
            ],
        }
        frames = sum(video.info.num_frames for video in videos) if form == FRAMES else 0
        return Shard(subject, staging.stamp_of(facts), frames)

    def _checked_subjects(self, dl_manager: tfds.download.DownloadManager) -> list[str]:
        subjects = self.subjects(dl_manager, self.variant)
        if not subjects:
            raise MebenchError(f"{self.name}: the source has no subject; look at the folder it was given")
        for subject in subjects:
            if subjects.count(subject) > 1:
                raise DuplicateKey(f"{self.name}: the source names subject {subject} twice; each must stand there once")
        return sorted(subjects)

    def _checked_videos(self, dl_manager: tfds.download.DownloadManager, subject: str) -> list[SourceVideo]:
        """Return the videos of a subject, in order of their ids."""
        videos = sorted(self.videos(dl_manager, self.variant, subject), key=lambda video: video.info.video_id)
        if not videos:
            raise MebenchError(f"{self.name}: subject {subject} has no video; leave the subject out")
        seen: set[str] = set()
        for video in videos:
            check_video(self.name, subject, video.info)
            if video.info.video_id in seen:
                raise _twice(self.name, video, subject)
            seen.add(video.info.video_id)
        return videos

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, list[Callable[[], Iterator[Element]]]]:
        """Return what TFDS would write by itself: the elements of each shard."""
        subjects = [shard.subject for shard in self._shards(dl_manager)]
        return {SPLIT: [functools.partial(self._elements_of_subject, dl_manager, subject) for subject in subjects]}

    def _elements_of_subject(self, dl_manager: tfds.download.DownloadManager, subject: str) -> Iterator[Element]:
        return self._elements(self._checked_videos(dl_manager, subject))

    def _elements(self, videos: Sequence[SourceVideo]) -> Iterator[Element]:
        """Yield the elements of videos and tell `on_frames` of each."""
        for video in videos:
            for key, element in elements_of(video, self.builder_config.form):
                yield key, element
                self._tell(len(element.get(FRAMES, ())))

    def _notice(self, sentence: str) -> None:
        if self.on_notice is not None:
            self.on_notice(sentence)

    def _tell(self, frames: int) -> None:
        if self.on_frames is not None:
            with self._progress_lock:
                self.on_frames(frames)


def _twice(dataset: str, video: SourceVideo, other: str) -> DuplicateKey:
    info = video.info
    return DuplicateKey(
        f"{dataset}: video id {info.video_id} (subject {info.subject}, video {info.video}) stands twice, the other "
        f"time under subject {other}; every video needs an id of its own"
    )


def _clear(folder: Path) -> None:
    """Clear away what builds that were cut off left in a config's folder."""
    for left in folder.glob(f"{constants.INCOMPLETE_PREFIX}*"):
        shutil.rmtree(left)
