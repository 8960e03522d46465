"""The bytes of an element: those of TFDS's own path, with protobuf's deterministic order."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from fixtures.made_videos import expressions, image, video, with_info
from google.protobuf.internal import api_implementation
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share
from tensorflow_datasets.core import example_serializer
from tensorflow_datasets.proto import tf_example_pb2

from mebench.errors import MebenchError
from tfds_builders import example
from tfds_builders.elements import SourceVideo, elements_of, features_of
from tfds_builders.example import serialiser

IMAGE = tfds.features.Image(shape=(None, None, 3))
DEEP = tfds.features.Image(shape=(None, None, 1), dtype=np.uint16)


def by_tfds(features, element):
    """Encode and serialise as TFDS does, then once more with maps in order."""
    serializer = example_serializer.ExampleSerializer(features.get_serialized_info())
    raw = serializer.serialize_example(features.encode_example(element))
    return tf_example_pb2.Example.FromString(raw).SerializeToString(deterministic=True)


def agree(source, form, kind=IMAGE):
    """Return whether both ways give the same bytes for every element of a video."""
    features = features_of(form, kind)
    ours = serialiser(features)
    return all(ours(element) == by_tfds(features, element) for _, element in elements_of(source, form))


def test_protobuf_is_the_c_library():
    assert api_implementation.Type() == "upb"


@pytest.mark.parametrize("form", ["frames", "videos"])
@pytest.mark.parametrize("kind", [IMAGE, DEEP])
def test_bytes_are_those_of_tfds(form, kind):
    assert agree(video("s10", 1), form, kind)


def test_bytes_without_expressions_are_those_of_tfds():
    assert agree(with_info(video("s1", 0), expressions=(), has_labels=False), "videos")


@settings(max_examples=share(30), deadline=None)
@given(
    st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=140),
    st.text(max_size=200),
    st.floats(min_value=1e-3, max_value=1e4),
)
def test_bytes_are_those_of_tfds_for_any_files_and_names(files, name, fps):
    source = with_info(video("s1", 0), num_frames=len(files), expressions=(), video=name, fps=fps)
    assert agree(SourceVideo(source.info, lambda: iter(files)), "frames")


@pytest.mark.parametrize("size", [127, 128, 16383, 16384, 2097151, 2097152])
def test_lengths_at_the_borders_of_their_coding(size):
    source = with_info(video("s1", 0), num_frames=1, expressions=())
    assert agree(SourceVideo(source.info, lambda: iter([bytes(size)])), "frames")


def test_an_element_that_could_not_be_read_is_refused(monkeypatch):
    monkeypatch.setattr(example, "_MOST", 5000)
    source = with_info(video("s1", 0), num_frames=20, expressions=())
    whole = SourceVideo(source.info, lambda: (image(0, number) for number in range(20)))
    with pytest.raises(MebenchError, match=r"video s1_0: an element of it holds [0-9]+ bytes, more than the 5000"):
        agree(whole, "frames")


OTHER = """
from google.protobuf.internal import api_implementation
import hashlib
import tensorflow_datasets as tfds
from fixtures.made_videos import video
from tfds_builders.elements import elements_of, features_of
from tfds_builders.example import serialiser
for form in ("frames", "videos"):
    ours = serialiser(features_of(form, tfds.features.Image(shape=(None, None, 3))))
    for _, element in elements_of(video("s1", 0), form):
        print(hashlib.sha256(ours(element)).hexdigest())
print(api_implementation.Type())
"""


def test_bytes_do_not_depend_on_which_protobuf_there_is():
    tests = Path(__file__).parents[1]

    def said(kind):
        env = {
            **os.environ,
            "PYTHONPATH": f"{tests}:{tests.parent}",
            "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": kind,
            "PYTHONWARNINGS": "ignore",
        }
        done = subprocess.run([sys.executable, "-c", OTHER], env=env, capture_output=True, text=True, check=True)
        return done.stdout.split()

    c_library, pure = said("upb"), said("python")
    assert (c_library[-1], pure[-1]) == ("upb", "python")
    assert len(c_library) == 4
    assert c_library[:-1] == pure[:-1]


def test_expressions_of_the_fixture_reach_the_bytes():
    features = features_of("videos", IMAGE)
    ((_, element),) = elements_of(video("s1", 0), "videos")
    parsed = tf_example_pb2.Example.FromString(serialiser(features)(element)).features.feature
    assert list(parsed["expressions/onset"].int64_list.value) == [e.onset for e in expressions(0)]
