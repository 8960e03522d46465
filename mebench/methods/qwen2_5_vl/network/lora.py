"""LoRA: a product of two thin matrices beside chosen layers, which alone is trained.

Source: "LoRA: Low-Rank Adaptation of Large Language Models" (arXiv 2106.09685). Names are PEFT's; matrices are
PEFT's transposed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax
from jaxtyping import Array, Float, Float32, PRNGKeyArray

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.layer_pattern import check_pattern, matches
from mebench.methods.qwen2_5_vl.network.layers import Linear
from mebench.methods.qwen2_5_vl.network.model import Qwen25VL

TEXT_LAYERS = (
    r".*language_model\.layers\.\d+\.(self_attn|mlp)\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
)
"""Every matrix of the text stack; bare names such as `up_proj` would hit the vision tower too."""


@dataclass(frozen=True)
class LoraConfig:
    """Size and place of the adapters.

    Attributes:
        rank: columns of the thin matrices (PEFT's r).
        alpha: the product is scaled by alpha / rank.
        dropout: share of the input that is dropped in training.
        target_modules: a regular expression that matches whole names of layers, such as
            `model.language_model.layers.0.mlp.up_proj`, or names that they may end with.
    """

    rank: int
    alpha: float
    dropout: float = 0.0
    target_modules: str | tuple[str, ...] = TEXT_LAYERS

    def __post_init__(self) -> None:
        if self.rank < 1 or not self.alpha > 0 or not 0 <= self.dropout < 1:
            raise MebenchError(
                f"LoRA with rank {self.rank}, alpha {self.alpha}, dropout {self.dropout}; allowed: rank from 1, alpha"
                " above 0, dropout from 0 to below 1"
            )

        if isinstance(self.target_modules, str):
            check_pattern(self.target_modules)

    def targets(self, name: str) -> bool:
        """Return whether a layer of our model gets an adapter; older names of the text stack count too.

        Raises:
            MebenchError: a pattern that takes too long.
        """
        names = [f"model.{name}", f"model.{name}".replace("model.language_model.", "model.")]
        if isinstance(self.target_modules, str):
            return any(matches(self.target_modules, one) for one in names)
        return any(one == end or one.endswith(f".{end}") for one in names for end in self.target_modules)


@jax.custom_vjp
def low_rank(x: Float[Array, "n i"], down: Float32[Array, "i r"], up: Float32[Array, "r o"]) -> Float[Array, "n o"]:
    """Return x A B, computed in x's type.

    Its gradients are written out so that only thin matrices are transposed: what autodiff makes of it turns every
    activation over in memory, which took a third of a step on CPU.
    """
    return (x @ down.astype(x.dtype)) @ up.astype(x.dtype)


def _low_rank_forward(
    x: Float[Array, "n i"], down: Float32[Array, "i r"], up: Float32[Array, "r o"]
) -> tuple[Float[Array, "n o"], tuple[Array, ...]]:
    thin = x @ down.astype(x.dtype)
    return thin @ up.astype(x.dtype), (x, thin, down, up)


def _low_rank_backward(
    kept: tuple[Array, ...], y: Float[Array, "n o"]
) -> tuple[Float[Array, "n i"], Float32[Array, "i r"], Float32[Array, "r o"]]:
    x, thin, down, up = kept
    back = y @ up.T.astype(y.dtype)  # (n, r)
    by_rows = (((0,), (0,)), ((), ()))
    to_up = lax.dot_general(thin, y, by_rows, preferred_element_type=jnp.float32)
    to_down = lax.dot_general(back, x, by_rows, preferred_element_type=jnp.float32)
    return back @ down.T.astype(y.dtype), to_down.T, to_up


low_rank.defvjp(_low_rank_forward, _low_rank_backward)


class LoraLinear(nnx.Module):
    """y = base(x) + alpha / rank * dropout(x) A B; A and B stay in float32 and are cast to x's type for the product."""

    def __init__(
        self, base: Linear, down: Float32[Array, "i r"], up: Float32[Array, "r o"], scale: float, dropout: float
    ) -> None:
        self.base_layer = base
        self.lora_A = nnx.LoRAParam(down)
        self.lora_B = nnx.LoRAParam(up)
        self.scale, self.dropout = scale, dropout

    def __call__(self, x: Float[Array, "*b i"], key: PRNGKeyArray | None = None) -> Float[Array, "*b o"]:
        """Return base and adapter together; `key` draws the dropout of a training step."""
        y, dropped = self.base_layer(x), x
        if key is not None and self.dropout > 0:
            kept = jax.random.bernoulli(key, 1 - self.dropout, x.shape)
            dropped = jnp.where(kept, x / (1 - self.dropout), 0).astype(x.dtype)
        rows = dropped.reshape(-1, x.shape[-1])  # (*b, i)
        return y + (low_rank(rows, self.lora_A[...], self.lora_B[...]) * self.scale).reshape(y.shape)

    def merged(self) -> Linear:
        """Return one layer that computes the same without dropout."""
        kernel = self.base_layer.kernel[...]
        product = jnp.matmul(self.lora_A[...], self.lora_B[...], precision="highest")
        self.base_layer.kernel[...] = (kernel.astype(jnp.float32) + product * self.scale).astype(kernel.dtype)
        return self.base_layer


def add_lora(model: Qwen25VL, config: LoraConfig, seed: int) -> None:
    """Put adapters beside the model's target layers, in place; B is zero, so that the model computes what it did.

    Args:
        model: without adapters.
        config: of the adapters.
        seed: of A, which is drawn as PEFT draws it: uniformly within 1 / sqrt(inputs).

    Raises:
        MebenchError: no layer is a target, or the model has adapters already.
    """
    chosen = [(name, layer) for name, layer in linear_layers(model) if config.targets(name)]
    if not chosen or any(True for _ in lora_layers(model)):
        raise MebenchError(f"target_modules {config.target_modules!r} hit no layer, or there are adapters already")
    key = jax.random.key(seed)
    for number, (name, base) in enumerate(chosen):
        inputs, outputs = base.kernel.shape
        reach = inputs**-0.5
        down = jax.random.uniform(jax.random.fold_in(key, number), (inputs, config.rank), jnp.float32, -reach, reach)
        put_lora(model, name, down, jnp.zeros((config.rank, outputs), jnp.float32), config)


def put_lora(
    model: Qwen25VL, name: str, down: Float32[Array, "i r"], up: Float32[Array, "r o"], config: LoraConfig
) -> None:
    """Put the adapter with matrices A (`down`) and B (`up`) beside one layer, in place."""
    base = dict(linear_layers(model))[name]
    _put(model, name, LoraLinear(base, down, up, config.alpha / config.rank, config.dropout))


def merge_lora(model: Qwen25VL) -> None:
    """Add every adapter's product to its layer's weight and drop the adapter, in place."""
    for name, layer in list(lora_layers(model)):
        _put(model, name, layer.merged())


def linear_layers(model: Qwen25VL) -> Iterator[tuple[str, Linear]]:
    """Yield name and layer of every matrix with outputs and inputs, but for the head."""
    for path, module in nnx.iter_modules(model):
        if isinstance(module, Linear) and path[-1] not in ("base_layer", "lm_head"):
            yield ".".join(map(str, path)), module


def lora_layers(model: Qwen25VL) -> Iterator[tuple[str, LoraLinear]]:
    """Yield name and layer wherever there is an adapter."""
    for path, module in nnx.iter_modules(model):
        if isinstance(module, LoraLinear):
            yield ".".join(map(str, path)), module


def _put(model: Qwen25VL, name: str, layer: Linear | LoraLinear) -> None:
    """Put a layer in the place of another."""
    *parents, last = name.split(".")
    owner: Any = model
    for part in parents:
        owner = owner[int(part)] if part.isdigit() else getattr(owner, part)
    if last.isdigit():
        owner[int(last)] = layer
    else:
        setattr(owner, last, layer)
