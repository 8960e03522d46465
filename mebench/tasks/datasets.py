"""The datasets of an experiment: built, opened, cut to what it uses, and split into folds."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mebench.config.experiment import DatasetConfig, Experiment
from mebench.data.builders import build_dataset
from mebench.data.interval import VideoInfo
from mebench.data.label_maps import LABEL_MAPS, LabelMap
from mebench.data.source import Dataset, Video, open_dataset
from mebench.data.splits import Fold, cross_dataset, loso, subject_folds
from mebench.errors import MebenchError, unknown_name
from mebench.progress import Progress
from mebench.runtime import environment as runtime


@dataclass(frozen=True)
class OpenDatasets:
    """Datasets of an experiment, opened.

    Attributes:
        datasets: as they are opened, without the videos that are left out.
        videos: of all of them, with the classes of their label map; where there are several datasets, subject and
            `video_id` have the dataset's name and a slash before them, so that no two datasets share one.
    """

    datasets: tuple[Dataset, ...]
    videos: tuple[Video, ...]

    @property
    def infos(self) -> list[VideoInfo]:
        """Facts and labels of the videos."""
        return [video.info for video in self.videos]


def open_inputs(
    experiment: Experiment, data: Path | None, progress: Progress, spare: Path | None = None
) -> OpenDatasets:
    """Return the datasets of an experiment, built where that needs no archive.

    Args:
        experiment: as resolved.
        data: folder of built datasets; None: that of TFDS.
        progress: shows the stages.
        spare: as for `mebench.data.source.open_dataset`.

    Raises:
        MebenchError: a dataset that is unknown, not built or damaged, or a video to leave out that it does not have.
    """
    datasets, videos = [], []
    for settings, label in experiment.labelled:
        build_dataset(settings.name, settings.variant, data, progress, jobs=runtime.cores())
        opened = open_dataset(settings.name, settings.variant, data, progress, settings.limit, spare)
        used = {info.video_id for info in kept([video.info for video in opened.videos], settings)}
        dataset = dataclasses.replace(opened, videos=tuple(v for v in opened.videos if v.info.video_id in used))
        datasets.append(dataset)
        videos += [dataclasses.replace(v, info=as_used(v.info, settings, experiment, label)) for v in dataset.videos]
    return OpenDatasets(tuple(datasets), tuple(videos))


def kept(infos: Sequence[VideoInfo], settings: DatasetConfig) -> list[VideoInfo]:
    """Return the videos that `leave_out` does not name.

    Raises:
        MebenchError: it names a video that the dataset does not have (not looked at where `limit` is set), or all.
    """
    known = [info.video_id for info in infos]
    strange = [name for name in settings.leave_out if name not in known]
    if strange and settings.limit is None:
        raise unknown_name(f"video to leave out of {settings.name}", strange[0], known)
    found = [info for info in infos if info.video_id not in settings.leave_out]
    if not found:
        raise MebenchError(f"leave_out names every video of {settings.name}; leave some in")
    return found


def as_used(info: VideoInfo, settings: DatasetConfig, experiment: Experiment, label: str) -> VideoInfo:
    """Return a video's facts as the experiment uses them: classes of the label map, and ids as `Inputs` says.

    Args:
        info: as the dataset has it.
        settings: of the dataset.
        experiment: as resolved.
        label: what the dataset is called in it (`Experiment.labelled`).
    """
    if settings.label_map:
        info = mapped(info, LABEL_MAPS[settings.label_map])
    return with_dataset(dataclasses.replace(info, dataset=label)) if len(experiment.datasets) > 1 else info


def mapped(info: VideoInfo, labels: LabelMap) -> VideoInfo:
    """Return the video with the map's class as the coarse class of each expression; "" where the map has none."""
    clip = (info.subject, info.video)
    rows = [dataclasses.replace(e, coarse=labels.class_of(clip, e.emotion) or "") for e in info.expressions]
    return dataclasses.replace(info, expressions=tuple(rows))


def with_dataset(info: VideoInfo) -> VideoInfo:
    """Return the video with `dataset/` before subject and id."""
    subject, video_id = (f"{info.dataset}/{name}" for name in (info.subject, info.video_id))
    return dataclasses.replace(info, subject=subject, video_id=video_id)


def without_dataset(info: VideoInfo) -> VideoInfo:
    """Return the video with subject and id as its dataset calls them."""
    subject, video_id = (name.removeprefix(f"{info.dataset}/") for name in (info.subject, info.video_id))
    return dataclasses.replace(info, subject=subject, video_id=video_id)


def folds_of(experiment: Experiment, infos: Iterable[VideoInfo]) -> tuple[Fold, ...]:
    """Return the folds of the experiment's protocol; subjects are called as in `Inputs.videos`.

    Args:
        experiment: its protocol, and the dataset that it tests on.
        infos: of the videos that take part.

    Raises:
        MebenchError: too few subjects or datasets, or a video to learn from that has no labels.
    """
    infos = list(infos)
    test = experiment.labelled[-1][1] if experiment.test_dataset else None
    if experiment.protocol.kind == "test_only":
        return (Fold("all", (), tuple(sorted({info.subject for info in infos}))),)
    silent = [info for info in infos if not info.has_labels and (test is None or info.dataset != test)]
    if silent:
        raise MebenchError(
            f"{silent[0].dataset}: video {without_dataset(silent[0]).video_id} has no labels, so nothing can be learnt "
            'from it; test on that dataset instead: [test_dataset] with protocol.kind = "cross_dataset"'
        )
    if experiment.protocol.kind == "subject_folds":
        return subject_folds((info.subject for info in infos), experiment.protocol.folds)
    if test is None:
        return loso(info.subject for info in infos)
    folds = cross_dataset([(info.dataset, without_dataset(info).subject) for info in infos])
    return tuple(fold for fold in folds if fold.name == test)
