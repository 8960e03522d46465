"""The stack machine of a pickle, as far as numbers, texts, tuples, lists and dicts go; it neither imports nor calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass
class Machine:
    """The stack, the places of its marks, and what was put aside."""

    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def pop(self) -> Any:
        """Return the top of the stack, which has to lie above the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise ValueError("an instruction without its values")
        return self.stack.pop()

    def pop_marked(self) -> list[Any]:
        """Return what lies above the last mark."""
        if not self.marks:
            raise ValueError("an instruction without its mark")
        at = self.marks.pop()
        found = self.stack[at:]
        del self.stack[at:]
        return found

    def top(self) -> Any:
        """Return the top of the stack and leave it there."""
        value = self.pop()
        self.stack.append(value)
        return value


Effect = Callable[[Machine, Any], None]
"""What an instruction does to the machine; the second argument stands behind the instruction in the file."""


def _push(machine: Machine, argument: Any) -> None:
    machine.stack.append(argument)


def _made(make: Callable[[], Any]) -> Effect:
    def push(machine: Machine, argument: Any) -> None:
        machine.stack.append(make())

    return push


def _tuple_of(count: int) -> Effect:
    def pack(machine: Machine, argument: Any) -> None:
        found = [machine.pop() for _ in range(count)]
        machine.stack.append(tuple(reversed(found)))

    return pack


def _tuple(machine: Machine, argument: Any) -> None:
    found = machine.pop_marked()
    machine.stack.append(tuple(found))


def _entries(machine: Machine, pairs: list[Any]) -> None:
    target = machine.top()
    if not isinstance(target, dict) or len(pairs) % 2:
        raise ValueError("entries for something that is no dict")
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if not isinstance(key, str | int):
            raise ValueError("an entry whose key is neither text nor number")
        target[key] = value


def _items(machine: Machine, values: list[Any]) -> None:
    target = machine.top()
    if not isinstance(target, list):
        raise ValueError("items for something that is no list")
    target += values


def _entry(machine: Machine, argument: Any) -> None:
    value, key = machine.pop(), machine.pop()
    _entries(machine, [key, value])


def _item(machine: Machine, argument: Any) -> None:
    _items(machine, [machine.pop()])


def _get(machine: Machine, argument: int) -> None:
    if argument not in machine.memo:
        raise ValueError("a value that was never put aside")
    machine.stack.append(machine.memo[argument])


def _put(machine: Machine, argument: int) -> None:
    machine.memo[argument] = machine.top()


def _memoize(machine: Machine, argument: Any) -> None:
    machine.memo[len(machine.memo)] = machine.top()


def _mark(machine: Machine, argument: Any) -> None:
    machine.marks.append(len(machine.stack))


def _nothing(machine: Machine, argument: Any) -> None:
    """Leave the machine as it is: protocol and frame only say how the rest is written."""


_NUMBERS_AND_TEXTS = "BININT BININT1 BININT2 LONG1 BINFLOAT BINUNICODE SHORT_BINUNICODE BINSTRING SHORT_BINSTRING"

EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        **dict.fromkeys(_NUMBERS_AND_TEXTS.split(), _push),
        "NONE": _made(lambda: None),
        "NEWTRUE": _made(lambda: True),
        "NEWFALSE": _made(lambda: False),
        "EMPTY_DICT": _made(dict),
        "EMPTY_LIST": _made(list),
        "EMPTY_TUPLE": _made(tuple),
        "PROTO": _nothing,
        "FRAME": _nothing,
        "MARK": _mark,
        "TUPLE": _tuple,
        "TUPLE1": _tuple_of(1),
        "TUPLE2": _tuple_of(2),
        "TUPLE3": _tuple_of(3),
        "APPEND": _item,
        "APPENDS": lambda machine, argument: _items(machine, machine.pop_marked()),
        "SETITEM": _entry,
        "SETITEMS": lambda machine, argument: _entries(machine, machine.pop_marked()),
        "BINGET": _get,
        "LONG_BINGET": _get,
        "BINPUT": _put,
        "LONG_BINPUT": _put,
        "MEMOIZE": _memoize,
    }
)
"""Instructions that need no name."""
