"""Image files that can be read and image files that cannot, sampled and deep, and any damage whatever."""

import struct
import zlib

import pytest
from fixtures.archives.scenes import tiny_depth, tiny_image
from hypothesis import given, settings
from hypothesis import strategies as st

from tfds_builders.archives.images import MAX_PIXELS, check_images, look
from tfds_builders.archives.tree import scan


def folder(root, files):
    (root / "v").mkdir(exist_ok=True)
    for name, data in files.items():
        (root / "v" / name).write_bytes(data)
    return scan(root)


def bomb(width, height):
    """A PNG of a few hundred bytes that says it holds width x height pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rest = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rest


WHOLE = {f"{n:02d}.jpg": tiny_image(n) for n in range(10)}


@pytest.mark.parametrize(
    "image", [tiny_image(1), tiny_image(1, ".bmp", grey=False), tiny_image(1, ".png"), tiny_depth(1)]
)
def test_whole_files(tmp_path, image):
    (tmp_path / "x").write_bytes(image)
    assert look(tmp_path / "x").size == (32, 24)
    assert not look(tmp_path / "x").code


def test_a_sound_folder(tmp_path):
    tree = folder(tmp_path, WHOLE)
    done = check_images(tree, "v", tree.folders["v"].files, deep=False)
    assert (done.findings, done.checked, done.size) == ((), 3, (32, 24))
    assert check_images(tree, "v", tree.folders["v"].files, deep=True).checked == 10


@pytest.mark.parametrize(
    ("data", "code", "severity"),
    [
        (b"", "image-empty", "error"),
        (b"hello", "image-unreadable", "error"),
        (tiny_image(3)[:100], "image-unreadable", "error"),
        (tiny_image(3, width=16), "image-size-differs", "error"),
        (bomb(40_000, 40_000), "image-too-large", "error"),
        (bomb(8_193, 8_192), "image-too-large", "error"),
    ],
)
def test_faults(tmp_path, data, code, severity):
    tree = folder(tmp_path, {**WHOLE, "03.jpg": data})
    done = check_images(tree, "v", tree.folders["v"].files, deep=True)
    assert [(f.severity, f.code, f.where) for f in done.findings] == [(severity, code, "v/03.jpg")]


def test_empty_files_are_found_without_reading_them_all(tmp_path):
    tree = folder(tmp_path, {**WHOLE, "03.jpg": b"", "06.jpg": b"hello"})
    done = check_images(tree, "v", tree.folders["v"].files, deep=False)
    assert [f.code for f in done.findings] == ["image-empty"]


def test_the_largest_picture_is_decoded(tmp_path):
    (tmp_path / "x").write_bytes(bomb(8_192, 8_192))
    assert MAX_PIXELS == 8_192 * 8_192
    assert look(tmp_path / "x").code in ("", "image-unreadable")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_gives_a_look(tmp_path_factory, data):
    image = data.draw(st.sampled_from([tiny_image(1), tiny_image(1, ".png"), tiny_image(1, ".bmp"), tiny_depth(2)]))
    cut = data.draw(st.integers(0, len(image)))
    place = data.draw(st.integers(0, len(image) - 1))
    damaged = bytearray(image[:cut] or image)
    damaged[place % len(damaged)] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damage") / "x"
    path.write_bytes(bytes(damaged))
    found = look(path)
    assert found.size is not None or found.code
