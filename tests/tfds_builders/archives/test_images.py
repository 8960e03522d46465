"""Image files that can be read and image files that cannot, sampled and deep, and any damage whatever."""

import struct
import sys
import warnings
import zlib

import cv2
import numpy as np
import pytest
from fixtures.archives.scenes import tiny_depth, tiny_image
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import share

from tfds_builders.archives.images import MAX_PIXELS, check_images, look, sampled
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


def promising(length):
    """A 16-bit PNG whose picture says it is `length` bytes long."""
    data = bytearray(tiny_depth(2))
    at = data.index(b"IDAT") - 4
    data[at : at + 4] = struct.pack(">I", length)
    return bytes(data)


def tiff(number):
    """A small TIFF file."""
    return cv2.imencode(".tif", np.full((24, 32), number, np.uint8))[1].tobytes()


WHOLE = {f"{n:02d}.jpg": tiny_image(n) for n in range(10)}


@pytest.mark.parametrize(
    "image",
    [
        tiny_image(1),
        tiny_image(1, grey=False),
        tiny_image(1, ".bmp", grey=False),
        tiny_image(1, ".png"),
        tiny_depth(1),
        tiff(1),
        tiny_image(1, ".webp", grey=False),
        tiny_image(1) + bytes(10_000),  # padded, but whole
    ],
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
    assert check_images(tree, "v", (), deep=False).checked == 0


@pytest.mark.parametrize(
    ("count", "samples", "chosen"),
    [(0, 3, ()), (1, 3, (0,)), (2, 3, (0, 1)), (10, 3, (0, 4, 9)), (5, 5, (0, 1, 2, 3, 4)), (9, 1, (0,))],
)
def test_sampled(count, samples, chosen):
    assert sampled(count, samples) == chosen


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "image-empty"),
        (b"hello", "image-unreadable"),
        (tiny_image(3)[:100], "image-truncated"),
        (tiny_image(3)[:400], "image-truncated"),
        (tiny_image(3)[:-1], "image-truncated"),
        (tiny_image(3, ".png")[:-20], "image-unreadable"),
        (tiny_image(3, ".bmp")[:-20], "image-unreadable"),
        (promising(0x60000000), "image-unreadable"),
        (tiny_image(3, width=16), "image-size-differs"),
        (bomb(40_000, 40_000), "image-too-large"),
        (bomb(8_193, 8_192), "image-too-large"),
    ],
)
def test_faults(tmp_path, data, code):
    tree = folder(tmp_path, {**WHOLE, "03.jpg": data})
    done = check_images(tree, "v", tree.folders["v"].files, deep=True)
    assert [(f.severity, f.code, f.where) for f in done.findings] == [
        ("fatal" if code in ("image-empty", "image-truncated") else "warning", code, "v/03.jpg")
    ]


def test_a_picture_whose_rest_is_made_up(tmp_path):
    tree = folder(tmp_path, {**WHOLE, "03.jpg": tiny_image(3)[:400] + bytes(4000)})
    done = check_images(tree, "v", tree.folders["v"].files, deep=True)
    assert [(f.severity, f.code, f.where) for f in done.findings] == [("fatal", "image-truncated", "v/03.jpg")]


@pytest.mark.parametrize("length", [0x60000000, 0xFFFFFFFF, 1000])
def test_a_part_that_says_it_is_long_is_told_before_opencv_reserves_memory(tmp_path, length):
    (tmp_path / "x").write_bytes(promising(length))
    assert look(tmp_path / "x").what == "a part of it would reach beyond its end"


def test_no_size_is_made_up(tmp_path):
    (tmp_path / "x").write_bytes(bomb(40_000, 40_000))
    assert look(tmp_path / "x").what == f"more than {MAX_PIXELS} pixels"
    (tmp_path / "x").write_bytes(bomb(8_193, 8_192))
    assert look(tmp_path / "x").what.startswith("8193x8192 pixels")


def test_threads_leave_the_warnings_of_the_process_alone(tmp_path):
    tree = folder(tmp_path, {f"{n}.jpg": tiny_image(n % 5) for n in range(400)})
    before, interval = list(warnings.filters), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        check_images(tree, "v", tree.folders["v"].files, deep=True)
    finally:
        sys.setswitchinterval(interval)
    assert warnings.filters == before


def test_findings_are_counted_beyond_twenty(tmp_path):
    tree = folder(tmp_path, {f"{n:02d}.jpg": b"" for n in range(30)})
    done = check_images(tree, "v", tree.folders["v"].files, deep=False)
    assert [f.where for f in done.findings[:2]] == ["v/00.jpg", "v/01.jpg"]
    assert (len(done.findings), done.findings[-1].what, done.size) == (21, "10 more like these", None)


def test_empty_files_are_found_without_reading_them_all(tmp_path):
    tree = folder(tmp_path, {**WHOLE, "03.jpg": b"", "06.jpg": b"hello"})
    done = check_images(tree, "v", tree.folders["v"].files, deep=False)
    assert [f.code for f in done.findings] == ["image-empty"]


def test_the_largest_picture_is_decoded(tmp_path):
    (tmp_path / "x").write_bytes(bomb(8_192, 8_192))
    assert MAX_PIXELS == 8_192 * 8_192
    assert look(tmp_path / "x").code in ("", "image-unreadable")


@settings(max_examples=share(60), deadline=None)
@given(st.data())
def test_any_damage_gives_a_look(tmp_path_factory, data):
    image = data.draw(
        st.sampled_from([tiny_image(1), tiny_image(1, ".png"), tiny_image(1, ".bmp"), tiny_depth(2), tiff(9)])
    )
    cut = data.draw(st.integers(0, len(image)))
    place = data.draw(st.integers(0, len(image) - 1))
    damaged = bytearray(image[:cut] or image)
    damaged[place % len(damaged)] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damage") / "x"
    path.write_bytes(bytes(damaged))
    found = look(path)
    assert found.size is not None or found.code
