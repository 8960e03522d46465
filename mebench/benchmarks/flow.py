"""Time and error of every flow method, beside OpenCV's in the same run: DualTVL1 of opencv-contrib, DIS, Farneback.

Error: mean end-point error over mean true length, on faces of held-out identities moved by known smooth fields.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import jax
import numpy as np
from jaxtyping import Float32

from mebench.benchmarks.ceilings import bytes_per_second, flops_per_second
from mebench.benchmarks.counted_flops import counted_flops
from mebench.benchmarks.flow_pairs import FacePairs, face_pairs, held_out_faces
from mebench.benchmarks.peer import Peer, started
from mebench.benchmarks.rows import BenchmarkRow
from mebench.errors import MebenchError
from mebench.features.flow import jax_tvl1, jax_tvl1_fast
from mebench.features.flow.registry import device_flow, flow_function
from mebench.features.flow.synthetic import end_point_error
from mebench.features.flow.tvl1_iterations import FLOATS_MOVED, FLOATS_NEEDED, FLOPS
from mebench.runtime.environment import cores

AMPLITUDES = (0.3, 1.0, 3.0)
"""Longest vectors of the fields in px."""

CONTRIB = "contrib_tvl1"
"""DualTVL1 of opencv-contrib, in an interpreter of its own."""

BESIDE = (
    ("jax_tvl1", CONTRIB),
    ("jax_tvl1_fast", CONTRIB),
    ("jax_tvl1_fast", "opencv_dis"),
    ("jax_clg", "opencv_dis"),
    ("jax_lucas_kanade", "opencv_dis"),
)
"""Our methods, and the peer that each is compared with."""

SAME = (("jax_tvl1", CONTRIB),)
"""Pairs of the same method, whose results are compared with one another."""

Field = Float32[np.ndarray, "n h w 2"]


@dataclass(frozen=True)
class FlowBenchmark:
    """Sizes and peers of the flow benchmark.

    Attributes:
        sizes: sides of the pictures in px, 64 or more.
        pairs: of each amplitude.
        repeats: runs of each, in turn with the peer; the median counts.
    """

    sizes: tuple[int, ...] = (128, 256)
    pairs: int = 16
    repeats: int = 3

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 64 or self.pairs < 1:
            raise MebenchError(f"sizes {self.sizes} with {self.pairs} pairs; allowed: sizes from 64 px, pairs from 1")


@dataclass(frozen=True)
class _Method:
    """A method on pairs: its flow and the seconds it took."""

    name: str
    compute: Callable[[FacePairs], tuple[Field, float]]


@dataclass(frozen=True)
class _Limits:
    """Operations (float32) and bytes a second that the device can do."""

    flops: float
    bytes: float


def benchmark_flow(chosen: FlowBenchmark, peer_python: str | None) -> list[BenchmarkRow]:
    """Return pairs a second, errors, and differences between two implementations of one method.

    Args:
        chosen: sizes.
        peer_python: an interpreter that has opencv-contrib; None: no peer for TV-L1.

    Raises:
        MebenchError: the peer does not run.
    """
    faces = held_out_faces()
    script = Path(__file__).with_name("flow_peer.py")
    with tempfile.TemporaryDirectory() as name, started(peer_python, script, [str(cores())]) as peer:
        methods, limits = _methods(peer, Path(name)), _Limits(flops_per_second("float32", 9), bytes_per_second(9))
        return [row for size in chosen.sizes for row in _one_size(methods, limits, faces, size, chosen)]


def _methods(peer: Peer | None, folder: Path) -> dict[str, _Method]:
    names = sorted({name for pair in BESIDE for name in pair} - {CONTRIB})
    found = {name: _Method(name, partial(_ours, name)) for name in names}
    if peer is not None:
        found[CONTRIB] = _Method(CONTRIB, partial(_contrib, peer, folder))
    return found


def _ours(name: str, pairs: FacePairs) -> tuple[Field, float]:
    start = perf_counter()
    found = flow_function(name)(pairs.previous, pairs.following)
    return found, perf_counter() - start


def _contrib(peer: Peer, folder: Path, pairs: FacePairs) -> tuple[Field, float]:
    """Ask the peer both ways of using the threads; the faster counts."""
    given, out = folder / "pairs.npz", folder / "flow.npy"
    np.savez(given, previous=pairs.previous, following=pairs.following)
    seconds = [peer({"pairs": str(given), "out": str(out), "inside": inside})["seconds"] for inside in (True, False)]
    return np.load(out), min(seconds)


def _one_size(
    methods: dict[str, _Method], limits: _Limits, faces: list[np.ndarray], size: int, chosen: FlowBenchmark
) -> list[BenchmarkRow]:
    sets = {amplitude: face_pairs(faces, size, amplitude, chosen.pairs) for amplitude in AMPLITUDES}
    found = {
        (name, amplitude): method.compute(pairs)[0]
        for name, method in methods.items()
        for amplitude, pairs in sets.items()
    }
    timed = sets[1.0]
    rounds = [{name: method.compute(timed)[1] for name, method in methods.items()} for _ in range(chosen.repeats)]
    rate = {name: chosen.pairs / median(one[name] for one in rounds) for name in methods}
    rows = []
    for ours, peer in BESIDE:
        share = _limit_share(ours, timed, rate[ours], limits)
        rows.append(_row(f"{ours} | {peer}, {size} px", rate[ours], rate.get(peer), "pairs/s", share))
    return rows + [row for key in sets for row in _errors(methods, sets[key], found, key, size)]


def _errors(
    methods: dict[str, _Method], pairs: FacePairs, found: dict[tuple[str, float], Field], amplitude: float, size: int
) -> list[BenchmarkRow]:
    """Return errors beside the peers', and differences from the same method's peer."""
    error = {name: _error(found[name, amplitude], pairs.flow) for name in methods}
    where = f"{amplitude:g} px motion, {size} px"
    rows = [
        _row(f"error: {ours} | {peer}, {where}", error[ours], error.get(peer), "of motion", None)
        for ours, peer in BESIDE
    ]
    for ours, peer in SAME:
        if peer in methods:
            difference = _error(found[ours, amplitude], found[peer, amplitude])
            rows.append(_row(f"difference: {ours} - {peer}, {where}", difference, None, "of motion", None))
    return rows


def _error(found: Field, truth: Field) -> float:
    """Return the mean end-point error as a share of the mean length."""
    return float(end_point_error(found, truth).mean() / np.sqrt(np.square(truth).sum(axis=-1)).mean())


def _limit_share(name: str, pairs: FacePairs, rate: float, limits: _Limits) -> float | None:
    """Return the share of the device's flops that our method uses; of its bytes, for TV-L1's iterations on a GPU.

    On CPU the fields of a pair stay in the caches.
    """
    settings = {"jax_tvl1": jax_tvl1.Settings(), "jax_tvl1_fast": jax_tvl1_fast.SETTINGS}.get(name)
    if settings is None:
        method, one = device_flow(name), (pairs.previous[:1], pairs.following[:1])
        flops = counted_flops(method.function, *one) if method is not None else None
        return flops * rate / limits.flops if flops is not None else None
    pixels = float(np.mean(jax_tvl1.iterations(pairs.previous, pairs.following, settings)))
    if jax.default_backend() == "cpu":
        return FLOPS * pixels * rate / limits.flops
    floats = FLOATS_NEEDED if jax_tvl1.implementation() == "pallas" else FLOATS_MOVED
    return 4 * floats * pixels * rate / limits.bytes


def _row(name: str, ours: float, peer: float | None, unit: str, limit: float | None) -> BenchmarkRow:
    better = None if peer is None else ours / peer if unit == "pairs/s" else peer / ours
    return BenchmarkRow(name, ours, peer, better, unit, limit, cores(), jax.devices()[0].device_kind)
