"""The standard library's `dataclass`, but a frozen one with slots, as nearly all here are, is defined faster.

The standard library writes six methods of such a class as source text, and compiles each when the class is
defined: together 0.7 ms. A command imports two hundred of these classes, makes instances of a few dozen and
compares hardly any, and spent a third of its time so. Here `__init__` alone is compiled, because it must be
fast, and only when the first instance is made; the others are functions that know the names of the fields.

Type checkers see the standard library's decorator, and but for the clock this is the same.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

__all__ = ["dataclass"]

_Method = Callable[..., Any]
_OPTIONS: Final = {"frozen", "slots", "kw_only"}
"""A class with others is left to the standard library; so is one that inherits fields, or compares itself."""


def _decorate(cls: Any = None, /, **options: bool) -> Any:
    """Make a dataclass; raises what `dataclasses.dataclass` raises."""
    if cls is None:
        return partial(_decorate, **options)
    is_frozen = options.get("frozen", False) and options.get("slots", False)
    is_plain = "__eq__" not in vars(cls) and not any(map(dataclasses.is_dataclass, cls.__mro__))
    if not (is_frozen and is_plain and _OPTIONS.issuperset(options)):
        return dataclasses.dataclass(cls, **options)
    written = frozenset(vars(cls))
    kw_only = options.get("kw_only", False)
    made: Any = dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
    made.__dataclass_params__.frozen = True
    for name, method in {**_FROZEN, **_build_methods(made)}.items():
        if name not in written:
            setattr(made, name, method)
    return made


def _build_methods(made: Any) -> dict[str, _Method]:
    """Build the methods that know the fields of a class."""
    fields = dataclasses.fields(made)
    shown = [item.name for item in fields if item.repr]
    compared = [item.name for item in fields if item.compare]
    hashed = [item.name for item in fields if (item.compare if item.hash is None else item.hash)]
    # attrgetter gives a tuple, as it must be here, when there are two attributes at least.
    key = attrgetter(*compared, "__class__", "__class__")
    hash_key = attrgetter(*hashed, "__class__", "__class__")

    def begin(self: Any, *values: Any, **named: Any) -> None:
        made.__init__ = init = _compile_init(made)
        init(self, *values, **named)

    def show(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def equal(self: Any, other: object) -> bool:
        return key(self) == key(other) if type(self) is type(other) else NotImplemented

    return {
        "__init__": begin,
        "__repr__": show,
        "__eq__": equal,
        "__hash__": lambda self: hash(hash_key(self)),
    }


def _compile_init(made: Any) -> _Method:
    """Compile `__init__` of a class, which puts each field into its slot."""
    names: dict[str, Any] = {}
    positional: list[str] = ["self"]
    named: list[str] = []
    lines: list[str] = []
    for item in dataclasses.fields(made):
        value, default = _write_value(item, names)
        if item.init:
            (named if item.kw_only else positional).append(item.name + default)
        names[f"_set_{item.name}"] = vars(made)[item.name].__set__
        lines.append(f" _set_{item.name}(self, {value})")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()")
    parameters = ", ".join([*positional, *(["*", *named] if named else [])])
    text = "\n".join([f"def __init__({parameters}):", *lines, " return"])
    exec(text, names)  # noqa: S102 - the names are those of our own fields
    init: _Method = names["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _write_value(item: "dataclasses.Field[Any]", names: dict[str, Any]) -> tuple[str, str]:
    """Write the value that a field gets, and its parameter's default; `names` are told what they mean."""
    make, default = f"_make_{item.name}", f"_default_{item.name}"
    names |= {make: item.default_factory, default: item.default}
    if item.default_factory is not dataclasses.MISSING:
        value = f"{make}() if {item.name} is {default} else {item.name}" if item.init else f"{make}()"
        return value, f"={default}"
    if item.default is not dataclasses.MISSING:
        return item.name if item.init else default, f"={default}"
    return item.name, ""


def _refuse_assignment(self: object, name: str, value: object) -> None:
    del self, value
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(self: object, name: str) -> None:
    del self
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, item.name) for item in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for item, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, item.name, value)


_FROZEN: Final[dict[str, _Method]] = {
    "__setattr__": _refuse_assignment,
    "__delattr__": _refuse_deletion,
    "__getstate__": _get_state,
    "__setstate__": _set_state,
}
"""What is the same for all: nothing can be changed, and yet it can be pickled and copied."""

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _decorate
    """See the module's docstring."""
