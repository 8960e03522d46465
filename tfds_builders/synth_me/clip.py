"""Frames of a scene: a face that moves as scheduled, its head, the light and the sensor."""

import itertools
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from tfds_builders.synth_me.expressions import face_units
from tfds_builders.synth_me.motion import band_noise, profile
from tfds_builders.synth_me.schedule import Event, Schedule
from tfds_builders.synth_me.settings import SceneSettings

THREADS = 2
"""Threads that draw frames; the bytes do not depend on it."""

_LOOK_AHEAD = 8
_BANK = 1 << 20
_STILL = 1e-6
_INVERSION_STEPS = 6
_FLOW_STEPS = 12
_REFERENCE_WIDTH = 256
_PIVOT_HEIGHT = 0.62
_MOTION_STREAM, _NOISE_STREAM = 2, 3


@runtime_checkable
class Neutral(Protocol):
    """A face at rest and how it moves, as `tfds_builders.synth_me.render.Face`."""

    @property
    def image(self) -> Float32[np.ndarray, "h w"]:
        """Grey values, 0 to 255."""

    def displacement(self, units: Mapping[str, float]) -> Float32[np.ndarray, "h w 2"]:
        """Return where each pixel goes (x, y; px) at these weights of face units."""


@dataclass(frozen=True)
class Head:
    """Rigid motion of the head in the picture plane, frame by frame.

    Attributes:
        shift: px (x, y).
        roll: radians.
        zoom: factor of size.
    """

    shift: Float64[np.ndarray, "n 2"]
    roll: Float64[np.ndarray, " n"]
    zoom: Float64[np.ndarray, " n"]

    def inverse(self, i: int, size: tuple[int, int]) -> Float64[np.ndarray, "2 3"]:
        """Return the affine map from frame i to the head at rest; size: (height, width)."""
        centre = np.array([size[1] / 2, size[0] * _PIVOT_HEIGHT])
        c, s = np.cos(self.roll[i]) / self.zoom[i], np.sin(self.roll[i]) / self.zoom[i]
        turn = np.array([[c, s], [-s, c]])
        return np.column_stack([turn, centre - turn @ (centre + self.shift[i])])


@dataclass(frozen=True)
class Light:
    """Illumination and sensor noise, frame by frame.

    Attributes:
        gain: factor of the whole picture.
        side: factor added on the right edge (half of it; taken off on the left).
        bank: standard normal draws; a frame's noise starts at its offset.
        offsets: one a frame, drawn up front.
        pattern: the sensor's fixed pattern, grey values.
    """

    gain: Float64[np.ndarray, " n"]
    side: Float64[np.ndarray, " n"]
    bank: Float32[np.ndarray, " b"]
    offsets: Int64[np.ndarray, " n"]
    pattern: Float32[np.ndarray, "h w"]


@dataclass(frozen=True)
class Scene:
    """All that a video shows, ready to be drawn frame by frame.

    Attributes:
        settings: constants of light and sensor.
        image: the neutral face.
        fields: backward displacement of each combination of action units at a peak of 1 px:
            the moved face at y shows the neutral one at y + field(y).
        weights: px of each field in each frame.
        head, light: motion of the head, illumination and noise.
    """

    settings: SceneSettings
    image: Float32[np.ndarray, "h w"]
    fields: Float32[np.ndarray, "k h w 2"]
    weights: Float32[np.ndarray, "n k"]
    head: Head
    light: Light

    @property
    def num_frames(self) -> int:
        """Frames of the video."""
        return len(self.weights)


def scene(settings: SceneSettings, face: Neutral, plan: Schedule, fps: float, seed: tuple[int, ...]) -> Scene:
    """Return the scene of a schedule at a frame rate; equal seeds give the same motion and light at any rate."""
    times = np.arange(round(plan.seconds * fps)) / fps
    size = face.image.shape
    head, light = _courses(settings, times, size, seed)
    names = sorted({event.aus for event in plan.events})
    scale = size[1] / _REFERENCE_WIDTH
    weights = np.zeros((len(times), len(names)))
    for event in plan.events:
        weights[:, names.index(event.aus)] += scale * event.px * profile(times, event.onset, event.apex, event.offset)
    fields = [_field(face, aus, scale * _largest(plan.events, aus)) for aus in names]
    stacked = np.stack(fields) if fields else np.zeros((0, *size, 2), np.float32)
    return Scene(settings, face.image, stacked, weights.astype(np.float32), head, light)


def frames(drawn: Scene, threads: int = THREADS) -> Iterator[bytes]:
    """Yield the frames as grey JPEG files, in order; drawn by a few threads, a few frames ahead."""
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[bytes]] = deque()
        indices = iter(range(drawn.num_frames))
        for i in itertools.islice(indices, _LOOK_AHEAD):
            ahead.append(pool.submit(_encoded, drawn, i))
        while ahead:
            yield ahead.popleft().result()
            for i in itertools.islice(indices, 1):
                ahead.append(pool.submit(_encoded, drawn, i))


