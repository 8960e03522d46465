"""The page of a question-answering run: onset, apex, offset and flow of each clip beside its answers."""

from collections.abc import Mapping, Sequence

from mebench.config.experiment import Experiment, MediaConfig
from mebench.data.source import Video
from mebench.features.cache import FeatureCache
from mebench.features.clips.flow_picture import LEGEND
from mebench.features.clips.media import Media, MediaSettings, clip_media
from mebench.progress import Progress
from mebench.report.answers_page import AnswerRow, ClipCard, Picture, answers_page, picture_of
from mebench.runtime import environment as runtime
from mebench.tasks.datasets import without_dataset
from mebench.tasks.each_video import ColourFrames, for_each_video, label_of_video
from mebench.tasks.vqa_inputs import AskedClip

CAPTIONS = ("onset", "apex", "offset")


def page_of(
    experiment: Experiment,
    clips: Sequence[AskedClip],
    answers: Mapping[str, str],
    cache: FeatureCache,
    progress: Progress,
) -> str:
    """Return the page of some clips; pictures that the cache has are not computed again.

    Raises:
        MebenchError: a clip without a face.
    """
    media = experiment.media or MediaConfig()
    both = [MediaSettings(kind=kind, size=media.size, flow=media.flow) for kind in ("oao", "of")]
    intervals = {clip.info.video_id: clip.interval for clip in clips}
    with progress.stage("Page: pictures of the clips", len(clips), "clips") as advance:

        def load(video: Video) -> tuple[Media, Media]:
            label, frames = label_of_video(video.info), ColourFrames(video.frames, label_of_video(video.info))
            where = intervals[video.info.video_id]
            one, two = (
                clip_media(frames, *where, video.info.fps, settings, label, video.content_key, cache)
                for settings in both
            )
            advance(1)
            return one, two

        shown = for_each_video(load, [clip.video for clip in clips], max(1, runtime.cores()))
    cards = [_card(clip, *pair, answers) for clip, pair in zip(clips, shown, strict=True)]
    summary = f"Model {experiment.model.name}, {len(clips)} clips, seed {experiment.seed}."
    return answers_page(experiment.name, summary, LEGEND, cards)


def _card(clip: AskedClip, frames: Media, flow: Media, answers: Mapping[str, str]) -> ClipCard:
    info = without_dataset(clip.info)
    captions = [f"{name} (frame {number})" for name, number in zip(CAPTIONS, frames.frames, strict=True)]
    pictures: list[Picture] = [picture_of(*pair) for pair in zip(frames.pictures, captions, strict=True)]
    pictures.append(picture_of(flow.pictures[0], "flow, onset to apex"))
    rows = tuple(AnswerRow(one.question, one.answer, answers[one.question_id]) for one in clip.questions)
    estimated = ", apex estimated" if frames.apex_estimated else ""
    return ClipCard(info.video_id, f"subject {info.subject}, {info.fps:g} fps{estimated}", tuple(pictures), rows)
