"""Training: independent of the other folds, of padding and of interruptions; right against a plain loop of steps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.mean_training import data_of, init_folds, stage, train

from mebench.errors import MebenchError
from mebench.methods.mean import cells as mean_cells
from mebench.methods.mean.learner import fold_weights, joint_loss, l2
from mebench.methods.mean.network import model_of, weights_of
from mebench.training.epochs import check_losses, run_epochs, shuffled
from mebench.training.folds import FoldSamples, choose_folds, stack_folds, steps_of

KEYS = [3, 4_000_000_000]
SEED = 11


def assert_same_bits(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


@pytest.fixture(scope="module")
def spotted(windows, samples, config):
    """Both folds after two epochs of spotting, with the losses."""
    return train("spotting", init_folds(SEED, KEYS, 3), data_of(samples, windows), SEED, 2, config)


@pytest.fixture(scope="module")
def emotions(windows):
    """Recognition: 9 samples of one fold, 20 of the other, none of a third."""
    rows = (np.arange(9), np.arange(30, 50), np.arange(0))
    return [FoldSamples(one, one % 3) for one in rows]


def test_stacked_samples_are_the_folds_samples(windows, samples):
    table = stack_folds([*samples, FoldSamples(np.array([70, 5]), np.array([1, 0]))], 16)
    assert table.places.shape == (3, 64)
    assert table.counts.tolist() == [40, 60, 2]
    assert steps_of(table.counts, 16).tolist() == [3, 4, 1]
    assert table.rows[table.places[2, :2]].tolist() == [70, 5]
    assert table.targets[2, :2].tolist() == [1, 0]
    sparse = stack_folds([FoldSamples(np.array([9, 4]), np.array([1, 0]))], 16)
    assert sparse.rows.tolist() == [4, 9]
    assert sparse.places[0, :2].tolist() == [1, 0]


def test_shuffling_is_a_permutation_that_does_not_depend_on_the_padding():
    key = jax.random.key(1)
    short, long = (np.asarray(shuffled(key, jnp.int32(40), length)) for length in (48, 96))
    assert sorted(short[:40].tolist()) == list(range(40))
    assert short[:40].tolist() == long[:40].tolist()
    assert short[:40].tolist() != list(range(40))


def test_new_folds_depend_on_their_own_key_alone():
    both, alone = init_folds(SEED, KEYS, 3), init_folds(SEED, KEYS[1:], 3)
    assert_same_bits(choose_folds(both, [1]), alone)
    kernels = np.asarray(both.state.weights.params["u"]["conv"]["kernel"])
    assert not np.array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels, init_folds(SEED + 1, KEYS, 3).state.weights.params["u"]["conv"]["kernel"])


def test_a_fold_alone_gives_the_same_bits(windows, samples, config, spotted):
    alone, losses = train("spotting", init_folds(SEED, KEYS[:1], 3), data_of(samples[:1], windows), SEED, 2, config)
    assert_same_bits(choose_folds(spotted[0], [0]), alone)
    assert losses.shape == (1, 2, 3)
    assert spotted[1].shape == (2, 2, 4)
    np.testing.assert_array_equal(spotted[1][0, :, :3], losses[0])
    np.testing.assert_array_equal(spotted[1][0, :, 3], 0)


def test_one_epoch_twice_is_two_epochs(windows, samples, config, spotted):
    state, data = init_folds(SEED, KEYS, 3), data_of(samples, windows)
    state, losses = run_epochs(stage("spotting", config), state, data, SEED, 2, config.folds)
    assert_same_bits(spotted[0], state)
    np.testing.assert_array_equal(spotted[1], losses)
    assert np.asarray(state.epochs).tolist() == [[2, 0], [2, 0]]


def test_folds_side_by_side_train_alike(windows, samples, config, spotted):
    together = config.model_copy(update={"folds": "vmap"})
    _, losses = train("spotting", init_folds(SEED, KEYS, 3), data_of(samples, windows), SEED, 2, together)
    np.testing.assert_allclose(losses, spotted[1], rtol=1e-4)


def test_running_statistics_are_those_of_the_definition(windows, config):
    # One batch that holds every sample: neither the order nor (with 16 of 16 rows) the padding plays a part.
    samples = [FoldSamples(np.arange(16), np.arange(16) % 2)]
    state = init_folds(SEED, KEYS[:1], 3)
    after, _ = train("spotting", state, data_of(samples, windows), SEED, 1, config)

    @jax.jit
    def defined(weights, batch):
        model = model_of(weights)
        model.features(batch, train=True)
        return weights_of(model).stats

    expected = defined(fold_weights(state, 0), jnp.asarray(windows[:16]))
    found = fold_weights(after, 0).stats
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6), found, expected)


def test_l2_is_that_of_the_kernels_alone(config):
    params = fold_weights(init_folds(SEED, KEYS[:1], 3), 0).params
    streams = sum(np.square(params[name]["conv"]["kernel"]).sum() for name in ("u", "v", "strain"))
    heads = sum(np.square(params[h][k]["kernel"]).sum() for h in ("spotting", "recognition") for k in ("conv", "dense"))
    assert float(l2(params, config)) == pytest.approx(0.001 * streams + 0.1 * heads, rel=1e-5)


def test_spotting_learns(windows, samples, config):
    _, losses = train("spotting", init_folds(SEED, KEYS[:1], 3), data_of(samples[:1], windows), SEED, 12, config)
    assert losses[0, -1].mean() < 0.25 * losses[0, 0].mean()


def unchanged_by_recognition(before, after):
    others = {name: tree for name, tree in before.state.weights.params.items() if name != "recognition"}
    assert_same_bits(others, {name: after.state.weights.params[name] for name in others})
    assert_same_bits(before.state.weights.stats, after.state.weights.stats)
    assert_same_bits(before.state.spotting, after.state.spotting)


@pytest.mark.parametrize("behaviour", ["mended", "faithful"])
def test_recognition_trains_its_head_alone(windows, emotions, config, behaviour):
    keys = [*KEYS, 8]
    before = init_folds(SEED, keys, 3)
    data = data_of(emotions, windows)
    after, losses = train("recognition", before, data, SEED, 4, config, behaviour)
    unchanged_by_recognition(before, after)
    assert losses.shape == (3, 4, 2)
    assert losses[0, :, 0].min() > 0
    assert losses[1, -1].mean() < losses[1, 0].mean()
    np.testing.assert_array_equal(losses[0, :, 1], 0)
    np.testing.assert_array_equal(losses[2], 0)
    assert_same_bits(choose_folds(before, [2]).state.weights, choose_folds(after, [2]).state.weights)
    again, more = train("recognition", after, data, SEED, 4, config, behaviour)
    assert not np.array_equal(more, losses)
    assert np.asarray(again.epochs)[:, 1].tolist() == [8, 8, 8]


def test_wrong_padding_is_refused(windows, samples, config):
    data = data_of(samples, windows, batch_size=12)
    with pytest.raises(MebenchError, match=r"no multiple of train\.batch_size = 16"):
        train("spotting", init_folds(SEED, KEYS, 3), data, SEED, 1, config)


def test_divergence_names_fold_and_step():
    losses = np.ones((2, 3, 4))
    check_losses(losses, ["s01", "s03"], 0)
    losses[1, 1, 2:] = np.nan
    losses[0, 2, 0] = np.inf
    with pytest.raises(MebenchError, match=r"fold 's03' diverged at step 3 of epoch 7 .*lower train.learning_rate"):
        check_losses(losses, ["s01", "s03"], 5)


def test_a_loss_that_is_no_number_is_noticed(windows, samples, config):
    broken = windows.copy()
    broken[7] = np.nan
    _, losses = train("spotting", init_folds(SEED, KEYS[:1], 3), data_of(samples[:1], broken), SEED, 2, config)
    with pytest.raises(MebenchError, match=r"fold 's01' diverged at step \d of epoch 1"):
        check_losses(losses, ["s01"], 0)


def test_joint_training_moves_streams_and_recognition_head_alone(windows, emotions, config):
    data, start = data_of(emotions, windows), init_folds(SEED, [*KEYS, 5], 3)
    whole, losses = train("joint", start, data, SEED, 4, config)
    for name, before in start.state.weights.params.items():
        same = jax.tree.map(lambda a, b: bool((a == b).all()), before, whole.state.weights.params[name])
        kernels = same["conv"]["kernel"]
        assert kernels == (name == "spotting"), name
    assert whole.epochs.tolist() == [[0, 4]] * 3
    assert (losses[:2, -1, 0] < losses[:2, 0, 0]).all()
    assert not losses[2].any()  # a fold without samples stays as it was
    assert_same_bits(fold_weights(whole, 2), fold_weights(start, 2))


def test_joint_loss_is_cross_entropy_and_both_l2(windows, config):
    weights = fold_weights(init_folds(SEED, KEYS, 3), 0)
    targets, valid = jnp.arange(8) % 3, jnp.arange(8) < 7
    taps = mean_cells.stream_taps(mean_cells.arrange(jnp.asarray(windows[:8])))
    keys = jax.random.split(jax.random.key(1))
    loss, _ = jax.jit(joint_loss, static_argnames="config")(
        weights.params, weights.stats, taps, targets, valid, keys, config
    )

    @jax.jit
    def head(weights):
        maps, _ = mean_cells.train_maps(weights, taps, valid, keys[0])
        return mean_cells.head_outputs(weights.params["recognition"], maps, keys[1])

    logits = np.asarray(head(weights), np.float64)
    each = np.log(np.exp(logits).sum(1)) - logits[np.arange(8), np.arange(8) % 3]
    squares = {
        name: sum(float(np.square(np.asarray(leaf, np.float64)).sum()) for path, leaf in leaves_of(tree))
        for name, tree in weights.params.items()
    }
    penalty = (
        config.stream_l2 * (squares["u"] + squares["v"] + squares["strain"]) + config.head_l2 * squares["recognition"]
    )
    assert float(loss) == pytest.approx(each[:7].mean() + penalty, rel=1e-5)


def leaves_of(tree):
    """The kernels of a part of the model."""
    return [pair for pair in jax.tree_util.tree_leaves_with_path(tree) if pair[0][-1].key == "kernel"]
