"""The composite made again from the licensed archives: the face, its flow from onset to apex, and the strain of that.

As the published pictures are described: u, v and strain of the face, resized to 28x28, each stretched to 0..255 by its
own least and largest value, stored as red, green and blue.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from mebench.data.audit import Finding
from mebench.data.interval import Expression
from mebench.data.label_maps import LABEL_MAPS
from mebench.errors import MebenchError
from mebench.features.face.crop import crop_frames, find_face
from mebench.features.flow import opencv_dis
from mebench.features.windows.strain import optical_strain
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.assemble import ArchiveVideo
from tfds_builders.archives.question_sets import of_part
from tfds_builders.archives.reading import Reading
from tfds_builders.archives.tree import Tree, numbers
from tfds_builders.me_vqa.sources import TRAINING
from tfds_builders.megc2019_flow.clips import counts_of, info_of
from tfds_builders.megc2019_flow.names import ClipName, clip_name
from tfds_builders.megc2019_flow.pictures import SIDE

CROP = 128
"""Side in px of the face whose flow is computed."""


def read_made(tree: Tree) -> Reading:
    """Return the clips of the archives of SAMM, CASME II and SMIC that the composite takes, two files each."""
    videos: dict[ClipName, ArchiveVideo] = {}
    findings: list[Finding] = []
    parts: list[tuple[str, str]] = []
    for part, read in TRAINING.items():
        reading = read(tree, Choice())
        wrong = [finding for finding in reading.findings if finding.severity == "fatal"]
        for error in wrong:
            action = f"its clips are left out; {error.action}"
            findings.append(Finding("warning", "part-missing", part, error.what, action))
        if not wrong:
            found = _of_part(part, reading)
            videos |= found
            findings += [*of_part(reading), *_left_out(part, len(reading.videos) - len(found))]
            parts += [(f"{part} {what}", path) for what, path in reading.parts]
    if not videos:
        what = "no clip of SAMM, CASME II or SMIC"
        action = "put their unpacked archives, tables included, into one folder"
        findings.append(Finding("fatal", "no-videos", "", what, action))
    labels = {clip: video.info.expressions[0].emotion for clip, video in videos.items()}
    made = sorted(videos.values(), key=lambda video: (video.info.subject, video.info.video_id))
    return Reading(tuple(made), "", tuple(parts), counts_of(labels), tuple(findings))


def pictured(label: str, files: Callable[[], Iterator[bytes]]) -> Callable[[], Iterator[bytes]]:
    """Return what gives the picture of a clip.

    Args:
        label: what errors call the clip.
        files: gives the image files of onset and apex.
    """

    def draw() -> Iterator[bytes]:
        onset, apex = (_frame(label, data) for data in files())
        if onset.shape != apex.shape:
            raise MebenchError(f"{label}: onset and apex are pictures of different sizes; look at these two files")
        yield cv2.imencode(".png", flow_picture(onset, apex, label))[1].tobytes()

    return draw


def flow_picture(
    onset: UInt8[np.ndarray, "h w 3"], apex: UInt8[np.ndarray, "h w 3"], label: str
) -> UInt8[np.ndarray, "28 28 3"]:
    """Return strain, v and u of the face from onset to apex as OpenCV's blue, green and red.

    Raises:
        MebenchError: the onset shows no face; `label` says in which clip.
    """
    grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in (onset, apex)])
    first, second = crop_frames(grey, find_face(onset, CROP, label))
    flow = opencv_dis.one()(first, second)
    field = np.dstack([optical_strain(flow[None])[0], flow[..., 1], flow[..., 0]])
    return stretched(cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def stretched(field: Float32[np.ndarray, "h w c"]) -> UInt8[np.ndarray, "h w c"]:
    """Return each channel from 0 (its least value) to 255 (its largest); 0 where it is the same everywhere."""
    low, high = field.min(axis=(0, 1)), field.max(axis=(0, 1))
    span = np.where(high > low, high - low, 1)
    return np.rint((field - low) / span * 255).astype(np.uint8)


def _frame(label: str, data: bytes) -> UInt8[np.ndarray, "h w 3"]:
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise MebenchError(f"{label}: the picture of its onset or apex cannot be read; unpack its archive again")
    return image


def _of_part(part: str, reading: Reading) -> dict[ClipName, ArchiveVideo]:
    """Return the clips of a set that have a class of the composite, each with the files of onset and apex."""
    classes = LABEL_MAPS[f"{part}_3"]
    found = {}
    for video in reading.videos:
        clip = _clip(part, video)
        for e in video.info.expressions:
            label = classes.class_of((video.info.subject, video.info.video), e.emotion)
            if clip is not None and label is not None:
                found[clip] = _pair(clip, video, e, label)
    return found


def _clip(part: str, video: ArchiveVideo) -> ClipName | None:
    """Return what the composite calls a clip of a set."""
    name, number = video.info.video, numbers(video.info.subject)[:1]
    subjects = {"samm": "{:03d}", "casme2": "sub{:02d}", "smic": "s{:02d}"}
    return clip_name(f"{subjects[part].format(*number)}_{name}") if number else None


def _pair(clip: ClipName, video: ArchiveVideo, e: Expression, label: str) -> ArchiveVideo:
    apex = e.apex if e.apex >= 0 else (e.onset + e.offset) // 2
    notes = json.dumps({"source": clip.part, "pair": f"{e.onset}-{apex}"})
    expression = replace(e, onset=0, apex=0, offset=0, emotion=label, coarse=label, notes=notes)
    return ArchiveVideo(info_of(clip, expression), video.folder, (video.files[e.onset], video.files[apex]))


def _left_out(part: str, count: int) -> list[Finding]:
    if not count:
        return []
    what = f"{count} clips have no class of the composite, or it does without them"
    return [Finding("note", "no-class", part, what, "left out")]
