"""Keras files as Keras writes them: any suffix, both heads or one; the same outputs; every fault is named."""

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mean_oracle import oracle

from mebench.errors import MebenchError
from mebench.methods.mean.keras import import_keras, load_mean, read_keras, save_mean
from mebench.methods.mean.network import MeanWeights, model_of, new_weights

ORDER = {"spot": ("spotting",), "recog": ("recognition",), "spot_recog": ("spotting", "recognition")}


def weights_like_trained(seed=0, num_classes=3):
    random = np.random.default_rng(seed)
    weights = new_weights(num_classes, jax.random.key(seed))
    noisy = jax.tree.map(lambda a: np.asarray(a) + random.normal(0, 0.1, a.shape).astype(np.float32), weights)
    return MeanWeights(noisy.params, jax.tree.map(np.abs, noisy.stats))


def keras_layers(weights, kind, first):
    """Layers in the order in which Keras lists them, with numeric suffixes that begin at `first`."""

    def named(base, number):
        return f"{base}_{number}" if number else base

    layers = [("input_1", {})]
    for i, name in enumerate(("u", "v", "strain")):
        layers.append((named("conv2d", first + i), weights.params[name]["conv"]))
    for i, name in enumerate(("u", "v", "strain")):
        norm, stats = weights.params[name]["norm"], weights.stats[name]["norm"]
        arrays = {"gamma": norm["scale"], "beta": norm["bias"], "moving_mean": stats["mean"]}
        layers.append((named("batch_normalization", first + i), arrays | {"moving_variance": stats["var"]}))
    layers.append((named("max_pooling2d", first), {}))
    for i, head in enumerate(ORDER[kind]):
        layers.append((named("conv2d", first + 3 + i), weights.params[head]["conv"]))
    for head in ORDER[kind]:
        layers.append((named({"spotting": "spot", "recognition": "recog"}[head], first), weights.params[head]["dense"]))
    return layers


def write_keras(path, layers):
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name, _ in layers]
        file.attrs["backend"] = b"tensorflow"
        for name, arrays in layers:
            group = file.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{array}:0".encode() for array in arrays]
            for array, value in arrays.items():
                group.create_dataset(f"{name}/{array}:0", data=np.asarray(value))
    return path


def outputs(weights, windows):
    return [np.asarray(part) for part in model_of(weights)(jnp.asarray(windows))]


