"""Faulty videos are told of together and at the end; a fault of the machine ends everything at once."""

import threading
from pathlib import Path

import pytest

from mebench.data.frames import LazyFrames, SegmentStore
from mebench.data.interval import VideoInfo
from mebench.data.source import Video
from mebench.errors import MebenchError
from mebench.tasks.each_video import for_each_video


def videos(count):
    infos = [VideoInfo("d", f"v{i}", "s", f"v{i}", 30.0, 10, ()) for i in range(count)]
    frames = LazyFrames("d", "v", 10, 0, SegmentStore(Path("nowhere"), list))  # nobody reads them
    return [Video(info, frames, str(i), str(i)) for i, info in enumerate(infos)]


def test_results_are_in_order():
    assert for_each_video(lambda video: video.info.video_id, videos(5), 3) == ["v0", "v1", "v2", "v3", "v4"]
    assert for_each_video(lambda video: 1, [], 2) == []


def test_every_video_is_worked_on_and_the_faulty_ones_are_named():
    done, lock = [], threading.Lock()

    def work(video):
        with lock:
            done.append(video.info.video_id)
        if video.info.video_id in ("v1", "v3"):
            raise MebenchError("an empty strip")

    with pytest.raises(MebenchError) as caught:
        for_each_video(work, videos(6), 2)
    assert sorted(done) == [f"v{i}" for i in range(6)]
    assert str(caught.value).startswith("d v1: an empty strip (2 of 6 videos cannot be used")
    assert 'leave_out = ["v1", "v3"]' in str(caught.value)


def test_many_faulty_videos_are_not_all_named():
    def work(video):
        raise MebenchError(f"d {video.info.video_id}: no face")

    with pytest.raises(MebenchError, match=r'^d v0: no face .*"v9"\] and 4 more'):
        for_each_video(work, videos(14), 2)


@pytest.mark.parametrize("fault", ["disk", "bug"])
def test_other_faults_end_the_work(fault):
    done = []

    def work(video):
        done.append(video)
        if fault == "bug":
            raise KeyError("x")
        raise MebenchError("disk full") from OSError(28, "No space left on device")

    with pytest.raises((MebenchError, KeyError), match=r"disk full|x"):
        for_each_video(work, videos(200), 1)
    assert len(done) < 200
