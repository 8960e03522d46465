"""Annotation of a dataset that its builder draws itself: every video and question, without a single frame."""

from dataclasses import dataclass
from tempfile import TemporaryDirectory

from mebench.data.builders import builder_of, title
from mebench.data.interval import VideoInfo
from mebench.data.questions import Question
from mebench.errors import MebenchError


@dataclass(frozen=True)
class Annotated:
    """A video's facts and labels, and what is asked about it."""

    info: VideoInfo
    questions: tuple[Question, ...]


def annotated(name: str, variant: str) -> tuple[Annotated, ...]:
    """Return the videos of a dataset that needs no archive, by subject and video id, as its built form has them.

    Raises:
        MebenchError: no such dataset or variant, or one that is made from an archive.
    """
    import tensorflow_datasets as tfds

    builder = builder_of(name, variant, "videos", None)
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        raise MebenchError(f"{title(name, variant)} is made from an archive, so its labels are not known here")
    found: list[Annotated] = []
    with TemporaryDirectory() as folder:  # a builder wants a place for downloads; nothing is downloaded
        manager = tfds.download.DownloadManager(download_dir=folder)
        for subject in sorted(builder.subjects(manager, variant)):
            videos = [Annotated(one.info, one.questions) for one in builder.videos(manager, variant, subject)]
            found += sorted(videos, key=lambda one: one.info.video_id)
    return tuple(found)
