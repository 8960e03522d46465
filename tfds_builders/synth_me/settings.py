"""Every tunable constant of the embedded dataset, and its variants."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class SceneSettings:
    """Kinds, sizes and rates of motion; lengths in seconds, displacements in px of a 256 px wide picture.

    Attributes:
        micro_count, macro_count: fewest and most annotated expressions of a video.
        empty_from, empty_every: videos number `empty_from + k * empty_every` hold no micro-expression.
        videos_per_subject: numbers the videos: subject index * videos_per_subject + video index.
        coarse_odds: how often each coarse class comes, beyond the one of each that a video starts with.
        micro_seconds, macro_seconds: onset to offset.
        micro_px, macro_px: displacement of the point that moves most, at the apex.
        apex_share: part of the duration that passes until the apex.
        margin_seconds: rest at the beginning and the end of a video.
        gap_seconds: least rest between two annotated expressions.
        blinks_per_second, blink_seconds, blink_px: AU45.
        singles_per_second, single_seconds, single_px: single action units that are no expression.
        drifts_per_second, drift_seconds, drift_px: slow action units.
        sway_px, sway_hz: slow head translation (x, y; standard deviation).
        jitter_px, jitter_hz: fast head translation.
        roll_degrees, roll_hz: head rotation in the picture plane.
        zoom, zoom_hz: relative change of size.
        gain, gain_hz: illumination drift, relative.
        side, side_hz: change of light from one side to the other, relative.
        flicker, flicker_hz: of the lamps, relative.
        noise: standard deviation of the sensor noise at grey value 128.
        read_share: part of its variance that does not grow with the light.
        pattern: standard deviation of the sensor's fixed pattern.
        jpeg_quality: of the stored frames.
    """

    micro_count: tuple[int, int] = (3, 5)
    macro_count: tuple[int, int] = (1, 2)
    empty_from: int = 5
    empty_every: int = 8
    videos_per_subject: int = 2
    coarse_odds: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"negative": 0.5, "positive": 0.2, "surprise": 0.15, "others": 0.15})
    )
    micro_seconds: Range = (0.15, 0.5)
    macro_seconds: Range = (0.7, 2.5)
    micro_px: Range = (0.7, 1.9)
    macro_px: Range = (2.0, 5.0)
    apex_share: Range = (0.35, 0.55)
    margin_seconds: float = 0.4
    gap_seconds: float = 0.5
    blinks_per_second: float = 0.2
    blink_seconds: Range = (0.15, 0.4)
    blink_px: Range = (6.0, 9.5)
    singles_per_second: float = 0.15
    single_seconds: Range = (0.25, 1.5)
    single_px: Range = (0.5, 1.6)
    drifts_per_second: float = 0.05
    drift_seconds: Range = (4.0, 9.0)
    drift_px: Range = (0.5, 1.5)
    sway_px: Range = (0.8, 0.5)
    sway_hz: float = 0.5
    jitter_px: float = 0.05
    jitter_hz: float = 6.0
    roll_degrees: float = 0.25
    roll_hz: float = 0.5
    zoom: float = 0.002
    zoom_hz: float = 0.3
    gain: float = 0.012
    gain_hz: float = 0.5
    side: float = 0.02
    side_hz: float = 0.4
    flicker: float = 0.004
    flicker_hz: float = 100.3
    noise: float = 3.0
    read_share: float = 0.35
    pattern: float = 0.6
    jpeg_quality: int = 95


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A size of the dataset.

    Attributes:
        seed: of its identities and scenes; equal seeds, settings and lengths give the same scenes at any frame rate.
        subjects, videos: number of subjects, and of videos each.
        seconds, fps: of each video.
        scene: how its scenes are drawn.
    """

    seed: int
    subjects: int
    videos: int = 2
    seconds: float
    fps: float = 30.0
    scene: SceneSettings = SceneSettings()

    @property
    def num_frames(self) -> int:
        """Frames of each video."""
        return round(self.seconds * self.fps)


SIZE = 256
"""Width and height of the frames in px."""

_CLIP_SCENE = SceneSettings(
    micro_count=(1, 1),
    macro_count=(0, 0),
    empty_from=1 << 30,
    videos_per_subject=6,
    margin_seconds=0.1,
    micro_seconds=(0.2, 0.45),
    micro_px=(0.4, 1.2),
    blinks_per_second=0.05,
)

CLIPS = Variant(seed=5, subjects=40, videos=6, seconds=0.7, fps=40.0, scene=_CLIP_SCENE)
"""Clips of one micro-expression each, for questions: 240 of 40 subjects, the coarse classes equally often."""

VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "tiny": Variant(seed=1, subjects=3, seconds=5.0, scene=SceneSettings(micro_count=(2, 2), macro_count=(0, 0))),
        "quick": Variant(seed=2, subjects=10, seconds=22.0),
        "200fps": Variant(seed=2, subjects=10, seconds=22.0, fps=200.0),
        "full": Variant(
            seed=3, subjects=20, seconds=60.0, scene=SceneSettings(micro_count=(6, 10), macro_count=(3, 5))
        ),
        "long": Variant(
            seed=4,
            subjects=2,
            videos=1,
            seconds=220.0,
            scene=SceneSettings(micro_count=(30, 50), macro_count=(10, 20), videos_per_subject=1),
        ),
        "clips": CLIPS,
        "clips_v2": CLIPS,
        "clips_tiny": Variant(seed=6, subjects=4, videos=3, seconds=0.7, fps=40.0, scene=_CLIP_SCENE),
    }
)
"""The variants by name; `200fps` shows the scenes of `quick`, sampled more densely.

`clips` and `clips_v2` share their frames: the questions are those of MEGC2025 and of MEGC2026.
"""
