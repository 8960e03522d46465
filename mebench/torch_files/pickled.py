"""A pickle of `torch.save` followed step by step: dicts and descriptions of tensors come out, and nothing runs.

A pickle is a program for a stack machine, some of whose instructions import and call whatever it names. Here a name
stays a name: four that PyTorch writes stand for a dict and for tensors, every other ends the reading, and so does an
instruction that weights do not need, before it is looked at any further.
"""

import io
import pickletools
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mebench.torch_files.machine import EFFECTS, Effect, Machine
from mebench.torch_files.tensors import DTYPES, Tensor, storage_of, tensor_of

MOST_STEPS = 1_000_000
"""Instructions of one pickle; a network of 65 arrays has some 2,000."""

_LONGEST_NAME = 200

_OPCODES = MappingProxyType({opcode.code: opcode for opcode in pickletools.opcodes})


@dataclass(frozen=True)
class Name:
    """Name that a pickle asks to import; it never is."""

    module: str
    name: str


def unpickled(data: bytes, start: int = 0) -> tuple[Any, int]:
    """Return what a pickle describes, of None, numbers, texts, tuples, lists, dicts and tensors, and where it ends.

    Args:
        data: holds the pickle.
        start: of the pickle in `data`.

    Raises:
        ValueError: an instruction or name that a file of weights does not need, or no pickle at all; the reason is
            short.
    """
    machine, stream = Machine(), io.BytesIO(data)
    stream.seek(start)
    try:
        for _ in range(MOST_STEPS):
            opcode = _opcode(stream)
            if opcode.name == "STOP":
                return machine.pop(), stream.tell()
            _EFFECTS[opcode.name](machine, _argument(opcode, stream))
    except (struct.error, OverflowError, UnicodeError) as error:
        raise ValueError("an instruction that is cut off or none") from error
    raise ValueError(f"more than {MOST_STEPS} instructions")


def _opcode(stream: io.BytesIO) -> pickletools.OpcodeInfo:
    code = stream.read(1)
    opcode = _OPCODES.get(code.decode("latin-1"))
    if opcode is None:
        raise ValueError("it holds no pickle, or a damaged one" if code else "it is cut off")
    if opcode.name not in _EFFECTS and opcode.name != "STOP":
        raise ValueError(f"the instruction {opcode.name}, which weights do not need")
    return opcode


def _argument(opcode: pickletools.OpcodeInfo, stream: io.BytesIO) -> Any:
    if opcode.name == "GLOBAL":
        return _line(stream), _line(stream)
    return None if opcode.arg is None else opcode.arg.reader(stream)


def _line(stream: io.BytesIO) -> str:
    line = stream.readline(_LONGEST_NAME)
    if not line.endswith(b"\n"):
        raise ValueError("a name without an end")
    return line[:-1].decode("ascii")


def _name(machine: Machine, argument: tuple[str, str]) -> None:
    module, name = argument
    if argument not in _CALLS and not (module == "torch" and name in DTYPES):
        raise ValueError(f"it asks for {f'{module}.{name}'[:80]!r}, which is never imported here")
    machine.stack.append(Name(module, name))


def _call(machine: Machine, argument: None) -> None:
    arguments, name = machine.pop(), machine.pop()
    call = _CALLS.get((name.module, name.name)) if isinstance(name, Name) else None
    if call is None:
        raise ValueError("a call of something that is no dict and no tensor")
    machine.stack.append(call(arguments))


def _persistent(machine: Machine, argument: None) -> None:
    machine.stack.append(storage_of(machine.pop()))


def _set_state(machine: Machine, argument: None) -> None:
    """Leave out what an OrderedDict carries besides its entries: PyTorch puts the versions of its layers there."""
    machine.pop()
    if not isinstance(machine.top(), dict):
        raise ValueError("a state for something that is no dict")


def _ordered(arguments: object) -> dict[Any, Any]:
    if arguments != ():
        raise ValueError("an OrderedDict with arguments")
    return {}


def _parameter(arguments: object) -> Tensor:
    if not isinstance(arguments, tuple) or not arguments or not isinstance(arguments[0], Tensor):
        raise ValueError("a parameter that holds no tensor")
    return arguments[0]


_CALLS: Mapping[tuple[str, str], Callable[[object], Any]] = MappingProxyType(
    {
        ("collections", "OrderedDict"): _ordered,
        ("torch._utils", "_rebuild_tensor"): tensor_of,
        ("torch._utils", "_rebuild_tensor_v2"): tensor_of,
        ("torch._utils", "_rebuild_parameter"): _parameter,
    }
)
"""Names that may be called, and what is done instead."""

_EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {**EFFECTS, "GLOBAL": _name, "REDUCE": _call, "BINPERSID": _persistent, "BUILD": _set_state}
)
