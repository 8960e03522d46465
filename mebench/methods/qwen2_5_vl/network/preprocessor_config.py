"""preprocessor_config.json and video_preprocessor_config.json of a checkpoint: how large its pictures are.

Everything else that they may say must be what Qwen2.5-VL was trained with (`pixels.py`): then nothing of it is read and
dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mebench.documents import read_json
from mebench.errors import MebenchError
from mebench.methods.qwen2_5_vl.network.config import VisionConfig

IMAGES, VIDEOS = "preprocessor_config.json", "video_preprocessor_config.json"

_LONGEST = 1 << 20

_LIMITS = (("min_pixels", "shortest_edge"), ("max_pixels", "longest_edge"))
"""Keys of the limits in number of pixels, and what newer files call them within `size`."""

_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

_BICUBIC = 3

_TRAINED: Mapping[str, Any] = MappingProxyType(
    {
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "do_center_crop": False,
        "do_pad": False,
        "resample": _BICUBIC,
    }
)
"""Other settings, with what the model was trained with."""


@dataclass(frozen=True)
class Limits:
    """Least and most pixels of a picture or frame by key of an experiment's [model], and the file that says so."""

    values: Mapping[str, int]
    source: str


def read_limits(folder: Path, videos: bool, config: VisionConfig) -> Limits:
    """Return the limits that a checkpoint's files name; none where there is no file.

    Args:
        folder: of the checkpoint.
        videos: of the frames of videos, for which the pictures' file stands where they have none of their own.
        config: of its vision tower, whose patches the files must mean.

    Raises:
        MebenchError: a file is no JSON object, or asks for pixels that mebench does not make.
    """
    names = [name for name in ((VIDEOS, IMAGES) if videos else (IMAGES,)) if (folder / name).exists()]
    if not names:
        return Limits(MappingProxyType({}), "")
    path = folder / names[0]
    try:
        tree = read_json(path, _LONGEST, finite=True)
    except (OSError, ValueError) as error:
        raise _wrong(path, f"it is no JSON ({error})") from error
    if not isinstance(tree, dict):
        raise _wrong(path, "it holds no JSON object")
    _check(path, tree, config)
    size = tree.get("size") or {}
    if not isinstance(size, dict):
        raise _wrong(path, f"size is {str(size)[:40]!r}, no JSON object")
    found: dict[str, int] = {}
    for key, edge in _LIMITS:
        value = next((one for one in (tree.get(key), size.get(key), size.get(edge)) if one is not None), None)
        if value is None:
            continue
        if type(value) is not int or not 1 <= value < 1 << 31:
            raise _wrong(path, f"{key} is {str(value)[:40]!r}, no whole number from 1")
        found[key] = value
    return Limits(MappingProxyType(found), path.name)


def _check(path: Path, tree: Mapping[str, Any], config: VisionConfig) -> None:
    """Refuse what would make other pixels."""
    wanted = dict(_TRAINED) | {
        "patch_size": config.patch_size,
        "temporal_patch_size": config.temporal_patch_size,
        "merge_size": config.spatial_merge_size,
    }
    for key, value in wanted.items():
        if tree.get(key) is not None and tree[key] != value:
            raise _wrong(path, f"{key} is {str(tree[key])[:40]!r}; mebench makes pixels with {value!r}")
    near = {"image_mean": _MEAN, "image_std": _STD, "rescale_factor": (1 / 255,)}
    for key, numbers in near.items():
        value = tree.get(key)
        if value is not None and not _are_near(value if isinstance(value, list) else [value], numbers):
            raise _wrong(path, f"{key} is {str(value)[:60]!r}; mebench makes pixels with {list(numbers)}")


def _are_near(value: list[Any], wanted: tuple[float, ...]) -> bool:
    numbers = all(type(one) in (int, float) for one in value)
    return numbers and len(value) == len(wanted) and all(abs(a - b) < 1e-6 for a, b in zip(value, wanted, strict=True))


def _wrong(path: Path, reason: str) -> MebenchError:
    return MebenchError(f"{path}: {reason}; take the file from the model's own release, or move it away")
