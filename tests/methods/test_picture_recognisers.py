"""Networks of flow pictures: sizes, values by hand, padding that changes nothing, published weights, a whole run."""

import csv

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fixtures import torch_saved
from fixtures.archives import megc2019_flow
from flax import nnx

from mebench.config.experiment import DatasetConfig, Experiment, ScoreConfig, TrainConfig, model_of
from mebench.data.builders import build_dataset
from mebench.data.splits import Fold
from mebench.errors import MebenchError
from mebench.methods.off_apexnet.network import Network as OffApexNet
from mebench.methods.picture_layers import dropout, neighbourhoods
from mebench.methods.picture_training import PictureLearner
from mebench.methods.plain_cnn.network import Network as PlainCNN
from mebench.methods.protocols import ExternalWeights
from mebench.methods.ststnet.network import Network as STSTNet
from mebench.methods.ststnet.torch_weights import arrays_of, fold_states, folder_hash
from mebench.progress import Silent
from mebench.run.run import run_experiment
from mebench.training.learner import Batch

SUBJECTS = sorted({row[1] for row in megc2019_flow.ROWS})


def made(network, classes=3, seed=0):
    return network(None, classes, nnx.Rngs(seed))


def pictures(count=6):
    return np.random.default_rng(1).integers(0, 256, (count, 28, 28, 3), np.uint8)


@pytest.mark.parametrize(
    ("network", "count"),
    [(STSTNet, 1_683), (OffApexNet, 2_664_475), (PlainCNN, 9 * 48 + 16 + 9 * 512 + 32 + 9 * 1024 + 32 + 288 * 3 + 3)],
)
def test_number_of_parameters(network, count):
    assert sum(leaf.size for leaf in jax.tree.leaves(nnx.state(made(network), nnx.Param))) == count


