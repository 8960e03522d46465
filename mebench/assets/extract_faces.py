"""Extract the two face networks from a MediaPipe wheel: python -m mebench.assets.extract_faces WHEEL [--out DIR]."""

import argparse
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from mebench.atomic import write_bytes
from mebench.errors import MebenchError


@dataclass(frozen=True)
class Asset:
    """A file of the wheel and the sha256 of its bytes."""

    member: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in `mebench/assets/faces`."""
        return self.member.rsplit("/", 1)[-1]


ASSETS = (
    Asset(
        "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    Asset(
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    ),
)
"""What mebench ships of MediaPipe 0.10.21 (Apache-2.0)."""


def extract(wheel: Path, folder: Path, assets: tuple[Asset, ...] = ASSETS) -> list[Path]:
    """Return the paths of the files extracted into `folder`; nothing is written unless every hash is right.

    Raises:
        MebenchError: the wheel is missing or no zip file, lacks a file, or holds other bytes than the ones expected.
    """
    contents = {asset.name: _read(wheel, asset) for asset in assets}
    for name, data in contents.items():
        write_bytes(folder / name, data)
    return [folder / name for name in contents]


def _read(wheel: Path, asset: Asset) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(asset.member)
    except (OSError, zipfile.BadZipFile) as error:
        raise MebenchError(f"cannot read {wheel} as a wheel: {error}; give the wheel of mediapipe 0.10.21") from error
    except KeyError as error:
        raise MebenchError(f"{wheel} holds no {asset.member}; give the wheel of mediapipe 0.10.21") from error
    found = hashlib.sha256(data).hexdigest()
    if found != asset.sha256:
        raise MebenchError(
            f"{asset.member} in {wheel} has sha256 {found}, not {asset.sha256}; give the wheel of mediapipe 0.10.21"
        )
    return data


def main() -> None:
    """Extract into `--out`, by default this package's `faces` folder."""
    parser = argparse.ArgumentParser(description="Extract the face networks from the wheel of mediapipe 0.10.21.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "faces")
    arguments = parser.parse_args()
    try:
        extract(arguments.wheel, arguments.out)
    except MebenchError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
