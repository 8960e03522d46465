"""Training of MEAN on all folds, beside the same network in plain PyTorch, trained fold by fold.

Both begin with the same weights and are checked to be the same network; they shuffle and drop by their own numbers. The
peer waits while we compute, and the other way round. On CPU it runs with one thread and with all of them; the faster
counts, since a second thread helps or hinders PyTorch's small layers by what else the machine does.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import jax
import jax.numpy as jnp

from mebench.benchmarks.ceilings import flops_per_second
from mebench.benchmarks.mean_case import (
    HEAD_FLOPS,
    STREAM_FLOPS,
    MeanCase,
    case_stages,
    check_peer,
    made_case,
    untrained,
    write_case,
)
from mebench.benchmarks.peer import Peer, started
from mebench.benchmarks.rows import BenchmarkRow
from mebench.config.experiment import TrainConfig
from mebench.methods.mean.cells import arrange
from mebench.methods.mean.learner import fold_weights
from mebench.runtime.environment import cores
from mebench.training.epochs import check_losses, run_epochs, temporary_bytes
from mebench.training.execution import Execution, execution
from mebench.training.folds import fold_mesh, put_on_device

TRAINED_FLOPS = {"spotting": 2 * STREAM_FLOPS + 3 * HEAD_FLOPS, "recognition": 2 * HEAD_FLOPS}
"""Of a sample: forward, and gradients of kernels and of the head's input; the frozen streams' maps are made once."""


@dataclass(frozen=True)
class TrainBenchmark:
    """Sizes of the training benchmark.

    Attributes:
        folds: of the leave-one-subject-out experiment.
        windows: that a fold trains on in an epoch of spotting.
        epochs: of spotting.
        apexes: micro-expressions that a fold trains on in an epoch of recognition.
        recognition_epochs: of recognition.
        batch: windows in a step.
        peer_folds: that the peer trains; its rate counts.
        repeats: runs of each, in turn with the peer; the median counts.
        growth: also 10 times the folds and 10 times the windows.
    """

    folds: int = 4
    windows: int = 960
    epochs: int = 1
    apexes: int = 96
    recognition_epochs: int = 10
    batch: int = 32
    peer_folds: int = 4
    repeats: int = 3
    growth: bool = True


class _Ours:
    """A leave-one-subject-out experiment of made-up windows, ready to be trained."""

    def __init__(self, chosen: TrainBenchmark, case: MeanCase, config: TrainConfig) -> None:
        self.chosen = chosen
        self.start = untrained(chosen.folds)
        self.stages = {stage.name: stage for stage in case_stages(config)}
        mesh = fold_mesh()
        tables = {"spotting": case.spotting, "recognition": case.recognition}
        self.data = {name: put_on_device(table, case.windows, mesh, arrange) for name, table in tables.items()}
        self.epochs = {"spotting": chosen.epochs, "recognition": chosen.recognition_epochs}

    def train(self, stage: str, how: Execution | None = None) -> float:
        """Return the seconds of one stage."""
        begun, way = perf_counter(), how or execution("auto")
        after, losses = run_epochs(self.stages[stage], self.start, self.data[stage], 0, self.epochs[stage], way)
        jax.block_until_ready(after)
        check_losses(losses, [str(fold) for fold in range(self.chosen.folds)], 0)
        return perf_counter() - begun

    def memory(self) -> int:
        """Return the temporary bytes of spotting."""
        stage, how = self.stages["spotting"], execution("auto")
        return temporary_bytes(stage, self.start, self.data["spotting"], self.epochs["spotting"], how)


def benchmark_train(chosen: TrainBenchmark, peer_python: str | None) -> list[BenchmarkRow]:
    """Return samples a second of both stages and of the whole; of each execution; time and memory as work grows.

    Args:
        chosen: sizes.
        peer_python: an interpreter that has torch; None: no peer.

    Raises:
        MebenchError: the peer does not run, or is another network.
    """
    config = TrainConfig(batch_size=chosen.batch)
    case = made_case(chosen.folds, chosen.windows, chosen.apexes, chosen.batch)
    ours = _Ours(chosen, case, config)
    with tempfile.TemporaryDirectory() as name:
        weights = fold_weights(ours.start, 0)
        if peer_python is not None:
            write_case(Path(name), case, weights)
        script = Path(__file__).with_name("mean_torch.py")
        with started(peer_python, script, [name]) as peer:
            if peer is not None:
                check_peer(peer, case, weights, config)
            rows = _beside(ours, peer)
    rows += [_alone(ours, how) for how in ("map", "threads", "vmap") if fold_mesh() is None]
    return rows + (_growth(chosen, config) if chosen.growth else [])


def _beside(ours: _Ours, peer: Peer | None) -> list[BenchmarkRow]:
    """Return compile time, and the rates of each stage and of the whole beside the peer's."""
    chosen, ceiling, rows = ours.chosen, flops_per_second(jnp.float32), []
    mine: dict[str, float] = {}
    theirs: dict[str, float] = {}
    first = {stage: ours.train(stage) for stage in TRAINED_FLOPS}
    each = {"spotting": chosen.windows * chosen.epochs, "recognition": chosen.apexes * chosen.recognition_epochs}
    for stage, samples in each.items():
        mine[stage], theirs[stage] = _in_turn(ours, peer, stage)
        rate, share = chosen.folds * samples / mine[stage], TRAINED_FLOPS[stage] / ceiling
        other = chosen.peer_folds * samples / theirs[stage] if peer else None
        rows.append(_row(f"{stage}, {_sizes(chosen, stage)}", rate, other, "samples/s", rate * share))
    total, all_ours, all_theirs = sum(each.values()), sum(mine.values()), sum(theirs.values())
    flops = sum(chosen.folds * each[stage] * TRAINED_FLOPS[stage] for stage in each)
    whole = f"whole LOSO, {chosen.folds} folds, {execution('auto')}"
    other = chosen.peer_folds * total / all_theirs if peer else None
    rate = chosen.folds * total / all_ours
    rows.append(_row(whole, rate, other, "samples/s", flops / all_ours / ceiling))
    known = all_theirs if peer and chosen.peer_folds == chosen.folds else None
    rows.append(_row(f"{whole}, time", all_ours, known, "s", None))
    compiling = sum(first.values()) - all_ours
    return [*rows, _row("compiling both stages", max(0.0, compiling), None, "s", None)]