def test_neighbourhoods_are_those_of_a_convolution():
    x = jnp.asarray(np.random.default_rng(0).random((2, 6, 7, 3), np.float32))
    kernel = jnp.asarray(np.random.default_rng(1).random((3, 3, 3, 5), np.float32))
    expected = jax.lax.conv_general_dilated(x, kernel, (1, 1), [(2, 2)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC"))
    np.testing.assert_allclose(neighbourhoods(x, 3, 2) @ kernel.reshape(27, 5), expected, rtol=1e-5)


def test_dropout_keeps_the_mean():
    x = jnp.ones((200, 50))
    assert dropout(x, 0.5, None) is x
    found = np.asarray(dropout(x, 0.5, jax.random.key(0)))
    assert set(np.unique(found)) == {0.0, 2.0}
    assert abs(found.mean() - 1) < 0.05


def plain_ststnet(arrays, picture):
    """STSTNet by loops, from the description of its layers; `arrays` as PyTorch has them."""
    x = np.pad(picture[..., ::-1].astype(np.float64), ((2, 2), (2, 2), (0, 0)))
    maps = []
    for i, width in enumerate((3, 5, 8), start=1):
        kernel, bias = arrays[f"conv{i}.weight"], arrays[f"conv{i}.bias"]
        found = np.zeros((width, 30, 30))
        for row in range(30):
            for column in range(30):
                patch = x[row : row + 3, column : column + 3].transpose(2, 0, 1)
                found[:, row, column] = (kernel * patch).sum((1, 2, 3)) + bias
        found = np.maximum(found, 0)
        norm = {
            name: arrays[f"bn{i}.{name}"][:, None, None] for name in ("weight", "bias", "running_mean", "running_var")
        }
        scaled = (found - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-5) * norm["weight"] + norm["bias"]
        bordered = np.pad(scaled, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
        maps.append([[bordered[:, r : r + 3, c : c + 3].max((1, 2)) for c in range(0, 30, 3)] for r in range(0, 30, 3)])
    whole = np.concatenate([np.array(one).transpose(2, 0, 1) for one in maps])  # (16, 10, 10)
    flat = whole.reshape(16, 5, 2, 5, 2).mean((2, 4)).reshape(-1)
    return arrays["fc.weight"] @ flat + arrays["fc.bias"]


def torch_arrays(seed=0):
    """Numbers in the names and shapes of the published files."""
    rng, found = np.random.default_rng(seed), {}
    for i, width in enumerate((3, 5, 8), start=1):
        found |= {f"conv{i}.weight": rng.normal(0, 0.1, (width, 3, 3, 3)), f"conv{i}.bias": rng.normal(0, 1, width)}
        found |= {f"bn{i}.weight": rng.normal(1, 0.5, width), f"bn{i}.bias": rng.normal(0, 1, width)}
        found |= {f"bn{i}.running_mean": rng.normal(5, 1, width), f"bn{i}.running_var": rng.random(width) * 50 + 1}
    found |= {"fc.weight": rng.normal(0, 0.1, (3, 400)), "fc.bias": rng.normal(0, 1, 3)}
    return {name: array.astype(np.float32) for name, array in found.items()}


class LayerByLayer(nnx.Module):
    """STSTNet as its layers are told, with the numbers of a `Network`; no dropout."""

    def __init__(self, network):
        self.conv, self.norm, self.dense = network.conv, network.norm, network.dense

    def __call__(self, pictures, valid):
        x = nnx.relu(self.conv(neighbourhoods(pictures[..., ::-1], 3, 2)))
        x = self.norm(x, use_running_average=False, mask=valid[:, None, None, None])
        x = jnp.pad(x[:, :29, :29], ((0, 0), (1, 0), (1, 0), (0, 0)), constant_values=-jnp.inf)
        x = x.reshape(len(x), 10, 3, 10, 3, 16).max((2, 4))
        return self.dense(x.reshape(len(x), 5, 2, 5, 2, 16).mean((2, 4)).reshape(len(x), -1))


def test_the_fast_form_is_the_layers_in_training_too(monkeypatch):
    monkeypatch.setattr("mebench.methods.ststnet.network.DROPOUT", 0.0)
    shown, valid, key = jnp.asarray(pictures(4), jnp.float32), jnp.arange(4) < 3, jax.random.key(0)

    def scored(call):
        network = made(STSTNet)
        network.norm.scale.set_value(jnp.linspace(-1, 1, 16))
        graph, params, stats = nnx.split(network, nnx.Param, nnx.BatchStat)

        def loss(params):
            own = nnx.merge(graph, params, stats, copy=True)
            said = jnp.where(valid[:, None], call(own), 0)
            return jnp.square(said).sum(), nnx.state(own, nnx.BatchStat)

        return jax.jit(jax.value_and_grad(loss, has_aux=True))(params)

    fast, slow = scored(lambda own: own(shown, valid, key)), scored(lambda own: LayerByLayer(own)(shown, valid))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4), fast, slow)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    for number, subject in enumerate(SUBJECTS):
        (folder / f"{subject}.pth").write_bytes(torch_saved.old(torch_arrays(number)))
    return folder


def test_published_weights_give_what_the_layers_say(published):
    folds = [Fold(name, (), (name,)) for name in SUBJECTS[:2]]
    states = fold_states(published, folds)
    learner = PictureLearner(STSTNet, model_of({"name": "ststnet"}), 3, 1e-3)
    for number in range(2):
        state = jax.tree.map(lambda leaf, number=number: leaf[number], states)
        found = learner.logits(state, jnp.asarray(pictures(2)))
        expected = [plain_ststnet(torch_arrays(number), one) for one in pictures(2)]
        np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-3)


