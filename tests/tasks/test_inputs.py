"""What an experiment makes of its datasets: left out videos, label maps, ids, folds."""

import pytest
from fixtures.archives import casme2

from mebench.config.experiment import DatasetConfig, Experiment, ProtocolConfig
from mebench.data.interval import Expression, VideoInfo
from mebench.data.label_maps import LABEL_MAPS
from mebench.errors import MebenchError
from mebench.tasks.datasets import as_used, folds_of, kept, mapped, with_dataset, without_dataset
from tfds_builders.archives.archive_builder import Choice
from tfds_builders.archives.tree import scan
from tfds_builders.casme2.casme2_dataset_builder import Builder


def video(subject: str, clip: str, emotion: str = "fear", coarse: str = "negative", dataset: str = "casme2", **changes):
    micro = (Expression(0, -1, 9, "micro", emotion, coarse, ""),)
    facts = {"fps": 200.0, "num_frames": 30, "expressions": micro} | changes
    return VideoInfo(dataset, f"sub{subject}_{clip}", subject, clip, **facts)


def loso_of(*datasets: str, **changes) -> Experiment:
    first, *more = (DatasetConfig(name=name) for name in datasets)
    return Experiment(name="a/b", dataset=first, more_datasets=tuple(more), **changes)


def test_the_label_map_of_megc2019_leaves_out_what_the_protocol_leaves_out():
    labels = LABEL_MAPS["casme2_3"]
    assert [e.coarse for e in mapped(video("01", "EP01"), labels).expressions] == [""]  # fear is no class of the map
    assert [e.coarse for e in mapped(video("01", "EP01", "Disgust"), labels).expressions] == ["negative"]
    for subject, clip in (("04", "EP12_01f"), ("05", "EP09_05f")):
        assert [e.coarse for e in mapped(video(subject, clip, "disgust"), labels).expressions] == [""]
    assert [e.coarse for e in mapped(video("05", "EP12_03f", "surprise"), labels).expressions] == ["surprise"]
    assert [e.coarse for e in mapped(video("24", "EP10_03", "surprise"), labels).expressions] == [""]
    assert [e.coarse for e in mapped(video("24", "EP10_02", "surprise"), labels).expressions] == ["surprise"]


def test_ids_get_the_datasets_name_only_where_there_are_several():
    one, both = loso_of("casme2"), loso_of("casme2", "samm")
    info = video("01", "EP01")
    assert as_used(info, one.dataset, one, info.dataset) == info
    named = as_used(info, both.dataset, both, info.dataset)
    assert (named.subject, named.video_id, named.video) == ("casme2/01", "casme2/sub01_EP01", "EP01")
    assert without_dataset(named) == info == without_dataset(info)


def test_left_out_videos():
    infos = [video("01", "EP01"), video("02", "EP01")]
    assert kept(infos, DatasetConfig(name="casme2", leave_out=("sub01_EP01",))) == infos[1:]
    with pytest.raises(MebenchError, match="unknown video to leave out of casme2 'sub03_EP01'"):
        kept(infos, DatasetConfig(name="casme2", leave_out=("sub03_EP01",)))
    assert kept(infos, DatasetConfig(name="casme2", leave_out=("sub03_EP01",), limit=2)) == infos


def test_subjects_of_two_datasets_with_one_id_are_two_folds():
    infos = [with_dataset(video("01", "a", dataset=name)) for name in ("casme2", "samm")]
    folds = folds_of(loso_of("casme2", "samm"), infos)
    assert [(fold.name, fold.train) for fold in folds] == [("casme2/01", ("samm/01",)), ("samm/01", ("casme2/01",))]


def test_cross_dataset_is_one_fold():
    test = {"test_dataset": DatasetConfig(name="x"), "protocol": ProtocolConfig(kind="cross_dataset")}
    made = loso_of("casme2", "samm", **test)
    infos = [with_dataset(video("01", "a", dataset=name)) for name in ("casme2", "samm")]
    infos.append(with_dataset(video("01", "a", dataset="x", expressions=(), has_labels=False)))
    (fold,) = folds_of(made, infos)
    assert (fold.name, fold.train, fold.test) == ("x", ("casme2/01", "samm/01"), ("x/01",))


def test_a_video_without_labels_trains_nobody():
    silent = video("02", "a", expressions=(), has_labels=False)
    with pytest.raises(MebenchError, match=r"casme2: video sub02_a has no labels.*cross_dataset"):
        folds_of(loso_of("casme2"), [video("01", "a"), silent])


def test_clips_that_megc2019_leaves_out_are_named_as_the_builder_names_them(tmp_path):
    rows = (*casme2.ROWS, ("04", "EP12_01f", 5, "/", 20, 4, "disgust"), ("05", "EP09_05f", 5, 5, 20, 4, "disgust"))
    reading = Builder.read(scan(casme2.write(tmp_path, rows, clips=rows)), Choice())
    found = {v.info.video: mapped(v.info, LABEL_MAPS["casme2_3"]).expressions[0].coarse for v in reading.videos}
    assert (found["EP12_01f"], found["EP09_05f"], found["EP03_02"]) == ("", "", "negative")
