"""Checks of a video before it is written: a builder that breaks one is told where."""

import re
from typing import get_args

from mebench.data.interval import Expression, Kind, VideoInfo
from mebench.data.labels import COARSE, FINE
from mebench.errors import MebenchError

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class DuplicateKey(MebenchError):
    """The source gives one key twice."""


def check_video(dataset: str, subject: str, info: VideoInfo) -> None:
    """Make sure that the facts of a video are sound.

    Raises:
        MebenchError: another dataset or subject than asked for, an id unfit for a file name, no frame or frame rate,
            or an expression that `check_expression` refuses.
    """
    where = f"{dataset}: video {info.video_id} (subject {subject})"
    if info.dataset != dataset or info.subject != subject:
        raise MebenchError(f"{where}: the builder calls it {info.dataset}, subject {info.subject}; make them agree")
    if not _FILE_NAME.fullmatch(info.video_id):
        raise MebenchError(f"{where}: its id must be fit for a file name: letters, digits, dot, dash and underscore")
    if info.num_frames < 1 or not info.fps > 0:
        raise MebenchError(f"{where}: {info.num_frames} frames at {info.fps} a second; both must be above 0")
    for expression in info.expressions:
        check_expression(where, info.num_frames, expression)
    onsets = [expression.onset for expression in info.expressions]
    if onsets != sorted(onsets):
        raise MebenchError(f"{where}: its expressions must stand in order of onset")


def check_expression(where: str, num_frames: int, expression: Expression) -> None:
    """Make sure that an expression lies in its video and is called by known names.

    Raises:
        MebenchError: onset, apex or offset outside the video or offset before onset, an unknown kind or label, or an
            AU that holds a plus sign.
    """
    e = expression
    if not 0 <= e.onset <= e.offset < num_frames or not -1 <= e.apex < num_frames:
        raise MebenchError(
            f"{where}: onset {e.onset}, apex {e.apex}, offset {e.offset} do not lie in order in its {num_frames} "
            "frames; the builder must repair the row or leave it out"
        )
    for name, value, allowed in (
        ("kind", e.kind, get_args(Kind)),
        ("coarse", e.coarse, ("", *COARSE)),
        ("fine", e.fine, ("", *FINE)),
    ):
        if value not in allowed:
            raise MebenchError(f"{where}: {name} is {value!r}; it must be one of {', '.join(a for a in allowed if a)}")
    if any(not au or "+" in au for au in e.aus):
        raise MebenchError(f"{where}: action units {e.aus} must be single ones, without a plus sign")
