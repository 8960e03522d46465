"""Speed of building a `frames` config, against `cp -r` of the same files: python -m tfds_builders.benchmark.

The last line is how long the facts of as many videos as SAMM Long Videos has take to read.

All is read from the page cache, since a process may not empty it; `cp` leaves its copy there, while a build has every
shard on disk (fsync) before it counts as finished; with `--fsync`, `cp` waits for the disk too.
"""

import argparse
import functools
import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import tensorflow_datasets as tfds
from etils import epath

from mebench.data.interval import Expression, VideoInfo
from tfds_builders.base import LongVideoBuilder, SourceVideo

MB = 1_000_000
SUBJECTS, VIDEOS = 30, 147
"""Of SAMM Long Videos."""


class FilesOnDisk(LongVideoBuilder, skip_registration=True):
    """Builder of a tree `<subject>/<video>/<number>.jpg`, the manual folder."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Made for a benchmark."}  # noqa: RUF012
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Give a folder of files."
    pkg_dir_path = epath.Path(__file__).parent  # TFDS looks for it by the module's name, which is __main__ here

    def subjects(self, dl_manager: tfds.download.DownloadManager, variant: str) -> list[str]:
        """Return the names of the folders."""
        return sorted(path.name for path in Path(dl_manager.manual_dir).iterdir())

    def videos(self, dl_manager: tfds.download.DownloadManager, variant: str, subject: str) -> Iterator[SourceVideo]:
        """Yield the videos of a subject; a file is read when it is asked for."""
        for folder in sorted((Path(dl_manager.manual_dir) / subject).iterdir()):
            files = sorted(folder.iterdir())
            info = VideoInfo(self.name, f"{subject}_{folder.name}", subject, folder.name, 30.0, len(files), ())
            yield SourceVideo(info, functools.partial(map, Path.read_bytes, files))


class ManyVideos(LongVideoBuilder, skip_registration=True):
    """Builder of as many videos as SAMM Long Videos has, with about as many expressions; it has no frames."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Made for a benchmark."}  # noqa: RUF012
    pkg_dir_path = epath.Path(__file__).parent

    def subjects(self, dl_manager: tfds.download.DownloadManager, variant: str) -> list[str]:
        """Return 30 subjects."""
        return [f"{number:03d}" for number in range(SUBJECTS)]

    def videos(self, dl_manager: tfds.download.DownloadManager, variant: str, subject: str) -> Iterator[SourceVideo]:
        """Yield the subject's share of the videos."""
        every = tuple(
            Expression(
                100 * i, 100 * i + 20, 100 * i + 50, "micro", "Anger", "negative", "anger", ("AU4", "AU7"), i + 11
            )
            for i in range(4)
        )
        for number in range(int(subject), VIDEOS, SUBJECTS):
            info = VideoInfo(self.name, f"{subject}_{number}", subject, str(number), 200.0, 3284, every)
            yield SourceVideo(info, lambda: iter(()))


def reading(place: Path) -> str:
    """Return a line: how long the facts and expressions of all videos take, from opening the config to the last."""
    ManyVideos(data_dir=place, config="videos").download_and_prepare()
    found: list[int] = []

    def read() -> None:
        source = ManyVideos(data_dir=place, config="videos").as_data_source("full")
        found[:] = [len(element["expressions"]["onset"]) for element in source]

    taken = statistics.median(seconds_of(read) for _ in range(5))
    return f"{len(found)} videos with {sum(found)} expressions read in {taken:.2f} s"


def make_tree(root: Path, megabytes: int, kilobytes: int, subjects: int) -> int:
    """Fill a folder with files that cannot be compressed; return how many bytes they hold."""
    size = kilobytes * 1000
    count = max(1, megabytes * MB // size // subjects)
    for subject in range(subjects):
        folder = root / f"s{subject:02d}" / "v1"
        folder.mkdir(parents=True)
        for number in range(count):
            seed = f"{subject} {number}".encode()
            (folder / f"{number:06d}.jpg").write_bytes(hashlib.shake_128(seed).digest(size))
    return subjects * count * size


def seconds_of(work: Callable[[], None]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def copy(root: Path, target: Path, fsync: bool) -> None:
    """Copy a tree with `cp -r`; with `fsync`, wait until the copy is on disk."""
    subprocess.run(["cp", "-r", os.fspath(root), os.fspath(target)], check=True)
    if fsync:
        subprocess.run(["sync", *map(os.fspath, [p for p in target.rglob("*") if p.is_file()])], check=True)


def build(root: Path, target: Path, jobs: int) -> None:
    """Build the `frames` config of a tree."""
    builder = FilesOnDisk(data_dir=target, config="frames")
    builder.jobs = jobs
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=root))


def peak_megabytes() -> float:
    """Return the largest resident set of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB


def measured(root: Path, size: int, repeats: int, jobs: int, fsync: bool) -> str:
    """Return a line: median MB/s of `cp -r` and of building, taken in turns, their ratio, and the peak memory."""
    before = peak_megabytes()
    works = (functools.partial(copy, fsync=fsync), functools.partial(build, jobs=jobs))
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for work, taken in zip(works, times, strict=True):
            with tempfile.TemporaryDirectory(dir=root.parent) as place:
                taken.append(seconds_of(functools.partial(work, root, Path(place) / "x")))
    cp, own = (size / MB / statistics.median(taken) for taken in times)
    return (
        f"jobs {jobs}: cp -r {cp:6.0f} MB/s, build {own:6.0f} MB/s, ratio {own / cp:.2f}, "
        f"peak memory {peak_megabytes():.0f} MB ({before:.0f} MB before)"
    )


def main(args: list[str]) -> None:
    """Print one line for each number of jobs."""
    parser = argparse.ArgumentParser(prog="python -m tfds_builders.benchmark", description=__doc__)
    parser.add_argument("--dir", type=Path, help="where to write; twice the total must fit (default: a new folder)")
    parser.add_argument("--total-mb", type=int, default=256)
    parser.add_argument("--file-kb", type=int, default=200)
    parser.add_argument("--subjects", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--fsync", action="store_true", help="let cp wait for the disk, as a build does")
    given = parser.parse_args(args)
    tfds.disable_progress_bar()
    place = Path(tempfile.mkdtemp(dir=given.dir))
    try:
        size = make_tree(place / "tree", given.total_mb, given.file_kb, given.subjects)
        print(f"{size / MB:.0f} MB in files of {given.file_kb} kB, {given.subjects} subjects, page cache is warm")
        for jobs in given.jobs:
            print(measured(place / "tree", size, given.repeats, jobs, given.fsync))
        print(reading(place / "facts"))
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main(sys.argv[1:])
