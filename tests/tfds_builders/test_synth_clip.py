"""Frames of synth_me: what moves, by how much, and the sensor's noise."""

import dataclasses
import itertools
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from tfds_builders.synth_me import clip
from tfds_builders.synth_me.patch import backward_of
from tfds_builders.synth_me.schedule import Event, Schedule
from tfds_builders.synth_me.settings import SceneSettings

SIZE = 128
STILL = SceneSettings(
    sway_px=(0.0, 0.0),
    jitter_px=0.0,
    roll_degrees=0.0,
    zoom=0.0,
    gain=0.0,
    side=0.0,
    flicker=0.0,
    noise=0.0,
    pattern=0.0,
)
MOVING = dataclasses.replace(STILL, sway_px=(2.0, 1.5), jitter_px=0.05, roll_degrees=0.5, zoom=0.004)


@dataclass(frozen=True)
class Plane:
    """A textured plane on which each unit moves a round patch."""

    fine: np.ndarray

    @property
    def image(self):
        """Means of the fine pixels, halves up."""
        return (self.fine.reshape(SIZE, 2, SIZE, 2).sum(axis=(1, 3), dtype=int) + 2) // 4

    def displacement(self, units):
        y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
        patch = np.exp(-((x - 70) ** 2 + (y - 50) ** 2) / (2 * 14.0**2))
        return (sum(units.values()) * patch[..., None] * np.array([3.0, -4.0])).astype(np.float32)


@pytest.fixture(scope="module")
def plane():
    grain = np.random.default_rng(0).normal(0, 1, (2 * SIZE, 2 * SIZE)).astype(np.float32)
    return Plane((120 + 480 * cv2.GaussianBlur(grain, (0, 0), 5)).clip(0, 255).astype(np.uint8))


def event(px, aus=("AU1",)):
    return Event(kind="micro", aus=aus, emotion="sadness", onset=0.2, apex=0.5, offset=0.9, px=px)


def scene(plane, settings, *events, fps=30.0, seconds=1.0):
    return clip.scene(settings, plane, Schedule(seconds, events), fps, (1, 2, 3))


def test_at_rest_a_frame_is_the_neutral_face(plane):
    drawn = scene(plane, STILL)
    np.testing.assert_array_equal(clip.frame(drawn, 7), plane.image)


def test_the_flow_to_the_apex_is_the_field_at_the_events_px(plane):
    drawn = scene(plane, STILL, event(4.0))
    flow = clip.flow_between(drawn, 0, 15)
    expected = plane.displacement({"browInnerUp": 1.0}) * (4.0 * SIZE / 256 / 5.0)
    np.testing.assert_allclose(flow, expected, atol=0.03)
    assert abs(np.linalg.norm(flow, axis=-1).max() - 2.0) < 0.03


def test_flow_of_the_head_alone_is_rigid(plane):
    drawn = scene(plane, MOVING)
    full = [np.vstack([drawn.poses[i], [0, 0, 1]]) for i in (3, 20)]
    move = np.linalg.inv(full[1]) @ full[0]
    y, x = np.mgrid[:SIZE, :SIZE]
    expected = np.stack([move[k, 0] * x + move[k, 1] * y + move[k, 2] for k in (0, 1)], -1) - np.stack([x, y], -1)
    inner = np.s_[8:-8, 8:-8]
    np.testing.assert_allclose(clip.flow_between(drawn, 3, 20)[inner], expected[inner], atol=0.02)
    assert np.abs(expected).max() > 0.3


def test_flow_carries_one_frame_onto_the_other(plane):
    drawn = scene(plane, MOVING, event(5.0), event(3.0, ("AU2",)))
    first, second = (clip.frame(drawn, i).astype(np.float32) for i in (3, 15))
    flow = clip.flow_between(drawn, 3, 15)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    back = cv2.remap(second, x + flow[..., 0], y + flow[..., 1], cv2.INTER_CUBIC)
    inner = np.s_[8:-8, 8:-8]
    assert np.abs(first - second)[inner].mean() > 5
    assert np.abs(first - back)[inner].mean() < 1


def test_a_lid_covers_what_rests_under_it():
    forward = np.zeros((40, 20, 2), np.float32)
    forward[10:16, :, 1] = 5.0
    found = backward_of(forward)
    np.testing.assert_allclose(found[17:20, :, 1], -5.0, atol=1e-5)
    np.testing.assert_array_equal(found[25:], 0.0)


def test_inverse_field_undoes_the_field(plane):
    forward = plane.displacement({"browInnerUp": 0.8})
    found = backward_of(forward)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    there = cv2.remap(forward, x + found[..., 0], y + found[..., 1], cv2.INTER_LINEAR)
    np.testing.assert_allclose(there, -found, atol=0.02)


def test_bytes_do_not_depend_on_the_threads(plane):
    drawn = scene(plane, SceneSettings(), event(2.0))
    one, two, three = (list(clip.frames(drawn, threads)) for threads in (1, 2, 3))
    assert one == two == three
    assert len(one) == drawn.num_frames == 30
    assert len(set(one)) == 30


def test_frames_are_grey_jpegs_near_the_frame(plane):
    drawn = scene(plane, SceneSettings())
    data = next(clip.frames(drawn))
    seen = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert seen.shape == (SIZE, SIZE)
    assert np.abs(seen.astype(int) - clip.frame(drawn, 0)).mean() < 2


def test_an_abandoned_video_stops(plane):
    assert len(list(itertools.islice(clip.frames(scene(plane, SceneSettings(), seconds=30.0)), 3))) == 3


def test_every_rate_samples_the_same_scene(plane):
    settings = dataclasses.replace(SceneSettings(), noise=0.0, pattern=0.0)
    slow, fast = (scene(plane, settings, event(3.0), fps=fps) for fps in (30.0, 200.0))
    np.testing.assert_allclose(clip.sources(slow, 12), clip.sources(fast, 80), atol=1e-4)
    np.testing.assert_array_equal(clip.frame(slow, 12), clip.frame(fast, 80))


def test_noise_grows_with_light_as_stated(plane):
    settings = dataclasses.replace(STILL, noise=2.0)
    for level, share in ((128.0, 1.0), (32.0, 0.35 + 0.65 / 4)):
        flat = Plane(np.full((2 * SIZE, 2 * SIZE), level, np.uint8))
        frames = np.stack([clip.frame(scene(flat, settings), i) for i in range(20)]).astype(float)
        rounding = 1 / 12
        assert abs(np.sqrt(frames.var(axis=0).mean() - rounding) - 2.0 * np.sqrt(share)) < 0.1
