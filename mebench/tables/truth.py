"""Truth and manifest of spot-then-recognise as tables, from what is known of videos."""

from collections.abc import Iterable

import numpy as np

from mebench.data.interval import VideoInfo
from mebench.tables.intervals import IntervalTable, Manifest
from mebench.tables.manifest import manifest_rows, truth_rows


def truth_table(infos: Iterable[VideoInfo], label: str) -> IntervalTable:
    """Return the annotated micro-expressions, with the emotions that the protocol scores (`ProtocolConfig.label`)."""
    rows = truth_rows(infos, label)
    return IntervalTable.of(
        subject=[row.subject for row in rows],
        video=[row.video for row in rows],
        onset=[row.onset for row in rows],
        offset=[row.offset for row in rows],
        emotion=[row.emotion for row in rows],
        apex=[row.apex for row in rows],
        source="truth",
    )


def manifest_table(infos: Iterable[VideoInfo]) -> Manifest:
    """Return every video that is scored, with its length and frame rate."""
    rows = manifest_rows(infos)
    return Manifest(
        dataset=tuple(row.dataset for row in rows),
        subject=tuple(row.subject for row in rows),
        video=tuple(row.video for row in rows),
        num_frames=np.array([row.num_frames for row in rows], np.int64),
        fps=np.array([row.fps for row in rows], np.float64),
    )
