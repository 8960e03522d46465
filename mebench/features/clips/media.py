"""Pictures of a clip for question answering: sampled frames, onset-apex-offset, or flow in colours; cached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float32, UInt8

from mebench import plugins
from mebench.errors import MebenchError, unknown_name
from mebench.features.cache import Entry, FeatureCache, Json, Layout, cache_key
from mebench.features.clips.apex import PERCENTILE, SIZE, estimate_apex, onset_magnitude
from mebench.features.clips.flow_picture import FULL, flow_picture
from mebench.features.face.crop import FaceCrop, crop_frames, find_face
from mebench.features.face.nose import facial_flow
from mebench.features.flow.registry import flow_function, made_by
from mebench.features.windows.pipeline import FrameReader

MediaKind = Literal["video", "oao", "of"]
"""`video`: n uniformly sampled frames; `oao`: onset, apex, offset; `of`: onset-apex flow as a colour picture."""


@dataclass(frozen=True, kw_only=True)
class MediaSettings:
    """Settings of the pictures of a clip.

    Attributes:
        kind: `video`, `oao` or `of`.
        num_frames: pictures of `video`.
        size: side of the cropped pictures in px.
        flow: method of the flow picture and of the apex estimate.
    """

    kind: MediaKind
    num_frames: int = 8
    size: int = 224
    flow: str = "jax_clg"

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            MebenchError: an unknown kind or flow method, or a number that is too small.
        """
        if self.kind not in get_args(MediaKind):
            raise unknown_name("input mode", self.kind, get_args(MediaKind))
        plugins.target(plugins.FLOWS, self.flow)
        if self.num_frames < 2 or self.size < 32:
            raise MebenchError(
                f"media of {self.num_frames} frames, {self.size} px; at least 2 frames and 32 px are needed"
            )


@dataclass(frozen=True)
class Media:
    """Pictures of one clip.

    Attributes:
        pictures: RGB, the face of the onset's frame cropped out of each; `of`: one picture of the flow.
        kind: `video`, `oao` or `of`.
        frames: numbers of the frames shown, 0-based in the video; `of`: onset and apex.
        apex_frame: number of the apex; None where it is not annotated and `video` does not need it.
        apex_estimated: whether the apex is an estimate (`mebench.features.clips.apex`).
        fps: frames per second of the video; None where nobody knows.
    """

    pictures: UInt8[np.ndarray, "n h w 3"]
    kind: MediaKind
    frames: tuple[int, ...]
    apex_frame: int | None
    apex_estimated: bool
    fps: float | None

    @property
    def seconds_between(self) -> float | None:
        """Mean seconds from one picture to the next; None for a single picture or without a frame rate."""
        if self.fps is None or len(self.pictures) < 2:
            return None
        return (self.frames[-1] - self.frames[0]) / (len(self.pictures) - 1) / self.fps


def clip_media(
    frames: FrameReader,
    onset: int,
    apex: int | None,
    offset: int,
    fps: float | None,
    settings: MediaSettings,
    label: str,
    content_key: str,
    cache: FeatureCache,
) -> Media:
    """Return the media of a clip, from the cache or computed into it.

    The face is found once a clip, in its onset; it, the apex estimate and the pictures are entries of their own, so
    the modes share what they have in common. Several threads may call it, each with its own `frames`.

    Args:
        frames: of the video that the clip lies in.
        onset: first frame of the clip, 0-based.
        apex: frame of the apex; None: it is estimated where the mode needs it.
        offset: last frame of the clip.
        fps: frames per second; None where nobody knows.
        settings: mode and size.
        label: what errors call the clip.
        content_key: stands for the video's pixels; another video must have another one.
        cache: where the results are kept.

    Raises:
        MebenchError: the clip is shorter than 2 frames or lies outside the video, the apex lies outside the clip, the
            onset shows no face, the nose is lost, or the disk is full.
    """
    clip = _Clip(frames, onset, offset, label, content_key, cache, settings.flow)
    clip.check(apex)
    estimated = apex is None and settings.kind != "video"
    found = clip.apex() if estimated else apex
    shown = _shown(settings, onset, found, offset)
    if settings.kind == "of":
        pictures = clip.flow_picture(settings.size, *shown)
    else:
        pictures = clip.pictures(settings.size, shown)
    return Media(pictures, settings.kind, shown, found, estimated, fps)


@dataclass(frozen=True)
class ClipFlow:
    """The movement of one clip.

    Attributes:
        flow: from onset to apex in px of the crop, without the motion of the head.
        onset: grey face of the onset.
        apex_frame, apex_estimated: as in `Media`.
    """

    flow: Float32[np.ndarray, "size size 2"]
    onset: UInt8[np.ndarray, "size size"]
    apex_frame: int
    apex_estimated: bool


def clip_flow(
    frames: FrameReader,
    onset: int,
    apex: int | None,
    offset: int,
    settings: MediaSettings,
    label: str,
    content_key: str,
    cache: FeatureCache,
) -> ClipFlow:
    """Return the flow that `clip_media` shows in colours; the kind of the settings plays no part.

    Arguments and errors are those of `clip_media`.
    """
    clip = _Clip(frames, onset, offset, label, content_key, cache, settings.flow)
    clip.check(apex)
    found = clip.apex() if apex is None else apex
    return ClipFlow(*clip.field(settings.size, onset, found), found, apex is None)


