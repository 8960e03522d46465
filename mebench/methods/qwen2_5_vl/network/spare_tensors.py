"""Tensors that a checkpoint need not have, since they follow from the others or from its config: taken where they do.

Libraries have written a tied head a second time, and the frequencies of rotary positions as buffers.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from jaxtyping import Float64

from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.config import NetworkConfig
from mebench.methods.qwen2_5_vl.network.rope import VISION_THETA
from mebench.methods.qwen2_5_vl.network.tensor_file import StoredTensor

HEAD, EMBEDDING = "lm_head.weight", "language_model.embed_tokens.weight"
TEXT_BUFFER, VISION_BUFFER = "rotary_emb.inv_freq", "rotary_pos_emb.inv_freq"

_ROUNDED = 0.01
"""Largest relative difference of a frequency; in bfloat16 it is half of that."""

_ROWS = 4096


def spare_tensors(stored: Mapping[str, StoredTensor], unused: Iterable[str], config: NetworkConfig) -> set[str]:
    """Return which of the unused tensors say nothing new.

    Args:
        stored: every tensor of a checkpoint by its name in our model.
        unused: names that no parameter has.
        config: of the checkpoint.

    Raises:
        MebenchError: one of these says something else than config or embedding do.
    """
    found = set()
    for name in unused:
        if name == HEAD and config.tie_word_embeddings and EMBEDDING in stored:
            _check_head(stored[HEAD], stored[EMBEDDING])
        elif name.endswith(VISION_BUFFER):
            width = config.vision.hidden_size // config.vision.num_heads // 2
            _check_frequencies(stored[name], _frequencies(VISION_THETA, width))
        elif name.endswith(TEXT_BUFFER):
            _check_frequencies(stored[name], _frequencies(config.text.rope_theta, config.text.head_dim))
        else:
            continue
        found.add(name)
    return found


def _check_head(head: StoredTensor, embedding: StoredTensor) -> None:
    same = head.shape == embedding.shape
    if same and head.shape:
        one, other = head.mapped(), embedding.mapped()
        places = range(0, head.shape[0], _ROWS)
        same = all(np.array_equal(one[i : i + _ROWS], other[i : i + _ROWS]) for i in places)
    if not same:
        raise MebenchError(
            f"{head.path}: config.json says that the head is the embedding (tie_word_embeddings), but {head.name} is "
            "another; take both files from one release"
        )


def _frequencies(theta: float, width: int) -> Float64[np.ndarray, " n"]:
    return 1.0 / theta ** (np.arange(0, width, 2) / width)


def _check_frequencies(tensor: StoredTensor, wanted: Float64[np.ndarray, " n"]) -> None:
    if tensor.shape != wanted.shape or not np.allclose(tensor.read().astype(np.float64), wanted, rtol=_ROUNDED, atol=0):
        raise tensor.broken("these frequencies are not those of config.json")
