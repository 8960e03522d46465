"""Datasets as TFRecord for `tfds.load`; run with the extra `tf` installed: pytest -m tensorflow."""

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow_datasets as tfds
from fixtures.made_videos import MadeVideos, image

from mebench.errors import MebenchError

AS_TFRECORD = {"file_format": "tfrecord"}


def load(form, folder, **kwargs):
    """Return the elements that `tfds.load` gives, as numpy."""
    given = tfds.load(f"made_videos/{form}", split="full", data_dir=folder, **kwargs)
    return list(tfds.as_numpy(given))


def digests(folder, form):
    paths = (folder / "made_videos" / form / "1.0.0").glob("*.tfrecord*")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def flat(element, prefix=""):
    """Return the values of an element by path."""
    if isinstance(element, dict):
        return {k: v for name, value in element.items() for k, v in flat(value, f"{prefix}/{name}").items()}
    return {prefix: element}


def png(source):
    """The same video as PNG files, which every library decodes to the same pixels."""

    def frames():
        for data in source.frames():
            yield cv2.imencode(".png", cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))[1].tobytes()

    return dataclasses.replace(source, frames=frames)


def built(folder, form, file_format, change=None):
    builder = MadeVideos(data_dir=folder, config=form, file_format=file_format)
    builder.change = change or builder.change
    builder.download_and_prepare()
    return builder


@pytest.mark.tensorflow
@pytest.mark.parametrize(("form", "count"), [("frames", 12), ("videos", 6)])
def test_tfds_load_gives_what_tfds_data_source_gives(tmp_path, form, count):
    built(tmp_path / "tf", form, "tfrecord", png)
    loaded = load(form, tmp_path / "tf", builder_kwargs=AS_TFRECORD)
    source = built(tmp_path / "np", form, "array_record", png).as_data_source("full")
    assert len(loaded) == len(source) == count
    for ours, theirs in zip(source, loaded, strict=True):
        expected, found = flat(ours), flat(theirs)
        assert expected.keys() == found.keys()
        for name, value in expected.items():
            np.testing.assert_array_equal(np.asarray(value), np.asarray(found[name]), err_msg=name)


@pytest.mark.tensorflow
def test_jpegs_are_stored_as_they_are_and_decoded_alike_when_tensorflow_is_told_to_be_accurate(tmp_path):
    import tensorflow as tf

    raw = load("quick_frames", tmp_path, builder_kwargs=AS_TFRECORD, decoders={"frames": tfds.decode.SkipDecoding()})
    assert list(raw[1]["frames"]) == [image(0, number) for number in range(128, 150)]
    ours = tfds.data_source("made_videos/quick_frames", data_dir=tmp_path / "np")["full"][1]["frames"]
    accurate = [tf.io.decode_jpeg(data, dct_method="INTEGER_ACCURATE").numpy() for data in raw[1]["frames"]]
    np.testing.assert_array_equal(accurate, ours)
    fast = load("quick_frames", tmp_path)[1]["frames"]
    assert (fast != np.asarray(ours)).any()  # what tfds.load does unless told otherwise


@pytest.mark.tensorflow
@pytest.mark.parametrize("form", ["frames", "videos"])
def test_bytes_repeat_whatever_the_number_of_jobs(tmp_path, form):
    for jobs in (1, 3):
        builder = MadeVideos(data_dir=tmp_path / str(jobs), config=form, file_format="tfrecord")
        builder.jobs = jobs
        builder.download_and_prepare()
    assert len(digests(tmp_path / "1", form)) == 3
    assert digests(tmp_path / "1", form) == digests(tmp_path / "3", form)


@pytest.mark.tensorflow
def test_a_finished_dataset_is_read_in_the_format_it_has(tmp_path):
    load("videos", tmp_path, builder_kwargs=AS_TFRECORD)
    assert len(load("videos", tmp_path)) == 6
    with pytest.raises(MebenchError, match=r"is built as tfrecord in .*; give another data_dir to have it"):
        MadeVideos(data_dir=tmp_path, config="videos", file_format="array_record")


@pytest.mark.tensorflow
def test_the_format_may_be_given_when_it_is_built(tmp_path):
    builder = MadeVideos(data_dir=tmp_path, config="videos")
    builder.download_and_prepare(file_format="tfrecord")
    assert len(digests(tmp_path, "videos")) == 3
    assert len(load("videos", tmp_path)) == 6


@pytest.mark.tensorflow
def test_a_shard_that_cannot_be_written_is_one_sentence(tmp_path):
    full = """
import resource, sys
from fixtures.made_videos import MadeVideos
builder = MadeVideos(data_dir=sys.argv[1], config="frames", file_format="tfrecord")
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    builder.download_and_prepare()
except Exception as error:
    print(type(error).__name__, error)
"""
    tests = Path(__file__).parents[1]
    path = f"import sys; sys.path[:0] = [{str(tests)!r}, {str(tests.parent)!r}]\n"
    done = subprocess.run(
        [sys.executable, "-c", path + full, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("MebenchError cannot write in ")
    assert not list((tmp_path / "made_videos").rglob("*.part"))


@pytest.mark.tensorflow
def test_data_in_the_other_format_is_refused(tmp_path):
    MadeVideos(data_dir=tmp_path, config="videos").download_and_prepare()
    with pytest.raises(MebenchError, match=r"is built as array_record in .*; give another data_dir to have it"):
        load("videos", tmp_path, builder_kwargs=AS_TFRECORD)
