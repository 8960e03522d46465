"""A 5x5 convolution whose output comes ready for max pooling: one small matrix product over tiles."""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax
from jaxtyping import Array, Float, Float32

SIZE, MARGIN = 5, 2
"""Kernel size, and rows and columns of zeros around the input ('same' padding)."""


class TiledConv(nnx.Module):
    """'Same' convolution 5x5 that gives each pooling tile's outputs side by side.

    Its kernel is Glorot-uniform, its bias zero. On CPU the tiles are computed by one matrix product: a tile of k x k
    outputs needs (k + 4) x (k + 4) inputs, so few numbers are copied. Elsewhere XLA's convolution runs, and its output
    is rearranged; both are the same sums.
    """

    def __init__(self, inputs: int, outputs: int, tile: int, *, rngs: nnx.Rngs) -> None:
        """Make the kernel (5, 5, inputs, outputs) and the bias; `tile` is the side of the pooling that follows."""
        initial = nnx.initializers.glorot_uniform()(rngs.params(), (SIZE, SIZE, inputs, outputs), jnp.float32)
        self.kernel = nnx.Param(initial)
        self.bias = nnx.Param(jnp.zeros(outputs, jnp.float32))
        self.tile = tile

    def __call__(self, x: Float32[Array, "b h w c"]) -> Float32[Array, "b y x t d"]:
        """Return the convolution by tiles: (B, h // k, w // k, k * k, D); rows and columns that fill no tile go."""
        form = tiles_by_product if jax.default_backend() == "cpu" else tiles_by_convolution
        return form(x, self.kernel[...], self.tile) + self.bias[...]


def tiles_by_convolution(
    x: Float32[Array, "b h w c"], kernel: Float32[Array, "5 5 c d"], tile: int
) -> Float32[Array, "b y x t d"]:
    """Return `lax.conv` in tiles of `tile` x `tile` outputs."""
    y = lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    b, rows, columns, d = len(y), y.shape[1] // tile, y.shape[2] // tile, y.shape[3]
    y = y[:, : rows * tile, : columns * tile].reshape(b, rows, tile, columns, tile, d)  # (B, Y, k, X, k, D)
    return y.transpose(0, 1, 3, 2, 4, 5).reshape(b, rows, columns, tile * tile, d)  # (B, Y, X, k * k, D)


def tiles_by_product(
    x: Float32[Array, "b h w c"], kernel: Float32[Array, "5 5 c d"], tile: int
) -> Float32[Array, "b y x t d"]:
    """Return the same by one matrix product over the inputs of each tile."""
    b, height, width, c = x.shape
    rows, columns, d = height // tile, width // tile, kernel.shape[3]
    inputs = _windows(x, tile, rows, columns)  # (B, Y, X, P, C)
    spread = jnp.asarray(_spread(tile))
    weights = jnp.einsum("ptk,kcd->pctd", spread, kernel.reshape(SIZE * SIZE, c, d))  # (P, C, T, D)
    flat = inputs.reshape(b * rows * columns, -1) @ weights.reshape(-1, tile * tile * d)  # (B * Y * X, T * D)
    return flat.reshape(b, rows, columns, tile * tile, d)  # (B, Y, X, T, D)


def _windows(x: Float[Array, "b h w c"], tile: int, rows: int, columns: int) -> Float[Array, "b y x p c"]:
    """Return the (k + 4) x (k + 4) inputs of every tile, zeros outside."""
    window = tile + SIZE - 1
    padded = jnp.pad(x, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)))
    last_row, last_column = tile * (rows - 1) + 1, tile * (columns - 1) + 1
    return jnp.stack(
        [padded[:, i : i + last_row : tile, j : j + last_column : tile] for i in range(window) for j in range(window)],
        axis=3,
    )


@lru_cache
def _spread(tile: int) -> np.ndarray:
    """Return (P, T, 25): 1 where input p of a tile meets kernel element k for output t."""
    window = tile + SIZE - 1
    spread = np.zeros((window, window, tile, tile, SIZE, SIZE), np.float32)
    y, x, i, j = np.meshgrid(*map(np.arange, (tile, tile, SIZE, SIZE)), indexing="ij")
    spread[y + i, x + j, y, x, i, j] = 1
    return spread.reshape(window * window, tile * tile, SIZE * SIZE)