@pytest.mark.parametrize("first", [0, 17])
def test_the_same_weights_give_the_same_outputs_whatever_their_suffix(tmp_path, first):
    weights = weights_like_trained(1)
    write_keras(tmp_path / "keras" / "fold" / "s01.hdf5", keras_layers(weights, "spot_recog", first))
    (found,) = import_keras(tmp_path / "keras", tmp_path / "ours")
    assert (found.kind, found.num_classes) == ("spot_recog", 3)
    assert found.target == tmp_path / "ours" / "fold" / "s01.npz"
    windows = np.random.default_rng(2).random((3, 42, 42, 3)).astype(np.float32)
    for got, expected in zip(outputs(load_mean(found.target), windows), oracle(weights, windows), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def test_files_of_one_head_make_a_whole_network_together(tmp_path):
    weights = weights_like_trained(3, num_classes=5)
    for kind in ("spot", "recog"):
        write_keras(tmp_path / kind / "s02.h5", keras_layers(weights, kind, 4))
    recog, spot = import_keras(tmp_path, tmp_path / "out")
    assert (spot.kind, spot.num_classes, recog.kind, recog.num_classes) == ("spot", 0, "recog", 5)
    assert "recognition" not in load_mean(spot.target).params
    jax.tree.map(np.testing.assert_array_equal, load_mean(spot.target, recog.target), weights)


def test_layers_count_by_order_and_shape_not_by_name(tmp_path):
    # The strain layer, of another width, may stand anywhere; u stands before v, whatever their numbers say.
    weights = weights_like_trained(4)
    layers = keras_layers(weights, "spot", 0)
    layers[1:4] = [("conv2d_9", layers[3][1]), ("conv2d_8", layers[1][1]), ("conv2d_2", layers[2][1])]
    read = read_keras(write_keras(tmp_path / "w.h5", layers))
    streams = {name: weights.params[name] for name in ("u", "v", "strain")}
    jax.tree.map(np.testing.assert_array_equal, {name: read.params[name] for name in streams}, streams)


def test_own_files_come_back_to_the_bit(tmp_path):
    weights = weights_like_trained(5)
    save_mean(weights, tmp_path / "w.npz")
    jax.tree.map(np.testing.assert_array_equal, load_mean(tmp_path / "w.npz"), weights)


def without(layers, name):
    return [(one, arrays) for one, arrays in layers if one != name]


def test_missing_layers_are_named(tmp_path):
    layers = keras_layers(weights_like_trained(), "spot_recog", 0)
    path = tmp_path / "w.h5"
    for name, sentence in (
        ("conv2d_1", r"w\.h5: the convolution of stream v is missing"),
        ("batch_normalization_2", r"w\.h5: the batch norm of stream strain is missing"),
        ("conv2d_4", r"w\.h5: the convolution of the recognition head is missing"),
        ("recog", r"w\.h5: layer 'conv2d_4' has no place"),
    ):
        with pytest.raises(MebenchError, match=sentence):
            read_keras(write_keras(path, without(layers, name)))
    with pytest.raises(MebenchError, match="the dense layer"):
        read_keras(write_keras(path, without(without(layers, "recog"), "spot")))


def test_wrong_shapes_are_named(tmp_path):
    layers = keras_layers(weights_like_trained(), "spot", 0)
    path = tmp_path / "w.h5"
    narrow = [(n, {"kernel": np.zeros((5, 5, 1, 4)), "bias": np.zeros(4)} if n == "conv2d" else a) for n, a in layers]
    with pytest.raises(MebenchError, match=r"needs kernel \(5, 5, 1, 3\), and there are: conv2d \(5, 5, 1, 4\)"):
        read_keras(write_keras(path, [one for one in narrow if one[0] not in ("conv2d_1", "conv2d_2")]))
    short = [(n, {**a, "bias": np.zeros(2)} if n == "spot" else a) for n, a in layers]
    with pytest.raises(MebenchError, match=r"layer 'spot' .* needs 'bias' of shape \(1,\)"):
        read_keras(write_keras(path, short))
    twice = [*layers, ("spot_1", layers[-1][1])]
    with pytest.raises(MebenchError, match="'spot_1' is a second spotting head"):
        read_keras(write_keras(path, twice))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "bad.h5").write_bytes(b"no HDF5 at all")
    with pytest.raises(MebenchError, match=r"bad\.h5 is no HDF5 file"):
        import_keras(tmp_path, tmp_path / "out")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros(3)
    with pytest.raises(MebenchError, match=r"other\.h5 has no attribute 'layer_names'"):
        read_keras(tmp_path / "other.h5")
    with pytest.raises(MebenchError, match="no Keras weights"):
        import_keras(tmp_path / "out", tmp_path / "more")
    path = write_keras(tmp_path / "w.h5", keras_layers(weights_like_trained(), "spot", 0))
    with h5py.File(path, "a") as file:
        del file["conv2d/conv2d/bias:0"]
    with pytest.raises(MebenchError, match="layer 'conv2d' has no array 'conv2d/bias:0'"):
        read_keras(path)
    with h5py.File(path, "a") as file:
        del file["conv2d"]
    with pytest.raises(MebenchError, match="layer 'conv2d' is listed"):
        read_keras(path)


def test_two_files_that_would_be_one_are_refused(tmp_path):
    layers = keras_layers(weights_like_trained(), "spot", 0)
    for suffix in (".h5", ".hdf5"):
        write_keras(tmp_path / f"s01{suffix}", layers)
    with pytest.raises(MebenchError, match=r"would both become .*s01\.npz"):
        import_keras(tmp_path, tmp_path / "out")


def test_damaged_npz_files_are_refused(tmp_path):
    (tmp_path / "w.npz").write_bytes(b"PK nothing")
    with pytest.raises(MebenchError, match="cannot be read as weights"):
        load_mean(tmp_path / "w.npz")
    with pytest.raises(MebenchError, match="cannot be read as weights"):
        load_mean(tmp_path / "none.npz")
    save_mean(weights_like_trained(), tmp_path / "half.npz")
    whole = (tmp_path / "half.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MebenchError, match="cannot be read as weights"):
        load_mean(tmp_path / "half.npz")
    np.savez(tmp_path / "x.npz", a=np.zeros(2))
    with pytest.raises(MebenchError, match=r"holds no weights of MEAN: a has shape \(2,\), MEAN's is None"):
        load_mean(tmp_path / "x.npz")


def spot_file(tmp_path, seed=0):
    return write_keras(tmp_path / "w.h5", keras_layers(weights_like_trained(seed), "spot", 0))


def replaced(path, name, **dataset):
    """Put another dataset into the place of one."""
    with h5py.File(path, "a") as file:
        del file[name]
        file.create_dataset(name, **dataset)


KERNEL, VARIANCE = "conv2d/conv2d/kernel:0", "batch_normalization/batch_normalization/moving_variance:0"


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("name", "dataset", "sentence"),
    [
        (KERNEL, {"data": np.full((5, 5, 1, 3), np.nan)}, "conv2d/kernel:0 holds a number that is none or infinite"),
        (KERNEL, {"data": np.full((5, 5, 1, 3), 1e300)}, "conv2d/kernel:0 holds a number that is none or infinite"),
        (VARIANCE, {"data": np.array([1.0, -1e-3, 1.0])}, "moving_variance:0 holds a variance below 0"),
        (KERNEL, {"shape": (10**6, 10**6), "dtype": "f4", "chunks": (1, 10)}, r"shape \(1000000, 1000000\)"),
        (
            KERNEL,
            {"shape": (5, 5, 1, 3), "dtype": "f4", "chunks": (5, 5, 1, 10**7), "maxshape": (5, 5, 1, None)},
            "shape",
        ),
        (KERNEL, {"data": np.zeros((5, 5, 1, 3), np.int32)}, "type int32"),
        (KERNEL, {"data": np.zeros((5, 5, 1, 3), np.complex64)}, "type complex64"),
        (KERNEL, {"data": [b"a", b"b"]}, "type object"),
        (KERNEL, {"dtype": "f4", "data": h5py.Empty("f4")}, "shape None"),
    ],
)
def test_numbers_that_no_training_leaves(tmp_path, name, dataset, sentence):
    path = spot_file(tmp_path)
    replaced(path, name, **dataset)
    with pytest.raises(MebenchError, match=sentence):
        read_keras(path)


