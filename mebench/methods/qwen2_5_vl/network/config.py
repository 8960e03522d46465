"""Sizes of a Qwen2.5-VL from its config.json: flat (as released) or nested (as transformers 5 writes it).

No number has a default: the defaults of libraries belong to no released model. Only where transformers 4 saved the file
it left out what its own defaults say; there these are filled in, and `ModelConfig.filled` names them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.documents import read_json
from mebench.errors import MebenchError

LICENCES = {
    2048: "Qwen2.5-VL-3B is under the Qwen Research Licence: non-commercial use only",
    3584: "Qwen2.5-VL-7B is under the Apache Licence 2.0",
}
"""By hidden size: what a user is told when weights are loaded."""


LEFT_OUT: Mapping[str, Any] = MappingProxyType(
    {
        "depth": 32,
        "fullatt_block_indexes": (7, 15, 23, 31),
        "hidden_act": "silu",
        "in_channels": 3,
        "intermediate_size": 3420,
        "num_heads": 16,
        "out_hidden_size": 3584,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "window_size": 112,
    }
)
"""Of vision_config: defaults of transformers 4.49 that released models share (`out_hidden_size`: that of 7B).

Its other defaults, as 4 for tokens_per_second, belong to none, so those keys are never left out of a released model's.
"""

MOST, MOST_LAYERS = 10_000_000, 1000
"""Largest number of a config; the largest vocabulary has 152 thousand rows, the deepest stack 80 layers."""


_AGAIN = "take config.json from the model's own release"


@dataclass(frozen=True)
class VisionConfig:
    """Sizes of the vision tower; names as in config.json.

    Attributes:
        depth: blocks.
        hidden_size: width.
        intermediate_size: width within the MLP.
        num_heads: heads of attention.
        out_hidden_size: width of a token for the text stack.
        patch_size: side of a patch in pixels.
        spatial_merge_size: patches a side that make one token.
        temporal_patch_size: frames in one patch.
        window_size: side of a window of attention in pixels.
        fullatt_block_indexes: blocks whose attention sees the whole frame.
        tokens_per_second: positions in a second of video.
    """

    depth: int
    hidden_size: int
    intermediate_size: int
    num_heads: int
    out_hidden_size: int
    patch_size: int
    spatial_merge_size: int
    temporal_patch_size: int
    window_size: int
    fullatt_block_indexes: tuple[int, ...]
    tokens_per_second: int

    @property
    def patch_values(self) -> int:
        """Numbers in one patch of RGB frames."""
        return 3 * self.temporal_patch_size * self.patch_size**2

    @property
    def window_cells(self) -> int:
        """Tokens along the side of a window."""
        return self.window_size // self.patch_size // self.spatial_merge_size

    @property
    def cell_patches(self) -> int:
        """Patches that make one token."""
        return self.spatial_merge_size**2


@dataclass(frozen=True)
class TextConfig:
    """Sizes of the text stack; names as in config.json.

    Attributes:
        vocab_size: rows of the embedding.
        hidden_size: width.
        intermediate_size: width within the MLP.
        num_hidden_layers: layers.
        num_attention_heads: heads of queries.
        num_key_value_heads: heads of keys and values.
        head_dim: width of a head.
        rms_norm_eps: of every norm.
        rope_theta: base of the rotary frequencies.
        mrope_section: frequencies that turn with time, row and column.
    """

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    rms_norm_eps: float
    rope_theta: float
    mrope_section: tuple[int, int, int]


@dataclass(frozen=True)
class NetworkConfig:
    """A whole Qwen2.5-VL.

    Attributes:
        vision: the vision tower.
        text: the text stack.
        image_token_id: placeholder of a picture's token.
        video_token_id: placeholder of a video's token.
        tie_word_embeddings: the head is the embedding.
        filled: what transformers 4 left out of vision_config and was filled in, as `depth 32`.
    """

    vision: VisionConfig
    text: TextConfig
    image_token_id: int
    video_token_id: int
    tie_word_embeddings: bool
    filled: tuple[str, ...] = ()

    @property
    def licence(self) -> str:
        """Return what to tell of the licence of the released model of this size."""
        return LICENCES.get(self.text.hidden_size, "not a released size; see the licence that came with the weights")


def read_config(folder: str | Path) -> NetworkConfig:
    """Return the config of the model in `folder`.

    Raises:
        MebenchError: config.json is missing or no JSON, a key is missing, or the model is of another kind.
    """
    path = Path(folder) / "config.json"
    try:
        tree = read_json(path)
    except (OSError, ValueError) as error:
        raise MebenchError(f"{path}: cannot be read as JSON; give the folder of a Qwen2.5-VL checkpoint") from error
    if not isinstance(tree, dict) or tree.get("model_type") != "qwen2_5_vl":
        kind = tree.get("model_type") if isinstance(tree, dict) else None
        raise MebenchError(f"{path}: model_type is {kind!r}; allowed: 'qwen2_5_vl'")
    return parse_config(tree, str(path))


def parse_config(tree: dict[str, Any], where: str) -> NetworkConfig:
    """Return the config in a parsed config.json; `where` names it in errors.

    Raises:
        MebenchError: a key is missing or holds what it cannot, or a number is one that no Qwen2.5-VL can have.
    """
    text = _object(tree.get("text_config", tree), where, "text_config")
    vision = _object(_get(tree, where, "vision_config"), where, "vision_config")
    filled = _left_out(tree, vision)
    config = NetworkConfig(
        vision=_vision({**filled, **vision}, f"{where}, vision_config"),
        text=_text(text, where if text is tree else f"{where}, text_config"),
        image_token_id=_count(tree, where, "image_token_id", least=0),
        video_token_id=_count(tree, where, "video_token_id", least=0),
        tie_word_embeddings=_is_tied(tree, text, where),
        filled=tuple(f"{name} {list(value) if isinstance(value, tuple) else value}" for name, value in filled.items()),
    )
    _check(config, where)
    return config


def _left_out(tree: dict[str, Any], vision: dict[str, Any]) -> dict[str, Any]:
    """Return what transformers 4 left out of vision_config; its files name the kind of that part, releases do not."""
    if "model_type" not in vision or not str(tree.get("transformers_version")).startswith("4."):
        return {}
    also = {"in_channels"} if "in_chans" in vision else set()
    return {name: value for name, value in LEFT_OUT.items() if name not in vision.keys() | also}


def _is_tied(tree: dict[str, Any], text: dict[str, Any], where: str) -> bool:
    value = _get({**text, **tree}, where, "tie_word_embeddings")
    if not isinstance(value, bool):
        raise MebenchError(f"{where}: tie_word_embeddings is {str(value)[:40]!r}; allowed: true, false")
    return value


def _vision(tree: dict[str, Any], where: str) -> VisionConfig:
    names = [name for name in VisionConfig.__dataclass_fields__ if name != "fullatt_block_indexes"]
    numbers = {name: _count(tree, where, name) for name in names}
    blocks = _counts(tree, where, "fullatt_block_indexes")
    _get({"in_channels": _get(tree, where, "in_channels", "in_chans")}, where, "in_channels", allowed=(3,))
    _get(tree, where, "hidden_act", allowed=("silu",))
    return VisionConfig(fullatt_block_indexes=blocks, **numbers)


def _text(tree: dict[str, Any], where: str) -> TextConfig:
    rope = {**tree, **_object(_get(tree, where, "rope_parameters", "rope_scaling") or {}, where, "rope_scaling")}
    for name in ("rope_type", "type"):
        _get({name: "default", **rope}, where, name, allowed=("default", "mrope"))
    _get(tree, where, "hidden_act", allowed=("silu",))
    _get({"use_sliding_window": False, **tree}, where, "use_sliding_window", allowed=(False,))
    names = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    numbers = {name: _count(tree, where, name) for name in (*names, "num_key_value_heads")}
    section = _counts(rope, where, "mrope_section")
    if len(section) != 3:
        raise MebenchError(f"{where}: mrope_section {list(section)} has no three parts; {_AGAIN}")
    width = numbers["hidden_size"] // numbers["num_attention_heads"]
    return TextConfig(
        **numbers,
        head_dim=_count(tree, where, "head_dim") if tree.get("head_dim") else width,
        rms_norm_eps=_amount(tree, where, "rms_norm_eps"),
        rope_theta=_amount(rope, where, "rope_theta"),
        mrope_section=(section[0], section[1], section[2]),
    )


def _object(value: Any, where: str, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MebenchError(f"{where}: {name} is {str(value)[:40]!r}, no JSON object; {_AGAIN}")
    return value


def _count(tree: dict[str, Any], where: str, name: str, least: int = 1) -> int:
    value, most = _get(tree, where, name), MOST_LAYERS if name in ("depth", "num_hidden_layers") else MOST
    if type(value) is not int or not least <= value <= most:
        raise MebenchError(f"{where}: {name} is {str(value)[:40]!r}; allowed: {least} to {most}; {_AGAIN}")
    return value


def _counts(tree: dict[str, Any], where: str, name: str) -> tuple[int, ...]:
    values = _get(tree, where, name)
    if not isinstance(values, list | tuple) or not all(type(one) is int and 0 <= one <= MOST for one in values):
        raise MebenchError(f"{where}: {name} is {str(values)[:40]!r}, no list of whole numbers; {_AGAIN}")
    return tuple(values)


def _amount(tree: dict[str, Any], where: str, name: str) -> float:
    value = _get(tree, where, name)
    if type(value) not in (int, float) or not 0 < value < math.inf:
        raise MebenchError(f"{where}: {name} is {str(value)[:40]!r}; allowed: a number above 0; {_AGAIN}")
    return float(value)


def _get(tree: dict[str, Any], where: str, *names: str, allowed: tuple[Any, ...] = ()) -> Any:
    """Return the value of the first name that is there."""
    found = [name for name in names if name in tree]
    if not found:
        raise MebenchError(f"{where}: {' or '.join(names)} is missing; {_AGAIN}")
    value = tree[found[0]]
    if allowed and value not in allowed:
        raise MebenchError(f"{where}: {found[0]} is {value!r}; allowed for Qwen2.5-VL: {allowed[0]!r}")
    return value


def _check(config: NetworkConfig, where: str) -> None:
    """Make sure that the sizes fit one another."""
    text, vision = config.text, config.vision
    wrong = [
        sentence
        for bad, sentence in (
            (vision.out_hidden_size != text.hidden_size, "vision out_hidden_size is not the text's hidden_size"),
            (2 * sum(text.mrope_section) != text.head_dim, "mrope_section does not add up to half of head_dim"),
            (text.num_attention_heads % text.num_key_value_heads, "key-value heads do not divide the heads"),
            (vision.hidden_size % (4 * vision.num_heads), "vision heads are not a multiple of 4 wide"),
            (vision.window_size % (vision.patch_size * vision.spatial_merge_size), "tokens do not divide the window"),
            (max(vision.fullatt_block_indexes, default=0) >= vision.depth, "fullatt_block_indexes name no block"),
        )
        if bad
    ]
    if wrong:
        raise MebenchError(f"{where}: {'; '.join(wrong)}; {_AGAIN}")
