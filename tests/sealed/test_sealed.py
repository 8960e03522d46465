"""Seals: what is read is what was written under this key, or the file is named."""

import json

import numpy as np
import pytest
from fixtures.damages import DAMAGES
from hypothesis import given
from hypothesis import strategies as st

from mebench.errors import MebenchError
from mebench.sealed.arrays import read_sealed_arrays, write_sealed_arrays
from mebench.sealed.document import DamagedFile, read_sealed, seal_of, write_sealed
from mebench.sealed.folder import check_note, facts_of_bytes, write_note

KEY = {"run": "a", "video": "b"}
CONTENT = {"numbers": [1, 0.1, None], "text": "größer"}
ARRAYS = {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "y": np.zeros((0, 2), np.float32)}

WAYS = {
    "json": (lambda path: write_sealed(path, KEY, CONTENT), read_sealed),
    "arrays": (lambda path: write_sealed_arrays(path, KEY, ARRAYS), read_sealed_arrays),
}


@pytest.mark.smoke
def test_what_is_written_is_read(tmp_path):
    write_sealed(tmp_path / "a" / "a.json", KEY, CONTENT)
    assert read_sealed(tmp_path / "a" / "a.json", KEY) == CONTENT
    write_sealed_arrays(tmp_path / "a.npz", KEY, ARRAYS)
    found = read_sealed_arrays(tmp_path / "a.npz", KEY)
    assert {name: (array.tolist(), array.dtype) for name, array in found.items()} == {
        name: (array.tolist(), array.dtype) for name, array in ARRAYS.items()
    }
    with np.load(tmp_path / "a.npz") as file:  # as anybody would
        np.testing.assert_array_equal(file["x"], ARRAYS["x"])


@pytest.mark.parametrize("way", WAYS)
def test_every_flipped_bit_and_every_cut_is_found(tmp_path, way):
    write, read = WAYS[way]
    path = tmp_path / "a"
    write(path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with pytest.raises(DamagedFile, match=r"a is damaged \("):
            read(path, KEY)
    for length in range(len(whole) - 1):  # without the line's end it is the same document
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match=r"a is damaged \("):
            read(path, KEY)


@pytest.mark.parametrize("way", WAYS)
def test_another_key_a_missing_file_and_a_folder(tmp_path, way):
    write, read = WAYS[way]
    write(tmp_path / "a")
    with pytest.raises(DamagedFile, match=r"belongs to"):
        read(tmp_path / "a", KEY | {"video": "c"})
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "b", KEY)
    with pytest.raises(DamagedFile, match="is a directory"):
        read(tmp_path, KEY)


@pytest.mark.parametrize("content", ["NaN", "1e999", '"\\ud800"'])
def test_what_json_allows_and_nobody_wrote(tmp_path, content):
    (tmp_path / "a").write_text(f'{{"key": 1, "sha256": "", "content": {content}}}')
    with pytest.raises(DamagedFile, match="it holds what was never written"):
        read_sealed(tmp_path / "a", 1)


@given(st.lists(st.binary(max_size=3), max_size=4), st.lists(st.binary(max_size=3), max_size=4))
def test_other_parts_have_another_seal(one, other):
    assert (seal_of("k", one) == seal_of("k", other)) == (one == other)
    assert seal_of("k", one) != seal_of("l", one)


def test_a_note_names_the_file_that_changed(tmp_path):
    files = [tmp_path / "a.bin", tmp_path / "deep" / "b.bin"]
    files[1].parent.mkdir()
    for number, path in enumerate(files):
        path.write_bytes(bytes([number]) * 1000)
    note = tmp_path / "note.json"

    def noted():
        write_note(note, "key", tmp_path, files, {"later": facts_of_bytes(b"later")})
        (tmp_path / "later").write_bytes(b"later")
        return check_note(note, "key", tmp_path)

    assert noted() == ["a.bin", "deep/b.bin", "later"]
    for path in (*files, tmp_path / "later"):
        whole = path.read_bytes()
        for name in ("cut", "emptied", "flipped"):
            DAMAGES[name](path, path)
            with pytest.raises(DamagedFile) as caught:
                check_note(note, "key", tmp_path)
            assert caught.value.path == path
            path.write_bytes(whole)
    files[0].unlink()
    with pytest.raises(DamagedFile, match=r"a.bin is damaged \(it is missing\)"):
        check_note(note, "key", tmp_path)


def test_damage_is_an_error_of_ours_with_what_to_do(tmp_path):
    error = DamagedFile(tmp_path / "a", "it is empty", "delete it")
    assert isinstance(error, MebenchError)
    assert str(error) == f"{tmp_path / 'a'} is damaged (it is empty); delete it"
    assert json.dumps(error.why) == '"it is empty"'
