"""Picture of the dataset: `python -m tfds_builders.synth_me.contact_sheet OUT.png`."""

import os
import sys
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from mebench.errors import MebenchError
from tfds_builders.synth_me import clip
from tfds_builders.synth_me.schedule import Event
from tfds_builders.synth_me.settings import VARIANTS, Variant
from tfds_builders.synth_me.synth_me_dataset_builder import face_of, video_plan, video_scene

COLUMNS = 6
"""Pictures in a row: that many identities; onset, apex and difference of two micro-expressions."""

CELL = 160
"""Side of one picture in px."""

GAIN = 6.0
"""Magnification of the difference between apex and onset."""

_LEVELS = 64


def contact_sheet(variant: Variant) -> UInt8[np.ndarray, "h w"]:
    """Return identities above, and below onset, apex and difference of one micro-expression of each scored class."""
    identities = [face_of(variant, i).image for i in range(COLUMNS)]
    rows = [np.hstack([_cell(image, f"s{i + 1:02d}") for i, image in enumerate(identities)])]
    shown = [_micro(variant, i, emotions) for i, emotions in enumerate(_WANTED)]
    rows += [np.hstack(shown[i : i + 2]) for i in range(0, len(shown), 2)]
    return np.vstack(rows)


_WANTED = (("happiness",), ("surprise",), ("anger", "sadness", "fear"), ("disgust", "contempt", "repression"))


def _micro(variant: Variant, subject_index: int, emotions: tuple[str, ...]) -> UInt8[np.ndarray, "h w"]:
    """Return onset, apex and difference of the strongest such micro-expression from this subject on."""
    for index in range(subject_index, variant.subjects):
        for video_index in range(variant.videos):
            events = video_plan(variant, index, video_index).annotated
            found = [event for event in events if event.kind == "micro" and event.emotion in emotions]
            if found:
                strongest = max(found, key=lambda event: event.px)
                return _event_strip(variant, index, video_index, strongest)
    raise MebenchError(f"synth_me: no micro-expression {' or '.join(emotions)} in the variant; draw a larger variant")


def _event_strip(variant: Variant, subject_index: int, video_index: int, event: Event) -> UInt8[np.ndarray, "h w"]:
    drawn = video_scene(variant, face_of(variant, subject_index), subject_index, video_index)
    onset, apex = (round(seconds * variant.fps) for seconds in (event.onset, event.apex))
    before, after = (clip.frame(drawn, i).astype(np.float32) for i in (onset, apex))
    change = cv2.GaussianBlur(after - before, (0, 0), 0.8)
    name = f"{event.emotion} {'+'.join(event.aus)}"
    return np.hstack(
        [
            _cell(before, f"{name}: onset"),
            _cell(after, f"apex, {event.px:.1f} px"),
            _cell(128 + GAIN * change, f"difference x{GAIN:.0f}"),
        ]
    )


def _cell(image: np.ndarray, text: str) -> UInt8[np.ndarray, "h w"]:
    """Return the picture at the sheet's size, in few grey levels (a small file), with a line of text."""
    small = cv2.resize(np.clip(image, 0, 255).astype(np.float32), (CELL, CELL), interpolation=cv2.INTER_AREA)
    step = 256 // _LEVELS
    levels = (np.rint(small / step) * step).clip(0, 255).astype(np.uint8)
    levels[-16:] = 0
    return cv2.putText(levels, text, (4, CELL - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.38, 255, 1, cv2.LINE_AA)


def write_sheet(path: Path) -> None:
    """Write the contact sheet of `quick` as PNG, whole or not at all."""
    _, data = cv2.imencode(".png", contact_sheet(VARIANTS["quick"]), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data.tobytes())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tfds_builders.synth_me.contact_sheet OUT.png")
    write_sheet(Path(sys.argv[1]))