def frame(drawn: Scene, i: int) -> UInt8[np.ndarray, "h w"]:
    """Return frame i as the sensor sees it, before compression."""
    light, height, width = drawn.light, *drawn.image.shape
    moved = cv2.remap(drawn.image, *sources(drawn, i), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    lit = moved * (light.gain[i] + light.side[i] * (np.arange(width) / width - 0.5)).astype(np.float32)
    np.maximum(lit, 0, out=lit)
    variance = drawn.settings.noise**2
    share = drawn.settings.read_share
    deviation = cv2.sqrt(lit * np.float32(variance * (1 - share) / 128) + np.float32(variance * share))
    start = light.offsets[i]
    deviation *= light.bank[start : start + height * width].reshape(height, width)
    lit += deviation
    lit += light.pattern
    return cv2.convertScaleAbs(np.maximum(lit, 0, out=lit))


def sources(drawn: Scene, i: int) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Return x and y of the neutral picture that each pixel of frame i shows."""
    height, width = drawn.image.shape
    affine = drawn.head.inverse(i, (height, width))
    xs, ys = np.arange(width), np.arange(height)[:, None]
    x = (affine[0, 0] * xs + affine[0, 2]).astype(np.float32) + (affine[0, 1] * ys).astype(np.float32)
    y = (affine[1, 0] * xs + affine[1, 2]).astype(np.float32) + (affine[1, 1] * ys).astype(np.float32)
    moving = np.flatnonzero(drawn.weights[i] > _STILL)
    if len(moving):
        backward = np.einsum("k,khwc->hwc", drawn.weights[i, moving], drawn.fields[moving])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        backward = cv2.warpAffine(backward, affine, (width, height), flags=flags)
        x += backward[..., 0]
        y += backward[..., 1]
    return x, y


def flow_between(drawn: Scene, i: int, j: int) -> Float32[np.ndarray, "h w 2"]:
    """Return the true forward flow (x, y; px): pixel p of frame i lies at p + flow(p) in frame j.

    Solves sources_j(p + flow) = sources_i(p) by fixed-point steps; what a closing eyelid covers has no true flow.
    """
    height, width = drawn.image.shape
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    from_x, from_y = sources(drawn, i)
    shift_x, shift_y = (there - here for there, here in zip(sources(drawn, j), (xs, ys), strict=True))
    to_x, to_y = from_x.copy(), from_y.copy()
    for _ in range(_FLOW_STEPS):
        at = (to_x, to_y)
        to_x = from_x - cv2.remap(shift_x, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        to_y = from_y - cv2.remap(shift_y, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.stack([to_x - xs, to_y - ys], axis=-1)


def backward_of(forward: Float32[np.ndarray, "h w 2"]) -> Float32[np.ndarray, "h w 2"]:
    """Return B with B(y) = -forward(y + B(y)): the moved picture at y shows the neutral one at y + B(y).

    Where two points of the neutral picture land on one pixel, the one that moves farther is seen: a lid over an eye.
    """
    height, width = forward.shape[:2]
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    found = -_spread(forward)
    for _ in range(_INVERSION_STEPS):
        at = (xs + found[..., 0], ys + found[..., 1])
        found = -cv2.remap(forward, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found


def _spread(forward: Float32[np.ndarray, "h w 2"]) -> Float32[np.ndarray, "h w 2"]:
    """Return the largest displacement within reach of each pixel, by component: what moves covers what rests."""
    reach = 2 * int(np.ceil(np.abs(forward).max())) + 1
    kernel = np.ones((reach, reach), np.uint8)
    highest, lowest = cv2.dilate(forward, kernel), cv2.erode(forward, kernel)
    return np.where(highest > -lowest, highest, lowest)


def _encoded(drawn: Scene, i: int) -> bytes:
    _, data = cv2.imencode(".jpg", frame(drawn, i), [cv2.IMWRITE_JPEG_QUALITY, drawn.settings.jpeg_quality])
    return data.tobytes()


def _largest(events: tuple[Event, ...], aus: tuple[str, ...]) -> float:
    return max(event.px for event in events if event.aus == aus)


def _field(face: Neutral, aus: tuple[str, ...], px: float) -> Float32[np.ndarray, "h w 2"]:
    """Return the backward field of a combination at a peak of 1 px; it is inverted at a peak of `px`."""
    forward = face.displacement(face_units(aus))
    peak = np.linalg.norm(forward, axis=-1).max()
    return backward_of(forward * np.float32(px / peak)) / np.float32(px)


def _courses(
    settings: SceneSettings, times: Float64[np.ndarray, " n"], size: tuple[int, int], seed: tuple[int, ...]
) -> tuple[Head, Light]:
    rng = np.random.default_rng([*seed, _MOTION_STREAM])
    scale = size[1] / _REFERENCE_WIDTH
    slow = [band_noise(rng, settings.sway_hz, scale * px)(times) for px in settings.sway_px]
    fast = [band_noise(rng, settings.jitter_hz, scale * settings.jitter_px)(times) for _ in range(2)]
    roll = band_noise(rng, settings.roll_hz, np.deg2rad(settings.roll_degrees))(times)
    zoom = 1 + band_noise(rng, settings.zoom_hz, settings.zoom)(times)
    lamps = settings.flicker * np.sin(2 * np.pi * settings.flicker_hz * times + rng.uniform(0, 2 * np.pi))
    gain = 1 + band_noise(rng, settings.gain_hz, settings.gain)(times) + lamps
    side = band_noise(rng, settings.side_hz, settings.side)(times)
    sensor = np.random.default_rng([*seed, _NOISE_STREAM])
    pattern = sensor.normal(0, settings.pattern, size).astype(np.float32)
    bank = sensor.standard_normal(_BANK, dtype=np.float32)
    offsets = sensor.integers(0, _BANK - size[0] * size[1], len(times))
    return Head(np.stack(slow, 1) + np.stack(fast, 1), roll, zoom), Light(gain, side, bank, offsets, pattern)
