from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from qwen_tiny import CASES, NEW_TOKENS
from qwen_tiny_model import ENDS, goldens, placed, tiny_model

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.generate import Generator, Sampling, choose
from mebench.methods.qwen2_5_vl.network.plan import buckets_for


def generator(sampling, names=tuple(CASES), batch=8):
    model = tiny_model()
    return Generator(model, buckets_for([placed(name).prompt for name in names], model.config.vision, batch), sampling)


@pytest.mark.smoke
def test_greedy_tokens_whatever_the_batch():
    answer = generator(Sampling(NEW_TOKENS, end_tokens=ENDS))
    every = answer([placed(name) for name in CASES])
    for name, tokens in zip(CASES, every, strict=True):
        assert tokens.tolist() == goldens()[f"{name}/greedy"].tolist(), name
    (alone,) = answer([placed("mixed")])
    np.testing.assert_array_equal(alone, goldens()["mixed/greedy"])


def test_an_answer_ends_where_its_end_token_comes():
    want = goldens()["text/greedy"].tolist()
    (tokens,) = generator(Sampling(NEW_TOKENS, end_tokens=(want[1], 3)), ["text"], batch=1)([placed("text")])
    assert tokens.tolist() == want[:1]


def test_penalty_on_repetition():
    sampling = Sampling(NEW_TOKENS, repetition_penalty=1.3, end_tokens=ENDS)
    names = ["text", "image"]
    for name, tokens in zip(names, generator(sampling, names, 2)([placed(name) for name in names]), strict=True):
        assert tokens.tolist() == goldens()[f"{name}/penalty"].tolist(), name


def test_drawn_tokens_depend_on_seed_and_number_only():
    answer = generator(Sampling(NEW_TOKENS, temperature=1.0, top_p=0.8, seed=3, end_tokens=ENDS), ["text"], 4)
    one = placed("text")
    every = answer([one, one, one], [4, 5, 6])
    (again,) = answer([one], [5])
    np.testing.assert_array_equal(every[1], again)
    assert every[2].tolist() != again.tolist() != every[0].tolist()


def test_chances_of_what_is_drawn():
    """Tokens of 0.5, 0.3, 0.15 and 0.05: up to 0.75 the first two are drawn, in the proportion of 5 to 3."""
    logits = jnp.tile(jnp.log(jnp.array([0.15, 0.5, 0.05, 0.3])), (4000, 1))
    keys = jax.random.split(jax.random.key(0), 4000)
    drawn = np.asarray(choose(logits, None, Sampling(1, temperature=1.0, top_p=0.75), keys))
    assert set(drawn.tolist()) == {1, 3}
    assert (drawn == 1).mean() == pytest.approx(5 / 8, abs=0.03)
    cold = np.asarray(choose(logits, None, Sampling(1, temperature=0.01), keys))
    assert (cold == 1).all()
    few = np.asarray(choose(logits, None, Sampling(1, temperature=1.0, top_k=2), keys))
    assert set(few.tolist()) == {1, 3}
    assert (few == 1).mean() == pytest.approx(5 / 8, abs=0.03)
    both = np.asarray(choose(logits, None, Sampling(1, temperature=1.0, top_k=3, top_p=0.4), keys))
    assert (both == 1).all()
    every = np.asarray(choose(logits, None, Sampling(1, temperature=1.0, top_k=9), keys))
    assert set(every.tolist()) == {0, 1, 2, 3}
    least = np.asarray(choose(logits, None, Sampling(1, temperature=1.0, top_p=1e-9), keys))
    assert (least == 1).all()


def test_penalty_by_hand():
    logits = jnp.array([[2.0, -1.0, 1.5, -1.2]])
    keys = jax.random.split(jax.random.key(0), 1)
    seen = jnp.array([[True, False, False, False]])
    assert choose(logits, seen, Sampling(1, repetition_penalty=2.0), keys).tolist() == [2]
    every = jnp.array([[True, True, True, False]])
    assert choose(-logits - 3, every, Sampling(1, repetition_penalty=2.0), keys).tolist() == [3]


@pytest.mark.parametrize("wrong", [{"temperature": -1.0}, {"top_p": 0.0}, {"repetition_penalty": 0.0}, {"top_k": -1}])
def test_settings_that_are_refused(wrong):
    with pytest.raises(MebenchError, match="allowed are max_new_tokens from 1"):
        Sampling(4, **wrong)
    with pytest.raises(MebenchError, match="allowed are max_new_tokens from 1"):
        replace(Sampling(4), max_new_tokens=0)
