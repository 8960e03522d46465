"""Answers fold by fold: learn from the training side, then answer the test side; the loop that simple methods share."""

from collections.abc import Callable, Sequence

from mebench.data.splits import Fold
from mebench.tasks.answers import Spotted, VideoAnswer
from mebench.tasks.recognition_inputs import RecognitionSample
from mebench.tasks.str_inputs import StrVideo
from mebench.tasks.vqa_inputs import AskedClip


def videos_by_fold(
    videos: Sequence[StrVideo],
    folds: Sequence[Fold],
    learn: Callable[[list[StrVideo]], Callable[[StrVideo], VideoAnswer | Sequence[Spotted]]],
) -> list[VideoAnswer]:
    """Return the answer for every video that some fold tests on, in the order of `videos`.

    Args:
        videos: of all subjects.
        folds: who trains, who tests.
        learn: from a fold's training videos to what answers a test video, with intervals or a whole answer.
    """
    found: dict[str, VideoAnswer] = {}
    for fold in folds:
        answer = learn([video for video in videos if video.info.subject in fold.train])
        for video in videos:
            if video.info.subject in fold.test:
                said = answer(video)
                found[video.info.video_id] = (
                    said if isinstance(said, VideoAnswer) else VideoAnswer(video.info, tuple(said))
                )
    return [found[video.info.video_id] for video in videos if video.info.video_id in found]


def samples_by_fold(
    samples: Sequence[RecognitionSample],
    folds: Sequence[Fold],
    learn: Callable[[list[RecognitionSample]], Callable[[int], str]],
) -> dict[int, str]:
    """Return the emotion of every sample that some fold tests on, by row.

    Args:
        samples: of all subjects.
        folds: who trains, who tests.
        learn: from a fold's training samples to what gives the emotion of a row of `samples`.
    """
    found: dict[int, str] = {}
    for fold in folds:
        emotion = learn([sample for sample in samples if sample.info.subject in fold.train])
        found |= {row: emotion(row) for row, sample in enumerate(samples) if sample.info.subject in fold.test}
    return found


def clips_by_fold(
    clips: Sequence[AskedClip],
    folds: Sequence[Fold],
    learn: Callable[[list[AskedClip]], Callable[[AskedClip], dict[str, str]]],
) -> dict[str, str]:
    """Return the answer to every question about a clip that some fold tests on, by question id.

    Args:
        clips: of all subjects.
        folds: who trains, who tests.
        learn: from a fold's training clips to what answers the questions about a clip.
    """
    found: dict[str, str] = {}
    for fold in folds:
        answer = learn([clip for clip in clips if clip.info.subject in fold.train])
        for clip in clips:
            if clip.info.subject in fold.test:
                found |= answer(clip)
    return found