def _in_turn(ours: _Ours, peer: Peer | None, stage: str) -> tuple[float, float]:
    """Return median seconds of us and, of the numbers of threads, the peer's lowest median."""
    chosen, on_cpu = ours.chosen, jax.default_backend() == "cpu"
    epochs = chosen.epochs if stage == "spotting" else chosen.recognition_epochs
    asked = {"do": "train", "stage": stage, "epochs": epochs, "batch": chosen.batch, "folds": chosen.peer_folds}
    threads = sorted({1, cores()}) if on_cpu else [cores()]
    found: dict[int, list[float]] = {number: [] for number in (0, *threads)}
    if peer is not None:
        peer({**asked, "epochs": 1, "folds": 1, "threads": threads[-1]})
    for _ in range(chosen.repeats):
        found[0].append(ours.train(stage))
        if peer is not None:
            for number in threads:
                found[number].append(peer({**asked, "threads": number})["seconds"])
    others = [median(found[number]) for number in threads if found[number]]
    return median(found[0]), min(others, default=float("nan"))


def _sizes(chosen: TrainBenchmark, stage: str) -> str:
    spotting = stage == "spotting"
    count, epochs = (chosen.windows, chosen.epochs) if spotting else (chosen.apexes, chosen.recognition_epochs)
    return f"{chosen.folds} folds of {count}, {epochs} epochs, batch {chosen.batch}, {execution('auto')}"


def _alone(ours: _Ours, how: Execution) -> BenchmarkRow:
    """Return the rate of spotting with one way to share the device."""
    ours.train("spotting", how)
    seconds = median(ours.train("spotting", how) for _ in range(ours.chosen.repeats))
    rate = ours.chosen.folds * ours.chosen.windows * ours.chosen.epochs / seconds
    return _row(f"spotting, folds = {how}", rate, None, "samples/s", None)


def _growth(chosen: TrainBenchmark, config: TrainConfig) -> list[BenchmarkRow]:
    """Return how many times the seconds and the program's temporary bytes of spotting are, with 10 times the work."""
    found = {}
    small = replace(chosen, folds=2, windows=20 * chosen.batch)
    for name, sizes in (
        ("", small),
        ("folds", replace(small, folds=10 * small.folds)),
        ("windows", replace(small, windows=10 * small.windows)),
    ):
        ours = _Ours(sizes, made_case(sizes.folds, sizes.windows, sizes.batch, sizes.batch), config)
        ours.train("spotting")
        seconds = median(ours.train("spotting") for _ in range(chosen.repeats))
        found[name] = seconds, ours.memory()
    rows = []
    for name in ("folds", "windows"):
        time, memory = (found[name][i] / found[""][i] for i in (0, 1))
        rows.append(_row(f"spotting, 10 times the {name}: time", time, None, "times", None))
        rows.append(_row(f"spotting, 10 times the {name}: temporary memory", memory, None, "times", None))
    return rows


def _row(name: str, ours: float, peer: float | None, unit: str, limit: float | None) -> BenchmarkRow:
    ratio = None if peer is None else peer / ours if unit == "s" else ours / peer
    return BenchmarkRow(name, ours, peer, ratio, unit, limit, cores(), jax.devices()[0].device_kind)
