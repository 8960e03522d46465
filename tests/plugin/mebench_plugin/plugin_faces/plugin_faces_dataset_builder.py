"""A dataset of drawn faces: the head of synth_me, warped by hand; no noise, no motion of the head."""

import functools
import math

import cv2
import numpy as np
import tensorflow_datasets as tfds

from mebench.data.card import Card
from mebench.data.interval import Expression, VideoInfo
from tfds_builders.base import LongVideoBuilder, SourceVideo
from tfds_builders.synth_me.head import load_head
from tfds_builders.synth_me.render import render_face

SIZE, FPS, FRAMES, HALF, PX = 128, 30.0, 75, 5, 2.5
SUBJECTS = ("p1", "p2", "p3")

KINDS = {
    "happiness": ("positive", "AU12", "mouthSmile"),
    "anger": ("negative", "AU4", "browDown"),
    "surprise": ("surprise", "AU2", "browOuterUp"),
}
"""By emotion: coarse class, action unit, the face unit that moves."""


class Builder(LongVideoBuilder):
    """DatasetBuilder of plugin_faces: a video of 2.5 s of each of three people, with two micro-expressions."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012 - as TFDS has it
    DESCRIPTION = "Drawn faces, two micro-expressions a video."
    HOMEPAGE = "https://example.org/plugin_faces"
    CARD = Card(
        holds="drawn faces that smile, frown and are surprised",
        kind="long videos",
        subjects=3,
        videos=3,
        micro=6,
        macro=0,
        fps="30",
        licence="CC0",
        apply="nothing to get: drawn here",
    )

    def subjects(self, dl_manager, variant):
        """Return the ids of the three people."""
        return list(SUBJECTS)

    def videos(self, dl_manager, variant, subject):
        """Yield the one video of a person."""
        number = SUBJECTS.index(subject)
        events = [(20 + number, list(KINDS)[number]), (52 - number, "happiness")]
        info = VideoInfo("plugin_faces", f"{subject}_1", subject, f"{subject}_1", FPS, FRAMES, expressions(events))
        yield SourceVideo(info, lambda: frames(number, events))


def expressions(events):
    """Return the annotation of events, each an apex and an emotion."""
    return tuple(
        Expression(apex - HALF, apex, apex + HALF, "micro", emotion, KINDS[emotion][0], emotion, (KINDS[emotion][1],))
        for apex, emotion in events
    )


def frames(number, events):
    """Yield the pictures of a person's video as the bytes of PNG files."""
    face = render_face(load_head(), 4200 + number, SIZE)
    fields = [(apex, field_of(face, KINDS[emotion][2])) for apex, emotion in events]
    ys, xs = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    for frame in range(FRAMES):
        move = sum((strength(frame - apex) * field for apex, field in fields), np.zeros((SIZE, SIZE, 2), np.float32))
        grey = cv2.remap(face.image, xs - move[..., 0], ys - move[..., 1], cv2.INTER_LINEAR)
        yield cv2.imencode(".png", cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))[1].tobytes()


@functools.cache
def strength(away):
    """Return how far an expression has come so many frames from its apex, 0 to 1."""
    return np.float32(math.cos(math.pi * away / (2 * HALF)) ** 2 if abs(away) < HALF else 0)


def field_of(face, unit):
    """Return the displacement of a face unit on both sides, `PX` px where it is largest."""
    field = face.displacement({f"{unit}Left": 1.0, f"{unit}Right": 1.0})
    return field * np.float32(PX / np.abs(field).max())
