"""TFDS builder of the embedded dataset: drawn, not downloaded."""

import functools
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

import tensorflow_datasets as tfds

from mebench.data.card import Card
from mebench.data.interval import VideoInfo
from tfds_builders.base import LongVideoBuilder, SourceVideo
from tfds_builders.synth_me import clip
from tfds_builders.synth_me.head import load_head
from tfds_builders.synth_me.questions import questions_of
from tfds_builders.synth_me.render import Face, render_face
from tfds_builders.synth_me.schedule import Schedule, annotations, schedule
from tfds_builders.synth_me.settings import SIZE, VARIANTS, Variant

NAME = "synth_me"


class Builder(LongVideoBuilder):
    """DatasetBuilder of synth_me; its variants are in `tfds_builders.synth_me.settings.VARIANTS`."""

    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {  # noqa: RUF012
        "1.0.0": "Initial release.",
        "1.1.0": "Raw annotations.",
        "2.0.0": "The same bytes on every processor; other people, other scenes of the same difficulty.",
    }
    DESCRIPTION = (
        "Drawn faces with micro-expressions, macro-expressions and distractors in long videos: "
        "no download, no real person, everything known (frames, action units, flow)."
    )
    HOMEPAGE = "https://static.makehumancommunity.org"
    VARIANTS = tuple(VARIANTS)
    PIXELS: ClassVar[Mapping[str, str]] = MappingProxyType({"clips_v2": "clips"})
    FORMS = ("frames", "videos", "clips")
    CARD: ClassVar[Card] = Card(
        holds="drawn faces with micro-expressions, macro-expressions and distractors (variant quick)",
        kind="long videos",
        subjects=10,
        videos=20,
        micro=70,
        macro=26,
        fps="30 (200fps: 200)",
        licence="CC0 head, Apache-2.0 code",
        apply="nothing to get: drawn here",
    )

    def subjects(self, dl_manager: tfds.download.DownloadManager, variant: str) -> list[str]:
        """Return `s01`, `s02`, ..."""
        return [subject_id(i) for i in range(VARIANTS[variant].subjects)]

    def videos(self, dl_manager: tfds.download.DownloadManager, variant: str, subject: str) -> Iterator[SourceVideo]:
        """Yield the videos `<subject>_1`, `<subject>_2`, ...; the face is drawn when the first frame is asked for."""
        size = VARIANTS[variant]
        subject_index = self.subjects(dl_manager, variant).index(subject)
        face = functools.cache(functools.partial(face_of, size, subject_index))
        for video_index in range(size.videos):
            info = video_info(size, subject_index, video_index)
            seed = (size.seed, subject_index, video_index)
            yield SourceVideo(
                info,
                functools.partial(_frames, size, face, subject_index, video_index),
                questions=questions_of(info, seed, free=variant.endswith("_v2")),
            )


def subject_id(subject_index: int) -> str:
    """Return `s01` for the first subject."""
    return f"s{subject_index + 1:02d}"


def video_info(variant: Variant, subject_index: int, video_index: int) -> VideoInfo:
    """Return ids, length and annotated expressions of a video; cheap, nothing is drawn."""
    subject = subject_id(subject_index)
    video = f"{subject}_{video_index + 1}"
    return VideoInfo(
        dataset=NAME,
        video_id=video,
        subject=subject,
        video=video,
        fps=variant.fps,
        num_frames=variant.num_frames,
        expressions=annotations(video_plan(variant, subject_index, video_index), variant.fps),
    )


def video_plan(variant: Variant, subject_index: int, video_index: int) -> Schedule:
    """Return the schedule of a video."""
    return schedule(variant.scene, variant.seed, subject_index, video_index, variant.seconds)


def face_of(variant: Variant, subject_index: int) -> Face:
    """Return the neutral face of a subject."""
    return render_face(load_head(), identity_seed(variant, subject_index), SIZE)


def identity_seed(variant: Variant, subject_index: int) -> int:
    """Return the seed of a subject's identity: no two subjects of any variant share one, unless variants share all."""
    return 1000 * variant.seed + subject_index


def video_scene(variant: Variant, face: Face, subject_index: int, video_index: int) -> clip.Scene:
    """Return the scene of a video, ready to be drawn."""
    plan = video_plan(variant, subject_index, video_index)
    return clip.scene(variant.scene, face, plan, variant.fps, (variant.seed, subject_index, video_index))


def _frames(variant: Variant, face: Callable[[], Face], subject_index: int, video_index: int) -> Iterator[bytes]:
    return clip.frames(video_scene(variant, face(), subject_index, video_index))
