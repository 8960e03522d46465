"""Scores and class probabilities of any number of windows of any folds: one program, memory that does not grow."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float16, Float32, Int32

from mebench.errors import MebenchError
from mebench.methods.mean import cells as mean_cells
from mebench.methods.mean.network import MeanWeights
from mebench.runtime.environment import cores

BUCKET = 64
"""Windows of one fold that are scored at once; the last of a fold is filled up. On CPU they fit into its caches."""

BUCKETS = {"cpu": 4}
"""Buckets of one call, by kind of device."""

BUCKETS_ELSEWHERE = 64


@dataclass(frozen=True)
class Bucket:
    """Up to `BUCKET` windows of one fold: parts of videos, each with its first window and the one after its last."""

    fold: int
    parts: tuple[tuple[int, int, int], ...]


def make_buckets(folds: Sequence[int], lengths: Sequence[int]) -> Iterator[Bucket]:
    """Yield the buckets that hold all windows of videos in order; videos of one fold that follow each other share them.

    Args:
        folds: of each video.
        lengths: windows of each video.
    """
    fold, parts, free = -1, list[tuple[int, int, int]](), 0
    for video, (own, length) in enumerate(zip(folds, lengths, strict=True)):
        start = 0
        while start < length:
            if own != fold or free == 0:
                if parts:
                    yield Bucket(fold, tuple(parts))
                fold, parts, free = own, [], BUCKET
            stop = min(length, start + free)
            parts.append((video, start, stop))
            start, free = stop, free - (stop - start)
    if parts:
        yield Bucket(fold, tuple(parts))


@partial(jax.jit, static_argnames="together")
def _infer(
    weights: MeanWeights, folds: Int32[Array, " k"], windows: Float16[Array, "k b 42 42 3"], together: bool
) -> tuple[Float32[Array, "k b"], Float32[Array, "k b c"]]:
    def one(bucket: tuple[Array, Array]) -> tuple[Array, Array]:
        fold, some = bucket
        return mean_cells.infer(jax.tree.map(lambda leaf: leaf[fold], weights), some)

    return jax.vmap(one)((folds, windows)) if together else lax.map(one, (folds, windows))


def predict_folds(
    weights: MeanWeights, folds: Sequence[int], videos: Sequence[Float16[np.ndarray, "_ 42 42 3"]]
) -> Iterator[tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, "n c"]]]:
    """Yield, video by video, the spotting score and the class probabilities of each window.

    A window's result does not depend on the windows beside it, nor on how many there are. On CPU as many calls run at a
    time as there are cores; elsewhere the next batch is read while the device works.

    Args:
        weights: of all folds, with both heads; the folds are the first axis.
        folds: whose weights score each video; those of one fold should stand together.
        videos: windows of each; a memory-mapped file is read a batch at a time.

    Raises:
        MebenchError: a head is missing.
    """
    missing = sorted({"spotting", "recognition"} - weights.params.keys())
    if missing:
        raise MebenchError(
            f"the weights have no {missing[0]} head; load the file that has it as well (mebench.methods.mean.keras)"
        )
    return _predict(weights, folds, videos)


def _predict(
    weights: MeanWeights, folds: Sequence[int], videos: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    lengths, done = [len(video) for video in videos], 0
    scores = np.zeros(0, np.float32)
    probabilities = np.zeros((0, weights.params["recognition"]["dense"]["bias"].shape[-1]), np.float32)
    for more_scores, more_probabilities in chain(_scored(weights, folds, videos), [(scores, probabilities)]):
        scores, probabilities = (
            np.concatenate([scores, more_scores]),
            np.concatenate([probabilities, more_probabilities]),
        )
        while done < len(lengths) and lengths[done] <= len(scores):
            yield scores[: lengths[done]], probabilities[: lengths[done]]
            scores, probabilities, done = scores[lengths[done] :], probabilities[lengths[done] :], done + 1


def _scored(
    weights: MeanWeights, folds: Sequence[int], videos: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield scores and probabilities of the windows of each call; windows come in the order of the videos."""
    on_cpu, size = jax.default_backend() == "cpu", BUCKETS.get(jax.default_backend(), BUCKETS_ELSEWHERE)
    workers = cores() if on_cpu else 2

    def score(buckets: list[Bucket]) -> tuple[np.ndarray, np.ndarray]:
        numbers, windows = np.zeros(size, np.int32), np.zeros((size, BUCKET, 42, 42, 3), np.float16)
        counts = np.zeros(size, np.int32)
        for row, bucket in enumerate(buckets):
            numbers[row], counts[row] = bucket.fold, sum(stop - start for _, start, stop in bucket.parts)
            windows[row, : counts[row]] = np.concatenate([videos[v][start:stop] for v, start, stop in bucket.parts])
        found = _infer(weights, jnp.asarray(numbers), jnp.asarray(windows), not on_cpu)
        valid = np.arange(BUCKET) < counts[:, None]
        return np.asarray(found[0])[valid], np.asarray(found[1])[valid]

    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[tuple[np.ndarray, np.ndarray]]] = deque()
        buckets = make_buckets(folds, [len(video) for video in videos])
        while some := list(islice(buckets, size)):
            waiting.append(pool.submit(score, some))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def predict_windows(
    weights: MeanWeights, windows: Float16[np.ndarray, "n 42 42 3"]
) -> tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, "n c"]]:
    """Return what `predict_folds` yields for one array of windows and the weights of one fold.

    Raises:
        MebenchError: a head is missing.
    """
    [found] = predict_folds(jax.tree.map(lambda leaf: leaf[None], weights), [0], [windows])
    return found