def test_faults_of_published_weights(tmp_path, published):
    with pytest.raises(MebenchError, match=r"no \*\.pth file in .*STSTNet_Weights"):
        folder_hash(tmp_path)
    with pytest.raises(MebenchError, match="has no weights for fold x, which tests x"):
        fold_states(published, [Fold("x", (), ("x",))])
    with pytest.raises(MebenchError, match="has no weights for fold both, which tests 006, 007"):
        fold_states(published, [Fold("both", (), ("006", "007"))])
    arrays = torch_arrays()
    with pytest.raises(MebenchError, match=r"f: conv1.bias is missing where STSTNet has"):
        arrays_of({name: array for name, array in arrays.items() if name != "conv1.bias"}, "f")
    with pytest.raises(MebenchError, match=r"f: fc.weight has the shape \(3, 9\) where STSTNet has \(3, 400\)"):
        arrays_of(arrays | {"fc.weight": np.zeros((3, 9), np.float32)}, "f")


@pytest.mark.parametrize("network", [STSTNet, OffApexNet, PlainCNN])
def test_padding_changes_nothing_and_it_learns(network):
    learner = PictureLearner(network, model_of({"name": "plain_cnn"}), 2, 1e-3)
    shown, targets = pictures(8), np.arange(8) % 2
    shown[targets == 1, :14] //= 4
    data = jnp.asarray(shown)
    key = jax.random.key(3)
    step = jax.jit(learner.step)

    def batch(rows, valid):
        places = jnp.asarray(rows)
        return Batch(places, places, jnp.asarray(valid), jnp.asarray(targets[rows]))

    start = learner.init(key)
    whole = step(start, data, batch([0, 1, 2, 3, 4, 5, 6, 7], [True] * 6 + [False] * 2), key)
    other = step(start, data, batch([0, 1, 2, 3, 4, 5, 0, 0], [True] * 6 + [False] * 2), key)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), whole, other)
    state, losses = start, []
    for number in range(30):
        state, loss = step(state, data, batch(list(range(8)), [True] * 8), jax.random.fold_in(key, number))
        losses.append(float(loss))
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:3])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    copy = megc2019_flow.write(tmp_path_factory.mktemp("copy"))
    build_dataset("megc2019_flow", "", folder, Silent(), archive=copy)
    return folder


def experiment(name, **model):
    return Experiment(
        name="a/b",
        task="recognition",
        dataset=DatasetConfig(name="megc2019_flow"),
        model=model_of({"name": name, **model}),
        train=TrainConfig(recognition_epochs=2, batch_size=4),
        score=ScoreConfig(bootstrap=20),
    )


@pytest.mark.parametrize("name", ["ststnet", "plain_cnn"])
def test_a_whole_run(data, tmp_path, name):
    result = run_experiment(experiment(name), tmp_path, data, Silent())
    with result.folder.predictions.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(megc2019_flow.ROWS)
    assert result.record.metrics["pooled.uf1"].n == len(SUBJECTS)
    assert "recognition.loss.006" in result.folder.metrics.read_text()


def test_published_weights_are_asked_for_and_recorded(data, tmp_path, published):
    chosen = experiment("ststnet", weights="published")
    with pytest.raises(MebenchError, match="give its folder STSTNet_Weights with --weights DIR"):
        run_experiment(chosen, tmp_path, data, Silent())
    with pytest.raises(MebenchError, match=r'leave it out, or set model.weights = "published"'):
        run_experiment(experiment("ststnet"), tmp_path, data, Silent(), ExternalWeights(published))
    result = run_experiment(chosen, tmp_path, data, Silent(), ExternalWeights(published))
    assert result.record.environment["weights_sha256"] == folder_hash(published)
    states = fold_states(published, [Fold(name, (), (name,)) for name in SUBJECTS])
    learner = PictureLearner(STSTNet, chosen.model, 3, 1e-3)
    with result.folder.predictions.open() as file:
        said = {row["video"]: row["predicted"] for row in csv.DictReader(file)}
    for row in megc2019_flow.ROWS:
        state = jax.tree.map(lambda leaf, row=row: leaf[SUBJECTS.index(row[1])], states)
        logits = learner.logits(state, jnp.asarray(megc2019_flow.pixels(row)[None, :, :, ::-1]))
        assert said[row[2]] == chosen.protocol.classes[int(np.argmax(logits))]
