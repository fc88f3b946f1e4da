"""The project's `dataclass` beside the standard library's: the same class, made by both."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from agent.dataclass import dataclass

Decorator = Callable[[Any], Any]


def _build(decorate: Decorator) -> Any:
    @decorate
    class Sample:
        """One of each kind of field."""

        first: int
        second: str = "two"
        hidden: bytes = dataclasses.field(default=b"", repr=False, compare=False)
        many: list[int] = dataclasses.field(default_factory=list, hash=False)
        own: dict[str, int] = dataclasses.field(default_factory=dict, init=False, compare=False)
        fixed: int = dataclasses.field(default=7, init=False)
        named: int = dataclasses.field(default=0, kw_only=True)

        def __post_init__(self) -> None:
            self.own["first"] = self.first

        @property
        def doubled(self) -> int:
            """A property like any other."""
            return 2 * self.first

    return Sample


OURS = _build(dataclass(frozen=True, slots=True))
THEIRS = _build(dataclasses.dataclass(frozen=True, slots=True))
CALLS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    ((1,), {}),
    ((1, "x", b"h", [3]), {"named": 4}),
    ((), {"second": "s", "first": 2}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A class that can be found by its name, as pickle wants it."""

    one: int
    two: tuple[int, ...] = ()


@pytest.mark.parametrize(("values", "named"), CALLS)
def test_instances_are_what_the_standard_library_makes(
    values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    """Fields, text, hash and the copy with another value are the same for every way of calling it."""
    ours, theirs = OURS(*values, **named), THEIRS(*values, **named)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert repr(ours) == repr(theirs)
    assert repr(dataclasses.replace(ours, first=9)) == repr(dataclasses.replace(theirs, first=9))
    assert ours.doubled == theirs.doubled
    assert (OURS.__slots__, OURS.__match_args__) == (THEIRS.__slots__, THEIRS.__match_args__)


@pytest.mark.parametrize(("values", "named"), [((), {}), ((1, 2, 3, 4, 5), {}), ((1,), {"other": 2})])
def test_a_wrong_call_is_a_type_error_that_names_the_class(
    values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    """Too few, too many and unknown arguments fail with the words of the standard library."""
    with pytest.raises(TypeError) as ours:
        OURS(*values, **named)
    with pytest.raises(TypeError) as theirs:
        THEIRS(*values, **named)
    assert str(ours.value) == str(theirs.value)


def test_compared_fields_decide_about_equality_and_hash() -> None:
    """A field that is not compared does not count, another class is never equal, and factories make anew."""
    one, same, other = OURS(1, hidden=b"a"), OURS(1, hidden=b"b"), OURS(1, many=[1])
    assert (one == same, one == other, one == THEIRS(1)) == (True, False, False)
    assert (hash(one) == hash(same), len({one, same})) == (True, 1)
    assert one.many is not same.many


def test_nothing_can_be_changed() -> None:
    """Fields cannot be assigned or deleted, and there is no room for others."""
    sample = OURS(1)
    for change in (partial(setattr, sample, "first", 2), partial(delattr, sample, "first")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    with pytest.raises(AttributeError):
        sample.unknown = 1


def test_instances_can_be_copied_and_pickled() -> None:
    """What crosses to another process is equal to what was sent."""
    sample = Packed(one=1, two=(2, 3))
    assert (copy.copy(sample), copy.deepcopy(sample), pickle.loads(pickle.dumps(sample))) == (sample,) * 3  # noqa: S301


def test_other_dataclasses_are_the_standard_librarys() -> None:
    """Classes with an order, and such that may change, are what they ever were."""

    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        value: int

    @dataclass(slots=True)
    class Mutable:
        value: int

    assert (Ordered(1) < Ordered(2), Ordered(1) == Ordered(1)) == (True, True)
    changed = Mutable(1)
    changed.value = 2
    assert changed == Mutable(2)


def test_a_class_is_defined_without_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compiled for a class of which no instance is made: that is what it is for."""

    def refuse(*_: object) -> None:
        raise AssertionError("compiled")

    with monkeypatch.context() as patched:
        patched.setattr("builtins.exec", refuse)
        made = _build(dataclass(frozen=True, slots=True))
    assert made(5).first == 5