def sampled_frames(onset: int, offset: int, count: int) -> tuple[int, ...]:
    """Return `count` frames at equal distances, both ends included (halves up); a shorter clip repeats some."""
    places = onset + (offset - onset) * np.arange(count) / (count - 1)
    return tuple(np.floor(places + 0.5).astype(int).tolist())


def _shown(settings: MediaSettings, onset: int, apex: int | None, offset: int) -> tuple[int, ...]:
    if settings.kind == "video" or apex is None:
        return sampled_frames(onset, offset, settings.num_frames)
    return (onset, apex, offset) if settings.kind == "oao" else (onset, apex)


@dataclass(frozen=True)
class _Clip:
    """The frames onset to offset of a video, and what is kept of them."""

    frames: FrameReader
    onset: int
    offset: int
    label: str
    content_key: str
    cache: FeatureCache
    flow: str

    def check(self, apex: int | None) -> None:
        """Refuse a clip that cannot be."""
        last = len(self.frames) - 1
        if not 0 <= self.onset < self.offset <= last:
            raise MebenchError(
                f"{self.label}: a clip from frame {self.onset} to {self.offset} is asked of frames 0 to {last}; it "
                "must lie within them and hold at least 2 frames"
            )
        if apex is not None and not self.onset <= apex <= self.offset:
            raise MebenchError(
                f"{self.label}: the apex {apex} lies outside the clip, frames {self.onset} to {self.offset}; correct "
                "it, or leave it out to have it estimated"
            )

    def face(self) -> FaceCrop:
        """Return the face of the onset."""
        content = {"what": "media face", "video": self.content_key, "frame": self.onset, **made_by(__name__, None)}
        entry = self.cache.read(cache_key(content))
        if entry is not None:
            return FaceCrop(**entry.facts, landmarks=np.array(entry.array("landmarks")))
        face = find_face(self.frames.read(self.onset, self.onset + 1)[0], SIZE, self.label)
        facts = {"left": face.left, "top": face.top, "side": face.side, "size": face.size}
        self._keep(content, {"landmarks": face.landmarks}, facts)
        return face

    def apex(self) -> int:
        """Return the estimated apex."""
        clip = {"onset": self.onset, "offset": self.offset, "size": SIZE, "percentile": PERCENTILE}
        content = {"what": "media apex", "video": self.content_key, **clip, **made_by(__name__, self.flow)}
        entry = self.cache.read(cache_key(content))
        if entry is not None:
            return int(entry.facts["apex"])
        flow = flow_function(self.flow)
        magnitude = onset_magnitude(self.frames, self.face(), self.onset, self.offset, flow)
        apex = estimate_apex(magnitude, self.onset, self.label)
        self._keep(content, {"magnitude": magnitude}, {"apex": apex})
        return apex

    def pictures(self, size: int, shown: tuple[int, ...]) -> UInt8[np.ndarray, "n h w 3"]:
        """Return the face in each of the frames, RGB."""
        content = self._pictures_content(size, shown) | {"what": "media frames", **made_by(__name__, None)}
        entry = self.cache.read(cache_key(content))
        if entry is not None:
            return _pictures(entry)
        face = self.face().at(size)
        crops = {i: crop_frames(self.frames.read(i, i + 1), face)[0, :, :, ::-1] for i in sorted(set(shown))}
        pictures = np.stack([crops[i] for i in shown])
        self._keep(content, {"pictures": pictures}, {})
        return pictures

    def flow_picture(self, size: int, onset: int, apex: int) -> UInt8[np.ndarray, "1 h w 3"]:
        """Return the flow from onset to apex in colours, RGB."""
        return flow_picture(self.field(size, onset, apex)[0], FULL * size)[None]

    def field(
        self, size: int, onset: int, apex: int
    ) -> tuple[Float32[np.ndarray, "size size 2"], UInt8[np.ndarray, "size size"]]:
        """Return the flow from onset to apex without the head's motion, and the grey face of the onset."""
        content = self._pictures_content(size, (onset, apex)) | {"what": "media flow", **made_by(__name__, self.flow)}
        entry = self.cache.read(cache_key(content))
        if entry is not None:
            return np.array(entry.array("flow")), np.array(entry.array("onset"))
        face = self.face().at(size)
        first, second = (crop_frames(self.frames.read_gray(i, i + 1), face) for i in (onset, apex))
        field = facial_flow(first[0], second, face.landmarks, flow_function(self.flow))[0].astype(np.float32)
        if np.isnan(field).any():
            raise MebenchError(
                f"{self.label}: the nose of frame {onset} is not found again in the apex, frame {apex}; look at the "
                "two frames, and leave the clip out if the face is covered"
            )
        self._keep(content, {"flow": field, "onset": first[0]}, {})
        return field, first[0]

    def _pictures_content(self, size: int, shown: tuple[int, ...]) -> Json:
        return {"video": self.content_key, "frames": list(shown), "face": self.onset, "size": size}

    def _keep(self, content: Json, values: Mapping[str, np.ndarray], facts: Json) -> None:
        layouts = {name: Layout(array.shape, array.dtype.str) for name, array in values.items()}
        with self.cache.write(cache_key(content), layouts, content, facts) as writer:
            for name, array in values.items():
                writer.append(name, array)


def _pictures(entry: Entry) -> UInt8[np.ndarray, "n h w 3"]:
    return np.array(entry.array("pictures"))
