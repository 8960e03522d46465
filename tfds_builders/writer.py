"""Shards whose bytes follow from their content."""

from collections.abc import Iterable, Iterator
from typing import Any

from tensorflow_datasets.core import writer
from tensorflow_datasets.proto import tf_example_pb2


class DeterministicWriter(writer.ExampleWriter):
    """Writes each example with its features in sorted order, so that equal data gives equal bytes.

    TFDS serialises protocol buffers with maps in arbitrary order.
    """

    def write(self, path: Any, examples: Iterable[tuple[Any, bytes]]) -> Any:
        """Write the examples, in their order, to the shard at `path`."""
        return super().write(path=path, examples=canonical(examples))


def canonical(examples: Iterable[tuple[Any, bytes]]) -> Iterator[tuple[Any, bytes]]:
    """Yield each serialised `tf.train.Example` in its one deterministic form."""
    for key, raw in examples:
        yield key, tf_example_pb2.Example.FromString(raw).SerializeToString(deterministic=True)
