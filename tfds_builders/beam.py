"""Shards written by Apache Beam's workers."""

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from mebench.errors import MebenchError


def on_workers(write: Callable[[str], None], subjects: Sequence[str], config: Any) -> None:
    """Call `write` for each subject in Beam's workers, and wait for all.

    Args:
        write: is sent to the workers, with what it holds.
        subjects: whose shards are to be written.
        config: TFDS's DownloadConfig; its `beam_runner` and `beam_options` are used.

    Raises:
        MebenchError: Beam is not installed, or what `write` raises (from workers in processes, Beam's RuntimeError).
    """
    if importlib.util.find_spec("apache_beam") is None:
        raise MebenchError("building on Beam needs apache-beam, which is missing: pip install 'mebench[beam]'")
    import apache_beam

    try:
        with apache_beam.Pipeline(runner=config.beam_runner, options=config.beam_options) as pipeline:
            _ = (
                pipeline
                | "Subjects" >> apache_beam.Create(list(subjects))
                | "Spread" >> apache_beam.Reshuffle()
                | "Write" >> apache_beam.Map(write)
            )
    except MebenchError as error:
        raise MebenchError(str(error).removesuffix(" [while running 'Write']")) from error
