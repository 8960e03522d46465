"""Frames of a scene: a face that moves as scheduled, its head, the light and the sensor."""

import itertools
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int, Int64, UInt8

from tfds_builders.synth_me.draws import normals
from tfds_builders.synth_me.exact import cosine, sine
from tfds_builders.synth_me.motion import band_noise, profile
from tfds_builders.synth_me.patch import Neutral, Patch, patch_of
from tfds_builders.synth_me.schedule import Event, Schedule
from tfds_builders.synth_me.settings import SceneSettings

THREADS = 2
"""Threads that draw frames; the bytes do not depend on it."""

FINE = 2
"""Pixels of the neutral face for each pixel of a frame, along a side."""

UNIT = 64
"""Places in the neutral face are whole numbers of 1 / UNIT px of a frame: 1/32 px of it, as OpenCV's remap counts."""

_LOOK_AHEAD = 8
_BANK = 1 << 20
_STILL = 1e-6
_MIDDLE = 16
_SMALL = 480
_FLOW_STEPS = 12
_REFERENCE_WIDTH = 256
_PIVOT_HEIGHT = 0.62
_MOTION_STREAM, _NOISE_STREAM = 2, 3


@dataclass(frozen=True)
class Light:
    """Illumination and sensor noise, frame by frame.

    Attributes:
        gain: factor of the whole picture.
        side: factor added on the right edge (half of it; taken off on the left).
        bank: nearly normal draws; a frame's noise starts at its offset.
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
        fine: the neutral face, `FINE` pixels to each pixel of a frame along a side.
        patches: how each combination of action units moves its part of the face, at a peak of 1 px.
        weights: px of each patch in each frame.
        poses: affine map (2 rows, for x, y, 1) from each frame to the head at rest.
        light: illumination and noise.
    """

    settings: SceneSettings
    fine: UInt8[np.ndarray, "fine_h fine_w"]
    patches: tuple[Patch, ...]
    weights: Float32[np.ndarray, "n k"]
    poses: Float64[np.ndarray, "n 2 3"]
    light: Light

    @property
    def num_frames(self) -> int:
        """Frames of the video."""
        return len(self.weights)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a frame."""
        height, width = self.light.pattern.shape
        return height, width


def scene(settings: SceneSettings, face: Neutral, plan: Schedule, fps: float, seed: tuple[int, ...]) -> Scene:
    """Return the scene of a schedule at a frame rate; equal seeds give the same motion and light at any rate."""
    times = np.arange(round(plan.seconds * fps)) / fps
    size = (face.fine.shape[0] // FINE, face.fine.shape[1] // FINE)
    names = sorted({event.aus for event in plan.events})
    scale = size[1] / _REFERENCE_WIDTH
    weights = np.zeros((len(times), len(names)))
    for event in plan.events:
        weights[:, names.index(event.aus)] += scale * event.px * profile(times, event.onset, event.apex, event.offset)
    patches = tuple(patch_of(face, aus, scale * _largest(plan.events, aus)) for aus in names)
    rng = np.random.default_rng([*seed, _MOTION_STREAM])
    poses = _poses(settings, rng, times, size)
    light = _light(settings, rng, np.random.default_rng([*seed, _NOISE_STREAM]), times, size)
    return Scene(settings, face.fine, patches, weights.astype(np.float32), poses, light)


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
    x, y = _places(drawn, i)
    pixels = cv2.merge([(one >> 5).astype(np.int16, copy=False) for one in (x, y)])
    rest = (((y & 31) << 5) | (x & 31)).astype(np.uint16)
    return _seen(drawn, i, cv2.remap(drawn.fine, pixels, rest, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def sources(drawn: Scene, i: int) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Return x and y, in px, of the neutral face that each pixel of frame i shows, before they are rounded."""
    x, y = (one[0] * columns + one[1] * rows + one[2] for one, columns, rows in _grid(drawn, i))
    for region, (across, down) in _moves(drawn, i):
        x[region] += across
        y[region] += down
    return x.astype(np.float32), y.astype(np.float32)


def _places(drawn: Scene, i: int) -> tuple[Int[np.ndarray, "h w"], Int[np.ndarray, "h w"]]:
    """Return `sources` in 1 / UNIT px, from the corner of the first fine pixel's middle: whole numbers."""
    kind = np.int16 if max(drawn.size) <= _SMALL else np.int32
    x, y = (
        np.rint((one[0] * columns + one[2]) * UNIT + _MIDDLE).astype(kind) + np.rint(one[1] * rows * UNIT).astype(kind)
        for one, columns, rows in _grid(drawn, i)
    )
    for region, move in _moves(drawn, i):
        across, down = np.rint(move * np.float32(UNIT)).astype(kind)
        x[region] += across
        y[region] += down
    return x, y


