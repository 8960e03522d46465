"""Records into files whose bytes follow from the records alone, several files at a time."""

import contextlib
import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from typing import Any

from array_record.python import array_record_module
from tensorflow_datasets.core.file_adapters import FileFormat as Format

from mebench.errors import MebenchError

FORMATS = (Format.ARRAY_RECORD, Format.TFRECORD)
"""What can be written: the first is the default, the second is for `tfds.load`."""

_OPTIONS = "group_size:1,uncompressed"
"""One element a group, so that a read touches one; the files inside are compressed images already."""


class Stopped(Exception):
    """The writing of this file was given up because another one failed."""


def check_format(dataset: str, file_format: str | Format) -> Format:
    """Return the file format of that name.

    Raises:
        MebenchError: it is none that can be written, or TensorFlow is needed and not installed.
    """
    names = [known.value for known in FORMATS]
    name = file_format.value if isinstance(file_format, Format) else file_format
    if name not in names:
        raise MebenchError(f"{dataset} is written as {' or '.join(names)}, not as {name}; ask for one of these")
    if Format(name) is Format.TFRECORD and importlib.util.find_spec("tensorflow") is None:
        raise MebenchError(f"{dataset} as tfrecord needs TensorFlow, which is missing: pip install 'mebench[tf]'")
    return Format(name)


def write_records(path: Path, records: Iterable[bytes], file_format: Format) -> int:
    """Write the records, in their order, to a new file on disk (fsync); return how many there are.

    Raises:
        MebenchError: the file cannot be written.
    """
    count = 0
    with _writer(path, file_format) as call:
        for record in records:
            call("write", record)
            count += 1
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return count


@contextlib.contextmanager
def _writer(path: Path, file_format: Format) -> Iterator[Callable[..., None]]:
    """Open a writer; gives a function that calls a method of it, whose own errors alone become MebenchErrors."""
    make, errors = _library(file_format)

    def attempt(function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        except errors as error:
            said = str(error).splitlines()[0]
            raise MebenchError(
                f"cannot write in {path.parent} ({said}); make room there and run the same again"
            ) from error

    writer = attempt(make, os.fspath(path))
    try:
        yield lambda method, *args: attempt(getattr(writer, method), *args)
    except BaseException:
        with contextlib.suppress(*errors):  # the file is given up; what closing it says would hide the reason
            writer.close()
        raise
    attempt(writer.close)


def _library(file_format: Format) -> tuple[Callable[[str], Any], tuple[type[Exception], ...]]:
    """Return what opens a file for records, and the errors it has."""
    if file_format is Format.ARRAY_RECORD:
        return lambda path: array_record_module.ArrayRecordWriter(path, _OPTIONS), (RuntimeError, OSError)
    import tensorflow as tf

    return tf.io.TFRecordWriter, (tf.errors.OpError, OSError)


def in_threads(tasks: Sequence[Callable[[Event], None]], jobs: int) -> None:
    """Call each task, `jobs` at a time; a task raises `Stopped` soon after its event is set.

    The first error sets the event, so that the tasks that run end, and is raised.
    """
    stop = Event()
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        running = [pool.submit(task, stop) for task in tasks]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
            for future in [f for f in running if f.done()]:
                future.result()
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def until(stop: Event | None, records: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the records.

    Raises:
        Stopped: the event, if there is one, was set.
    """
    for record in records:
        if stop is not None and stop.is_set():
            raise Stopped
        yield record