def test_weights_that_lie_in_other_files(tmp_path):
    other = write_keras(tmp_path / "other" / "w.h5", keras_layers(weights_like_trained(1), "spot", 0))
    (tmp_path / "raw").write_bytes(np.zeros((5, 5, 1, 3), np.float32).tobytes())
    virtual = h5py.VirtualLayout((5, 5, 1, 3), "f8")
    virtual[:] = h5py.VirtualSource(other, KERNEL, (5, 5, 1, 3))

    def link(file):
        file[KERNEL] = h5py.ExternalLink(str(other), KERNEL)

    def group_link(file):
        del file["conv2d"]
        file["conv2d"] = h5py.ExternalLink(str(other), "conv2d")

    def soft(file):
        file[KERNEL] = h5py.SoftLink("/conv2d_1/conv2d_1/kernel:0")

    def raw(file):
        file.create_dataset(KERNEL, (5, 5, 1, 3), "f4", external=[(str(tmp_path / "raw"), 0, 300)])

    def mapped(file):
        file.create_virtual_dataset(KERNEL, virtual)

    for change, sentence in (
        (link, "is a link to elsewhere"),
        (group_link, "is a link to elsewhere"),
        (soft, "is a link to elsewhere"),
        (raw, "lies in another file"),
        (mapped, "lies in another file"),
    ):
        path = spot_file(tmp_path)
        with h5py.File(path, "a") as file:
            del file[KERNEL]
            change(file)
        with pytest.raises(MebenchError, match=sentence):
            read_keras(path)


@pytest.mark.parametrize("names", [5, "conv2d", [1.5], np.zeros((2, 2)), [b"\xff"], [b"../x"]])
def test_lists_of_names_that_are_none(tmp_path, names):
    path = spot_file(tmp_path)
    with h5py.File(path, "a", libver="latest") as file:
        file.attrs["layer_names"] = names
    with pytest.raises(MebenchError, match=r"w\.h5"):
        read_keras(path)


def test_whatever_byte_is_wrong_it_is_read_or_refused(tmp_path):
    path = spot_file(tmp_path)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), 20):
            damaged[place] = random.integers(256)
        path.write_bytes(bytes(damaged))
        try:
            read_keras(path)
        except MebenchError:
            refused += 1
    assert refused > 30


def test_arrays_of_another_network_or_without_sense(tmp_path):
    save_mean(weights_like_trained(), tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as stored:
        good = dict(stored)
    name = "params/u/conv/kernel"
    for changes, sentence in (
        ({name: good[name][:3]}, r"params/u/conv/kernel has shape \(3, 5, 1, 3\), MEAN's is \(5, 5, 1, 3\)"),
        ({name: good[name].astype("U4")}, "params/u/conv/kernel has shape None"),
        ({name: good[name] * np.float32("nan")}, "params/u/conv/kernel holds a number that cannot be"),
        ({"stats/u/norm/var": -good["stats/u/norm/var"]}, "stats/u/norm/var holds a number that cannot be"),
        ({"params": np.zeros(3)}, r"params has shape \(3,\), MEAN's is None"),
        ({"params/spotting/dense/bias": np.zeros(())}, "params/spotting/conv/bias has shape"),
    ):
        np.savez(tmp_path / "x.npz", **good | changes)
        with pytest.raises(MebenchError, match=sentence):
            load_mean(tmp_path / "x.npz")
