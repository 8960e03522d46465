from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from qwen_tiny import EOS
from qwen_tiny_model import compiled, inputs_of, placed, tiny_model

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.clip_rows import ClipRows
from mebench.methods.qwen2_5_vl.network.finetune import (
    FinetuneConfig,
    Finetuner,
    answered,
    make_train_batch,
    stack_batches,
)
from mebench.methods.qwen2_5_vl.network.lora import LoraConfig, add_lora
from mebench.methods.qwen2_5_vl.network.plan import buckets_for
from mebench.methods.qwen2_5_vl.network.tune_files import open_tune_files

NAMES = ("image", "text")
ANSWERS = [np.array(answer, np.int32) for answer in ([20, 21, EOS], [22, EOS])]


@cache
def tuner(dtype=jnp.float32):
    model = tiny_model(dtype)
    add_lora(model, LoraConfig(rank=4, alpha=8.0, dropout=0.1), seed=0)
    return Finetuner(model, FinetuneConfig(learning_rate=1e-2, warmup=0.2, accumulate=2))


def batches():
    """The prompts with their answers, one a batch; pictures as rows of the vision tower."""
    model, every = tiny_model(), [placed(name) for name in NAMES]
    buckets = replace(buckets_for([one.prompt for one in every], model.config.vision, 1), tokens=32)
    rows = inputs_of("image").features
    return [
        make_train_batch([one], [answer], model.config, buckets, 3, rows)
        for one, answer in zip(every, ANSWERS, strict=True)
    ]


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True))


def test_loss_is_that_of_the_answers_under_the_whole_logits():
    """The hidden states are gathered before the head; here the head sees all of them, and nothing is gathered."""
    own, one = tuner(), answered(placed("image"), ANSWERS[0])
    (batch, _), n = batches(), len(one.prompt.ids)
    logits = compiled(tiny_model())(batch.inputs)[0]
    want = optax.softmax_cross_entropy_with_integer_labels(logits[n - 4 : n - 1], ANSWERS[0]).sum()
    found = jax.jit(lambda state, base, batch: own.loss(state.adapters, base, batch, None))
    assert float(found(own.start(), own._base, batch)) == pytest.approx(float(want), rel=1e-5)


def test_the_learning_rate_rises_and_falls():
    config = FinetuneConfig(learning_rate=2.0, warmup=0.25)
    rates = [float(config.rate(jnp.int32(step), jnp.int32(8))) for step in range(9)]
    assert rates[:3] == [0, 1, 2]
    assert rates[5] == pytest.approx(1)
    assert rates[8] == pytest.approx(0, abs=1e-6)
    assert float(FinetuneConfig(learning_rate=3.0).rate(jnp.int32(0), jnp.int32(1))) == 3


def test_rows_of_a_clip_are_computed_once():
    model, one = tiny_model(), placed("image")
    cache = ClipRows(model, buckets_for([one.prompt], model.config.vision, 8))
    rows = cache(["a", "a"], [one, one], 3).reshape(3, 16, 64)
    np.testing.assert_allclose(rows[0], inputs_of("image").features, atol=1e-6)
    np.testing.assert_array_equal(rows[1], rows[0])
    assert not rows[2].any()
    blank = replace(one, prompt=replace(one.prompt, pixels=np.zeros_like(one.prompt.pixels)))
    np.testing.assert_array_equal(cache(["a"], [blank], 1), rows[0])


def test_it_learns_and_goes_on_to_the_same_bits(tmp_path):
    own, batch = tuner(), stack_batches(batches())
    state, losses = own.start(), []
    with open_tune_files(tmp_path, "run fold", print) as files:
        assert files.restore(own.start()) is None
        for number in range(12):
            if number == 5:
                files.save(state)
            state, loss = own.step(state, batch, 12)
            losses.append(float(loss))
        again = files.restore(own.start())
        assert int(again.step) == 5
        for _ in range(7):
            again, _ = own.step(again, batch, 12)
        assert same(state, again)
        other = state._replace(adapters={name: value[:1] for name, value in state.adapters.items()})
        with pytest.raises(MebenchError, match="of other adapters"):
            files.restore(other)
    assert losses[0] == pytest.approx(np.log(160), abs=1.5)
    assert losses[-1] < losses[0] - 1
    first = own.start().adapters
    assert all(not np.array_equal(first[name], state.adapters[name]) for name in first)


def test_accumulated_gradient_is_that_of_one_batch():
    """Two questions in one batch, with an empty batch after it, or one in each: the same step, but for dropout."""
    model, one = tiny_model(), placed("text")
    add_lora(model, LoraConfig(rank=2, alpha=4.0, target_modules=("layers.1.self_attn.v_proj",)), seed=0)
    own = Finetuner(model, FinetuneConfig(accumulate=2, remat=False))
    buckets = buckets_for([one.prompt], model.config.vision, 2, 16)
    both = make_train_batch([one, one], ANSWERS, model.config, buckets, 3)
    first, second = (make_train_batch([one], [answer], model.config, buckets, 3) for answer in ANSWERS)
    empty = replace(both, weights=np.zeros_like(both.weights))
    at_once, loss = own.step(own.start(), stack_batches([both, empty]), 4)
    apart, other = own.step(own.start(), stack_batches([first, second]), 4)
    assert float(loss) == pytest.approx(float(other), rel=1e-6)
    for name in apart.adapters:
        np.testing.assert_allclose(at_once.adapters[name], apart.adapters[name], atol=1e-6)
    with pytest.raises(MebenchError, match="stack_batches of 2"):
        own.step(own.start(), stack_batches([both]), 4)


def test_answers_that_do_not_fit():
    model, one = tiny_model(), placed("text")
    buckets = buckets_for([one.prompt], model.config.vision, 1)
    for answers in ([], [np.zeros(0, np.int32)], [np.zeros(4, np.int32)]):
        with pytest.raises(MebenchError, match="one each, 1 to 3"):
            make_train_batch([one], answers, model.config, buckets, 3)
    with pytest.raises(MebenchError, match="without adapters"):
        Finetuner(model, FinetuneConfig())
