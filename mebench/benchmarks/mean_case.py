"""Made-up windows and folds of one size for the benchmarks of MEAN; and as files for the peer."""

from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float16

from mebench.benchmarks.peer import Peer
from mebench.config.experiment import TrainConfig
from mebench.errors import MebenchError
from mebench.methods.mean import cells as mean_cells
from mebench.methods.mean.learner import l2, mean_stage, spotting_params
from mebench.methods.mean.network import MeanWeights
from mebench.training.epochs import Stage
from mebench.training.folds import Folds, FoldSamples, FoldTable, init_folds, stack_folds

CLASSES = 3
STREAM_FLOPS = 2 * 42 * 42 * 25 * 14
HEAD_FLOPS = 2 * (14 * 14 * 25 * 14 * 8 + 392)
"""Forward, of the three streams and of one head; a gradient of kernels costs the same again, one of inputs too."""


@dataclass(frozen=True)
class MeanCase:
    """Windows and folds; each fold trains on a random choice of the windows.

    Attributes:
        windows: values in [0, 1], half precision.
        spotting: samples of each fold, a sixth of them positive.
        recognition: of each fold, of three classes.
    """

    windows: Float16[np.ndarray, "m 42 42 3"]
    spotting: FoldTable
    recognition: FoldTable


def made_case(folds: int, windows: int, apexes: int, batch_size: int, seed: int = 0) -> MeanCase:
    """Return seeded folds: `windows` of spotting and `apexes` of recognition a fold, from a table an eighth larger."""
    generator = np.random.default_rng(seed)
    shared = max(64, -(-max(windows, apexes) * 9 // 8))
    pixels = generator.random((shared, 42, 42, 3), np.float32).astype(np.float16)

    def table(count: int, classes: int) -> FoldTable:
        rows = [np.sort(generator.choice(shared, count, replace=False)) for _ in range(folds)]
        labels = [np.arange(count) % 6 == 0 if classes == 2 else np.arange(count) % classes for _ in rows]
        found = stack_folds([FoldSamples(r, t.astype(np.int64)) for r, t in zip(rows, labels, strict=True)], batch_size)
        return FoldTable(np.arange(shared), found.rows[found.places].astype(np.int32), found.targets, found.counts)

    return MeanCase(pixels, table(windows, 2), table(apexes, CLASSES))


def case_stages(config: TrainConfig) -> tuple[Stage, Stage]:
    """Return the stages of spotting and recognition."""
    return (
        mean_stage("spotting", config, "mended", CLASSES, 0),
        mean_stage("recognition", config, "mended", CLASSES, 1),
    )


def untrained(folds: int) -> Folds:
    """Return untrained folds, numbered from 0."""
    return init_folds(case_stages(TrainConfig())[0].learner, 0, range(folds), 2)


def write_case(folder: Path, case: MeanCase, weights: MeanWeights) -> None:
    """Write what the peer reads: weights by name, windows, samples of both stages."""
    np.save(folder / "windows.npy", case.windows)
    for name, table in (("spotting", case.spotting), ("recognition", case.recognition)):
        np.savez(folder / f"{name}.npz", places=table.places, targets=table.targets, counts=table.counts)
    named = [*jax.tree_util.tree_leaves_with_path(weights.params), *jax.tree_util.tree_leaves_with_path(weights.stats)]
    leaves = {jax.tree_util.keystr(path, simple=True, separator="."): np.asarray(leaf) for path, leaf in named}
    with (folder / "weights.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **leaves)


def check_peer(peer: Peer, case: MeanCase, weights: MeanWeights, config: TrainConfig) -> None:
    """Make sure that the peer is the same network: outputs to 1e-5; loss and gradients of a batch to 1e-4, relative.

    Raises:
        MebenchError: it is not.
    """
    found, some = peer({"do": "outputs"}), jnp.asarray(case.windows[:32])
    scores, probabilities = mean_cells.infer(weights, some)
    targets = jnp.arange(len(some)) % 2
    taps = mean_cells.stream_taps(mean_cells.arrange(some))

    def loss_of(params: dict) -> jax.Array:
        maps, _ = mean_cells.train_maps(MeanWeights(params, weights.stats), taps, jnp.ones(len(some), bool), None)
        outputs = mean_cells.head_outputs(params["spotting"], maps, None)[:, 0]
        return jnp.square(outputs - targets).mean() + l2(params, config)

    loss, gradients = jax.value_and_grad(loss_of)(spotting_params(weights.params))
    same = np.allclose(found["scores"], scores, rtol=1e-5, atol=1e-5)
    same &= np.allclose(found["probabilities"], probabilities, rtol=1e-5, atol=1e-5)
    same &= bool(np.isclose(found["loss"], loss, rtol=1e-4))
    norms = {name: float(jnp.linalg.norm(gradients[name]["conv"]["kernel"].ravel())) for name in found["norms"]}
    same &= all(np.isclose(found["norms"][name], norm, rtol=1e-4) for name, norm in norms.items())
    if not same:
        raise MebenchError("the peer computes another network than we do; please open an issue")
