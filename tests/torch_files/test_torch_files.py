"""Files of torch.save: what PyTorch writes is read; whatever else is refused in a sentence, and nothing ever runs."""

import os
import pickle
import re
import zipfile

import numpy as np
import pytest
from fixtures import torch_saved as saved
from hypothesis import given, settings
from hypothesis import strategies as st

from mebench.errors import MebenchError
from mebench.torch_files.pickled import unpickled
from mebench.torch_files.reading import MOST_ENTRIES, read_tensors

ARRAYS = {
    "conv1.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),
    "conv1.bias": np.array([0.5, -1.5], np.float32),
    "bn.running_var": np.array([1.0, 2.0]),
    "bn.num_batches_tracked": np.array(1600),
    "fc.weight": np.arange(6, dtype=np.float16).reshape(3, 2).T,
    "mask": np.array([True, False, True]),
    "none": np.zeros((0, 4), np.float32),
}
FORMS = {"old": saved.old, "zip": saved.zipped}


def read(folder, data):
    (folder / "net.pth").write_bytes(data)
    return read_tensors(folder / "net.pth")


def refused(folder, data):
    with pytest.raises(
        MebenchError, match=r"net\.pth is not read as weights of PyTorch: .+; give a file of torch\.save"
    ) as caught:
        read(folder, data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.smoke
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("form", FORMS)
def test_what_pytorch_writes_is_read(form, order, tmp_path):
    found = read(tmp_path, FORMS[form](ARRAYS, order=order))
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype.newbyteorder(order)


@pytest.mark.parametrize("form", FORMS)
def test_dicts_within_dicts_and_views_of_one_storage(form, tmp_path):
    inner = saved.weights(
        {"a": saved.tensor("Float", "0", 6, (2, 2), (3, 1), 1), "b": saved.tensor("Float", "0", 6, (6,), (1,))}
    )
    parameter = b"ctorch._utils\n_rebuild_parameter\n(" + saved.tensor("Float", "0", 6, (3,), (2,)) + b"\x88)tR"
    value = saved.weights({"state_dict": inner, "c": parameter})
    found = read(tmp_path, FORMS[form]({"0": np.arange(6, dtype=np.float32)}, value))
    assert {name: array.tolist() for name, array in found.items()} == {
        "state_dict.a": [[1, 2], [4, 5]],
        "state_dict.b": [0, 1, 2, 3, 4, 5],
        "c": [0, 2, 4],
    }
    with pytest.raises(ValueError, match="read-only"):
        found["c"][0] = 1


class Attack:
    """What a program of any kind looks like in a pickle."""

    def __init__(self, call, *arguments):
        self.parts = call, arguments

    def __reduce__(self):
        return self.parts


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("form", FORMS)
def test_a_program_in_a_file_does_not_run(form, protocol, tmp_path):
    mark = tmp_path / "ran"
    for attack in (Attack(os.mkdir, str(mark)), Attack(eval, f"open({str(mark)!r}, 'w')")):
        program = pickle.dumps({"conv1.weight": attack}, protocol)
        assert re.search(b"mkdir|eval", program)
        refused(tmp_path, FORMS[form](ARRAYS, program.removesuffix(b".")))
        assert not mark.exists()


CALL = {
    "a system call": (b"cposix\nsystem\n" + saved.text("true") + b"\x85R", "'posix.system', which is never imported"),
    "a name of torch": (b"ctorch.hub\nload\n", "it asks for 'torch.hub.load'"),
    "a loader of torch": (b"ctorch\nload\n)R", "it asks for 'torch.load'"),
    "a name by two texts": (saved.text("os") + saved.text("system") + b"\x93", "the instruction STACK_GLOBAL"),
    "an instance": (b"(ios\nsystem\n", "the instruction INST"),
    "an object": (b"(cos\nsystem\no", "it asks for 'os.system'"),
    "a new object": (b"ccollections\nOrderedDict\n)\x81", "the instruction NEWOBJ"),
    "an extension": (b"\x82\x01", "the instruction EXT1"),
    "a text to be escaped": (b"S'\\q'\n", "the instruction STRING"),
    "a number of many digits": (b"L" + b"9" * 5000 + b"L\n", "the instruction LONG,"),
    "a storage called": (b"ctorch\nFloatStorage\n(tR", "a call of something"),
    "a text called": (saved.text("os.system") + b"(tR", "a call of something"),
    "a tensor called": (saved.tensor("Float", "0", 1, (1,), (1,)) + b"(tR", "a call of something"),
    "a dict with arguments": (b"ccollections\nOrderedDict\n(]tR", "an OrderedDict with arguments"),
    "a state for a tensor": (saved.tensor("Float", "0", 1, (1,), (1,)) + b"}b", "a state for something"),
    "a parameter of nothing": (b"ctorch._utils\n_rebuild_parameter\n)R", "a parameter that holds no tensor"),
    "a reference to a module": (saved.text("module") + b"Q", "a reference to something that is no storage"),
    "a name that is no line": (b"co\x1bs\rx\ny\n", r"it asks for 'o\x1bs\rx.y'"),
    "a name without an end": (b"cos", "a name without an end"),
    "a long name": (b"c" + b"o" * 10_000 + b"\nx\n", "a name without an end"),
}  # fmt: skip


@pytest.mark.parametrize("case", CALL)
def test_instructions_that_weights_do_not_need(case, tmp_path):
    value, reason = CALL[case]
    assert reason in refused(tmp_path, saved.zipped(ARRAYS, value))


STACK = {
    "nothing on the stack": b"R",
    "nothing at all": b"",
    "no mark": b"t",
    "below a mark": b"](a",
    "entries of a list": b"](" + saved.text("a") + b"Nu",
    "items of a dict": b"}(Ne",
    "half an entry": b"}(" + saved.text("a") + b"u",
    "a key that is a list": b"}]Ns",
    "nothing put aside": b"h\x07",
    "a text longer than the file": b"X\xff\xff\xff\x7fabc",
    "no utf-8": b"X\x01\0\0\0\xff",
    "an unknown instruction": b"\xff",
    "a pickle of numbers": saved.number(3),
    "a list of tensors": b"]" + saved.tensor("Float", "0", 24, (1,), (1,)) + b"a",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", STACK)
def test_pickles_that_are_none(case, form, tmp_path):
    refused(tmp_path, FORMS[form](ARRAYS, STACK[case]))


@pytest.mark.parametrize(
    ("kind", "count", "shape", "strides", "first"),
    [
        ("Float", 24, (25,), (1,), 0),
        ("Float", 24, (24,), (1,), 1),
        ("Float", 24, (3, 2), (12, 1), 0),
        ("Float", 24, (10**9, 10**9), (0, 0), 0),
        ("Float", 24, (25,), (0,), 0),
        ("Float", 24, (2, 3), (1,), 0),
        ("Float", 24, (-1,), (1,), 0),
        ("Float", 24, (2,), (-1,), 1),
        ("Float", 24, (1,), (1,), -1),
        ("Float", 24, (1,) * 17, (1,) * 17, 0),
        ("Float", 10**9, (10**9,), (1,), 0),
        ("Double", 24, (24,), (1,), 0),
        ("BFloat16", 24, (24,), (1,), 0),
    ],
)
def test_tensors_that_their_storage_does_not_hold(kind, count, shape, strides, first, tmp_path):
    value = saved.weights({"a": saved.tensor(kind, "0", count, shape, strides, first)})
    for form in FORMS.values():
        refused(tmp_path, form({"0": ARRAYS["conv1.weight"]}, value))


def test_values_that_are_no_weights(tmp_path):
    value = saved.weights({"epoch": saved.number(7), **saved.described(ARRAYS)})
    assert "its entry 'epoch' is a int, no tensor" in refused(tmp_path, saved.zipped(ARRAYS, value))
    one = saved.described({"a": ARRAYS["conv1.weight"]})["a"]
    value = saved.weights({"x.a": one, "x": saved.weights({"a": one})})
    assert "its entry 'x.a' is another entry of that name" in refused(tmp_path, saved.zipped(ARRAYS, value))


def test_dicts_that_hold_themselves_or_grow_without_end(tmp_path):
    itself = b"}q\x00" + saved.text("a") + b"h\x00s"
    assert "no tensor" in refused(tmp_path, saved.zipped({}, itself))
    pairs = b"".join(saved.text(str(i)) + b"h\x00" for i in range(100))
    doubled = b"}q\x00" + (b"}(" + pairs + b"uq\x00") * 5  # each dict holds the one before it a hundred times
    assert f"more than {MOST_ENTRIES} entries" in refused(tmp_path, saved.zipped({}, doubled))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is cut off"),
        (b"no weights", "it holds no pickle"),
        (b"\x89HDF\r\n\x1a\n", "it holds no pickle"),
        (b"PK\x03\x04 and no more", "File is not a zip file"),
        (saved.old(ARRAYS)[:-1], "is cut off"),
        (saved.old(ARRAYS) + b"x", "1 bytes behind"),
        (saved.zipped(ARRAYS, packing=zipfile.ZIP_DEFLATED), "packed or locked"),
        (saved.zipped(ARRAYS, without="net/data.pkl"), "TorchScript"),
        (saved.zipped(ARRAYS, without="net/data/0"), "the storage 'net/data/0' is missing"),
        (saved.zipped(ARRAYS, more={"net/constants.pkl": b"."}), "TorchScript"),
        (saved.zipped(ARRAYS, more={"b/data.pkl": b"."}), "not one of torch.save"),
    ],
)
def test_files_that_are_none(data, reason, tmp_path):
    assert re.search(reason, refused(tmp_path, data))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(MebenchError, match=r"net\.pth cannot be read \(No such file"):
        read_tensors(tmp_path / "net.pth")


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_ends_early_is_refused(form, tmp_path):
    data = FORMS[form](ARRAYS)
    for end in range(0, len(data), 7):
        refused(tmp_path, data[:end])


WHOLE = {form: write(ARRAYS) for form, write in FORMS.items()}


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(FORMS)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_file_gives_arrays_or_a_sentence(tmp_path_factory, form, damages):
    data = bytearray(WHOLE[form])
    for where, byte in damages:
        data[int(where * len(data))] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.pth"
    path.write_bytes(data)
    try:
        found = read_tensors(path)
    except MebenchError:
        return
    assert sum(array.size for array in found.values()) <= len(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_followed_to_an_end(data):
    try:
        _, end = unpickled(data)
    except ValueError:
        return
    assert 0 < end <= len(data)