def _grid(drawn: Scene, i: int) -> Iterator[tuple[Float64[np.ndarray, " 3"], np.ndarray, np.ndarray]]:
    """Yield for x, then y, its row of the pose, and the columns and rows of the frame."""
    height, width = drawn.size
    for one in drawn.poses[i]:
        yield one, np.arange(width), np.arange(height)[:, None]


def _moves(drawn: Scene, i: int) -> Iterator[tuple[tuple[slice, slice], Float32[np.ndarray, "2 r c"]]]:
    """Yield rows and columns of frame i that a patch moves, and by how many px.

    A patch follows the head's translation where its middle is, not its roll of a fraction of a degree.
    """
    for k in np.flatnonzero(drawn.weights[i] > _STILL):
        region, planes = drawn.patches[k].moved(drawn.poses[i], drawn.size)
        yield region, planes * drawn.weights[i, k]


def _seen(drawn: Scene, i: int, moved: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """Return what the sensor makes of a picture under the light of frame i, with noise that grows with the light."""
    light, settings, (height, width) = drawn.light, drawn.settings, moved.shape
    variance, start = settings.noise * settings.noise, light.offsets[i]
    course = light.gain[i] + light.side[i] * (np.arange(width) / width - 0.5)
    seen = moved * course.astype(np.float32)
    deviation = seen * np.float32(variance * (1 - settings.read_share) / 128)
    deviation += np.float32(variance * settings.read_share)
    np.sqrt(deviation, out=deviation)
    deviation *= light.bank[start : start + height * width].reshape(height, width)
    seen += deviation
    seen += light.pattern
    np.rint(seen, out=seen)
    np.clip(seen, 0, 255, out=seen)
    return seen.astype(np.uint8)


def flow_between(drawn: Scene, i: int, j: int) -> Float32[np.ndarray, "h w 2"]:
    """Return the true forward flow (x, y; px): pixel p of frame i lies at p + flow(p) in frame j.

    Solves sources_j(p + flow) = sources_i(p) by fixed-point steps; what a closing eyelid covers has no true flow.
    """
    height, width = drawn.size
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    from_x, from_y = sources(drawn, i)
    shift_x, shift_y = (there - here for there, here in zip(sources(drawn, j), (xs, ys), strict=True))
    to_x, to_y = from_x.copy(), from_y.copy()
    for _ in range(_FLOW_STEPS):
        at = (to_x, to_y)
        to_x = from_x - cv2.remap(shift_x, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        to_y = from_y - cv2.remap(shift_y, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.stack([to_x - xs, to_y - ys], axis=-1)


def _encoded(drawn: Scene, i: int) -> bytes:
    _, data = cv2.imencode(".jpg", frame(drawn, i), [cv2.IMWRITE_JPEG_QUALITY, drawn.settings.jpeg_quality])
    return data.tobytes()


def _largest(events: tuple[Event, ...], aus: tuple[str, ...]) -> float:
    return max(event.px for event in events if event.aus == aus)


def _poses(
    settings: SceneSettings, rng: np.random.Generator, times: Float64[np.ndarray, " n"], size: tuple[int, int]
) -> Float64[np.ndarray, "n 2 3"]:
    """Draw the head's rigid motion in the picture plane: sway, jitter, roll, and size as it comes nearer."""
    scale = size[1] / _REFERENCE_WIDTH
    slow = [band_noise(rng, settings.sway_hz, scale * px)(times) for px in settings.sway_px]
    fast = [band_noise(rng, settings.jitter_hz, scale * settings.jitter_px)(times) for _ in range(2)]
    roll = band_noise(rng, settings.roll_hz, settings.roll_degrees / 360)(times)
    zoom = 1 + band_noise(rng, settings.zoom_hz, settings.zoom)(times)
    across, down = size[1] / 2, size[0] * _PIVOT_HEIGHT
    c, s = cosine(roll) / zoom, sine(roll) / zoom
    x, y = across + (slow[0] + fast[0]), down + (slow[1] + fast[1])
    of_x, of_y = (c, s, across - (c * x + s * y)), (-s, c, down - (c * y - s * x))
    return np.stack([np.stack(of_x, axis=1), np.stack(of_y, axis=1)], axis=1)


def _light(
    settings: SceneSettings,
    rng: np.random.Generator,
    sensor: np.random.Generator,
    times: Float64[np.ndarray, " n"],
    size: tuple[int, int],
) -> Light:
    lamps = settings.flicker * sine(settings.flicker_hz * times + float(rng.random()))
    gain = 1 + band_noise(rng, settings.gain_hz, settings.gain)(times) + lamps
    side = band_noise(rng, settings.side_hz, settings.side)(times)
    pattern = normals(sensor, *size) * np.float32(settings.pattern)
    bank = normals(sensor, _BANK)
    offsets = sensor.integers(0, _BANK - size[0] * size[1], len(times))
    return Light(gain, side, bank, offsets, pattern)
