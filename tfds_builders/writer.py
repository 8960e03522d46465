"""Shards whose bytes follow from their content alone: not from TFDS's map order, and not from the number of threads."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from typing import Any

from array_record.python import array_record_module
from tensorflow_datasets.core import writer
from tensorflow_datasets.proto import tf_example_pb2

Shard = Callable[[], Iterator[tuple[str, dict[str, Any]]]]
"""Gives the (key, element) pairs of one shard, in order."""

_OPTIONS = "group_size:1,uncompressed"
"""One element a group, so that a read touches one; the files inside are compressed images already."""


class DeterministicWriter(writer.ExampleWriter):
    """Writes ArrayRecord shards with the features of every element in sorted order: equal data gives equal bytes.

    TFDS serialises protocol buffers with maps in arbitrary order, and compresses what is compressed.
    """

    def write(self, path: Any, examples: Iterable[tuple[Any, bytes]]) -> None:
        """Write the serialised examples, in their order, to the shard at `path`."""
        shard = array_record_module.ArrayRecordWriter(os.fspath(path), _OPTIONS)
        try:
            for _, raw in examples:
                shard.write(tf_example_pb2.Example.FromString(raw).SerializeToString(deterministic=True))
        finally:
            shard.close()


def write_shards(
    paths: Sequence[Path],
    shards: Sequence[Shard],
    serialise: Callable[[dict[str, Any]], bytes],
    example_writer: writer.ExampleWriter,
    jobs: int,
) -> list[int]:
    """Write each shard to its path, `jobs` at a time, one element of each in memory; return the numbers of elements.

    The first error stops the other shards at their next element and is raised.
    """
    stop = Event()

    def written(path: Path, shard: Shard) -> int:
        count = 0

        def examples() -> Iterator[tuple[str, bytes]]:
            nonlocal count
            for key, element in shard():
                if stop.is_set():
                    return
                yield key, serialise(element)
                count += 1

        example_writer.write(path, examples())
        return count

    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        running = [pool.submit(written, path, shard) for path, shard in zip(paths, shards, strict=True)]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
            failed = [future for future in running if future.done() and future.exception() is not None]
            return [future.result() for future in failed or running]
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
