"""Edits of octets: what a hostile hand, or a bad wire, does to a file without knowing its format."""

from collections.abc import Sequence

from hypothesis import strategies as st

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_MOST_EDITS = 4


class Octets(bytes):
    """Octets of a whole document, which a failing test does not print."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Name them."""
        return f"<{len(self)} octets>"


@st.composite
def edited(
    draw: st.DrawFn, original: bytes, places: Sequence[int] = (), words: Sequence[bytes] = ()
) -> bytes:
    """Draw `original` with a few edits, at `places` more often than elsewhere, by `words` of its format."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, _MOST_EDITS))):
        _edit(draw, data, places, words)
    return bytes(data)


def _edit(draw: st.DrawFn, data: bytearray, places: Sequence[int], words: Sequence[bytes]) -> None:
    anywhere = st.integers(0, len(data))
    start = draw(st.one_of(anywhere, _near(places)) if places else anywhere)
    end = min(len(data), start + draw(st.integers(0, 40)))
    kind = draw(st.sampled_from(("octet", "number", "insert", "delete", "repeat", "move", "word")))
    if kind == "octet":
        data[start : start + 1] = draw(st.binary(min_size=1, max_size=1))
    elif kind == "number":
        width = draw(st.sampled_from((2, 4, 8)))
        data[start : start + width] = draw(st.sampled_from(_NUMBERS)).to_bytes(8, "little")[:width]
    elif kind == "insert":
        data[start:start] = draw(st.binary(min_size=1, max_size=12))
    elif kind == "delete":
        del data[start:end]
    elif kind == "repeat":
        data[end:end] = data[start:end]
    elif kind == "move":
        target = draw(st.integers(0, len(data)))
        data[target:target] = data[start:end]
    elif words:
        data[start : start + draw(st.integers(0, 8))] = draw(st.sampled_from(words))


def _near(places: Sequence[int]) -> st.SearchStrategy[int]:
    """Draw an offset into one of the records that start at `places`."""
    return st.tuples(st.sampled_from(places), st.integers(0, 46)).map(sum)
