"""Elements to the bytes of a tf.train.Example: equal data gives equal bytes, and pixels are copied once."""

from collections.abc import Callable
from typing import Any

import tensorflow_datasets as tfds
from tensorflow_datasets.core import example_serializer
from tensorflow_datasets.proto import tf_feature_pb2

from mebench.errors import MebenchError
from tfds_builders.elements import FRAMES

_MOST = 2**31 - 1
"""Bytes of the largest protocol buffer that can be read."""


def serialiser(features: tfds.features.FeaturesDict) -> Callable[[dict[str, Any]], bytes]:
    """Return a function from an element to the bytes of its Example, features in sorted order.

    The bytes are those of `Example.SerializeToString(deterministic=True)`, whatever protobuf is installed. TFDS
    serialises maps in arbitrary order, and encodes and copies each image several times on the way. Here TFDS
    encodes everything but the images; these are files already, and go into the wire format as they are.
    """
    rest = tfds.features.FeaturesDict({name: feature for name, feature in features.items() if name != FRAMES})
    serializer = example_serializer.ExampleSerializer(rest.get_serialized_info())

    def serialise(element: dict[str, Any]) -> bytes:
        facts = {name: value for name, value in element.items() if name != FRAMES}
        example = serializer.get_tf_example(rest.encode_example(facts))
        entries = {name: [_entry(name, value)] for name, value in example.features.feature.items()}
        if FRAMES in element:
            entries[FRAMES] = _files(element[FRAMES])
        return _message([part for name in sorted(entries, key=_order) for part in entries[name]], element)

    return serialise


def _order(name: str) -> str:
    """Return a key that sorts `video_id` before `video`, as protobuf's C library does and its Python one does not."""
    return name + chr(0x7F)


def _entry(name: str, value: tf_feature_pb2.Feature) -> bytes:
    """Return one entry of the map of features, with its tag."""
    return tf_feature_pb2.Features(feature={name: value}).SerializeToString()


def _files(files: list[bytes]) -> list[bytes]:
    """Return the parts of the map's entry of the images: Feature.bytes_list.value."""
    values = [part for data in files for part in _field(1, [data])]
    feature = _field(1, values)
    return _field(1, [*_field(1, [FRAMES.encode()]), *_field(2, feature)])


def _message(parts: list[bytes], element: dict[str, Any]) -> bytes:
    whole = _field(1, parts)
    size = sum(map(len, whole))
    if size > _MOST:
        raise MebenchError(
            f"video {element['video_id']}: an element of it holds {size} bytes, more than the {_MOST} that can be "
            "read; compress its images without loss (PNG)"
        )
    return b"".join(whole)


def _field(number: int, parts: list[bytes]) -> list[bytes]:
    """Return the parts of a field with a length: tag, length, content (protocol buffers' wire format)."""
    return [_varint(number << 3 | 2), _varint(sum(map(len, parts))), *parts]


def _varint(value: int) -> bytes:
    """Return an unsigned integer in groups of 7 bits, the lowest first."""
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
