"""The head that every face of synth_me is made from: `mebench/assets/head/head.npz`, CC0."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

import numpy as np
from jaxtyping import Float32, Int16, Int32, UInt8, UInt16

SKIN, LEFT_EYE, RIGHT_EYE, UPPER_TEETH, LOWER_TEETH = range(5)
"""What a triangle is of: numbers in `Head.groups`, the order of `mebench.assets.extract_head.GROUPS`."""


@dataclass(frozen=True)
class Sparse:
    """Offsets of some vertices, in thousandths of the mesh's unit (0.1 m)."""

    index: UInt16[np.ndarray, " k"]
    offset: Int16[np.ndarray, "k 3"]

    def add_to(self, vertices: Float32[np.ndarray, "n 3"], weight: float) -> None:
        """Move `vertices` in place by `weight` times the offsets."""
        vertices[self.index] += self.offset * np.float32(weight / 1000)


@dataclass(frozen=True)
class Head:
    """A neutral head; x runs to its left, y up, z out of the face, in units of 0.1 m.

    Attributes:
        groups: of each triangle, `SKIN` to `LOWER_TEETH`.
        lips, eyelids: 0 to 255 for each vertex.
        targets: what makes an identity, named as MakeHuman's files, as `nose/nose-hump-incr`.
        face_units: what makes an expression, named as in ARKit, as `browInnerUp`; weight 1 is the whole movement.
    """

    vertices: Float32[np.ndarray, "n 3"]
    faces: Int32[np.ndarray, "f 3"]
    groups: UInt8[np.ndarray, " f"]
    lips: UInt8[np.ndarray, " n"]
    eyelids: UInt8[np.ndarray, " n"]
    targets: Mapping[str, Sparse]
    face_units: Mapping[str, Sparse]

    def eye_vertices(self, eye: int) -> Int32[np.ndarray, " k"]:
        """Return the numbers of the vertices of one eyeball, `LEFT_EYE` or `RIGHT_EYE`."""
        return np.unique(self.faces[self.groups == eye])


@functools.lru_cache(maxsize=1)
def load_head() -> Head:
    """Return the head; it is read once (30 ms), and its arrays cannot be written to."""
    with (resources.files("mebench.assets") / "head" / "head.npz").open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        arrays = {name: archive[name] for name in archive.files}
    arrays["faces"] = arrays["faces"].astype(np.int32)
    for array in arrays.values():
        array.flags.writeable = False
    return Head(
        **{name: arrays[name] for name in ("vertices", "faces", "groups", "lips", "eyelids")},
        targets=_unpack(arrays, "identity"),
        face_units=_unpack(arrays, "unit"),
    )


def _unpack(arrays: Mapping[str, np.ndarray], prefix: str) -> Mapping[str, Sparse]:
    """Return the targets that `mebench.assets.extract_head.pack` laid end to end."""
    names = arrays[f"{prefix}_names"].tobytes().decode("ascii").split("\n")
    cuts = arrays[f"{prefix}_ends"][:-1]
    parts = zip(np.split(arrays[f"{prefix}_index"], cuts), np.split(arrays[f"{prefix}_offset"], cuts), strict=True)
    return MappingProxyType({name: Sparse(*part) for name, part in zip(names, parts, strict=True)})
