"""Windows of flow and strain over the lag, of the whole video: MEAN's input (mebench/docs/mean.md, Input features)."""

from mebench.config.experiment import FeaturesConfig
from mebench.features.cache import FeatureCache
from mebench.features.feature import Feature, Footage
from mebench.features.windows.pipeline import VideoFeatures, extract_video, window_lag
from mebench.progress import Advance


def extract(video: Footage, settings: FeaturesConfig, cache: FeatureCache, advance: Advance) -> VideoFeatures:
    """Return windows, their mean motion, and the face (`mebench.features.windows.pipeline.extract_video`)."""
    return extract_video(video.frames, video.fps, settings, video.label, video.content_key, cache, advance)


def count(fps: float, frames: int, marks: int, settings: FeaturesConfig) -> int:
    """Return the number of windows of a video."""
    return max(0, frames - window_lag(fps, settings.lag_seconds))


FEATURE = Feature(
    about="flow and strain of brows, eyes and mouth over the lag, every frame",
    of_marks=False,
    settings=lambda experiment: experiment.window_features,
    extract=extract,
    unit="windows",
    amount=count,
    flow=lambda settings: settings.flow,
)
