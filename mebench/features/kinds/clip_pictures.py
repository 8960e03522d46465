"""Pictures of each annotated expression as a question-answering model is shown them (mebench/docs/vqa.md, Baseline)."""

from mebench.config.experiment import Experiment, MediaConfig
from mebench.features.cache import FeatureCache
from mebench.features.clips.media import Media, MediaSettings, clip_media
from mebench.features.feature import Feature, Footage
from mebench.progress import Advance


def media_settings(experiment: Experiment) -> MediaSettings:
    """Return how the experiment's `[media]` shows a clip."""
    media = experiment.media or MediaConfig()
    return MediaSettings(kind=media.kind, num_frames=media.num_frames, size=media.size, flow=media.flow)


def extract(video: Footage, settings: MediaSettings, cache: FeatureCache, advance: Advance) -> tuple[Media, ...]:
    """Return the pictures of each mark (`mebench.features.clips.media.clip_media`)."""
    found = []
    for one in video.marks:
        where = (one.onset, one.apex, one.offset)
        found.append(clip_media(video.frames, *where, video.fps, settings, video.label, video.content_key, cache))
        advance(1)
    return tuple(found)


FEATURE = Feature(
    about="pictures of the clip: frames, onset-apex-offset, or flow in colours",
    of_marks=True,
    settings=media_settings,
    extract=extract,
    unit="clips",
    flow=lambda settings: settings.flow,
)
