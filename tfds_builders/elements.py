"""Stored elements of long videos: the features of each form, and the elements of a video."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from mebench.data.interval import VideoInfo
from mebench.data.questions import Question
from mebench.errors import MebenchError

SEGMENT = 128
"""Most frames of one element of a `frames` config: long videos are gigabytes."""

FRAMES = "frames"
"""Both the form with pixels and its feature that holds them."""

Element = tuple[str, dict[str, Any]]
"""Key, and values by the names of the features."""


@dataclass(frozen=True)
class SourceVideo:
    """One video as its source has it.

    Attributes:
        info: ids, length, annotated expressions; 0-based frames.
        frames: gives the original image files' bytes, in order, `info.num_frames` of them.
        stamp: another text whenever the frames may be others, as names, sizes and mtimes_ns of the files; a build
            that goes on after a stop keeps a shard only if the stamps of its videos are the same. "" where the frames
            follow from the builder's version.
        questions: about the video; only question sets have any.
    """

    info: VideoInfo
    frames: Callable[[], Iterator[bytes]]
    stamp: str = ""
    questions: tuple[Question, ...] = ()


_VIDEO = {
    "video_id": tfds.features.Text(doc="Unique in the dataset."),
    "subject": tfds.features.Text(),
    "video": tfds.features.Text(),
    "fps": np.float64,
    "num_frames": np.int64,
}

_MORE = {
    "has_labels": np.bool_,
    "first_number": np.int64,
    "missing_numbers": tfds.features.Text(doc="Numbers that the source's files skip, as 12-15,30."),
}

_EXPRESSION = {
    "onset": np.int64,
    "apex": np.int64,
    "offset": np.int64,
    "kind": tfds.features.Text(doc="micro or macro"),
    "emotion": tfds.features.Text(doc="As in the source."),
    "coarse": tfds.features.Text(),
    "fine": tfds.features.Text(),
    "aus": tfds.features.Text(doc="Joined by +; TFDS without TensorFlow has no sequence in a sequence."),
    "raw_row": np.int64,
    "raw_onset": tfds.features.Text(doc="The table's cell, in the source's own numbering."),
    "raw_apex": tfds.features.Text(),
    "raw_offset": tfds.features.Text(),
    "raw_aus": tfds.features.Text(),
    "notes": tfds.features.Text(doc="What else the row says, as JSON."),
    "repairs": tfds.features.Text(doc="What was changed against the row; joined by line breaks."),
}

_QUESTION = {
    "question_id": tfds.features.Text(),
    "form": tfds.features.Text(doc="Name in mebench.data.questions.WORDINGS."),
    "question": tfds.features.Text(),
    "answer": tfds.features.Text(),
    "has_answer": np.bool_,
    "row": np.int64,
    "raw": tfds.features.Text(doc="The row as the file has it, as JSON."),
}

_WHERE = ("onset", "apex", "offset")
"""Of the video's expression where it has just one (a clip), 0-based; otherwise -1."""


def features_of(form: str, image: tfds.features.Image) -> tfds.features.FeaturesDict:
    """Return the features of a config of one form; `image` is a frame of a `frames` config."""
    if form == FRAMES:
        own = {"start": np.int64, FRAMES: tfds.features.Sequence(image)}
    elif form == "clips":
        own = {**_QUESTION, **dict.fromkeys(_WHERE, np.int64)}
    else:
        own = {**_MORE, "expressions": tfds.features.Sequence(_EXPRESSION)}
    return tfds.features.FeaturesDict({**_VIDEO, **own})


def elements_of(video: SourceVideo, form: str) -> Iterator[Element]:
    """Yield the elements of a video: segments of at most `SEGMENT` frames, its questions, or the one with its facts.

    Raises:
        MebenchError: the source gives more or fewer frames than it states, or an empty file.
    """
    if form == FRAMES:
        return segments(video)
    return questions(video) if form == "clips" else iter([(video.info.video_id, annotations(video.info))])


def segments(video: SourceVideo) -> Iterator[Element]:
    """Yield the frames of a video in segments, and make sure that all are there, each whole."""
    info, start = video.info, 0
    frames = itertools.islice(video.frames(), info.num_frames + 1)  # one too many is enough to know
    while batch := list(itertools.islice(frames, SEGMENT)):
        _check_count(info, start + len(batch), most=True)
        empty = [start + i for i, data in enumerate(batch) if not data]
        if empty:
            raise MebenchError(f"{info.dataset}: video {info.video_id}: the file of frame {empty[0]} is empty")
        yield f"{info.video_id}/{start:09d}", {**_facts(info), "start": start, FRAMES: batch}
        start += len(batch)
    _check_count(info, start, most=False)


def _check_count(info: VideoInfo, found: int, most: bool) -> None:
    if found > info.num_frames if most else found != info.num_frames:
        more = "more frames than" if most else f"{found} frames, not"
        raise MebenchError(
            f"{info.dataset}: video {info.video_id} (subject {info.subject}) has {more} the {info.num_frames} that its "
            "source states; repair the archive or its table"
        )


def _facts(info: VideoInfo) -> dict[str, Any]:
    return {name: getattr(info, name) for name in _VIDEO}


def annotations(info: VideoInfo) -> dict[str, Any]:
    """Return the element of a `videos` config."""
    rows = [
        {**dataclasses.asdict(e), "aus": "+".join(e.aus), "repairs": "\n".join(e.repairs)} for e in info.expressions
    ]
    return {**_facts(info), **{name: getattr(info, name) for name in _MORE}, "expressions": rows}


def questions(video: SourceVideo) -> Iterator[Element]:
    """Yield the questions about a video, each with the video's facts."""
    one = video.info.expressions[0] if len(video.info.expressions) == 1 else None
    where = {name: -1 if one is None else getattr(one, name) for name in _WHERE}
    for question in video.questions:
        yield question.question_id, {**_facts(video.info), **dataclasses.asdict(question), **where}
