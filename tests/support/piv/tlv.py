"""BER-TLV as PIV uses it: tags of one to three octets, definite lengths (ISO/IEC 7816-4 section 5.2.2)."""

from collections.abc import Iterator

_LONGEST_SHORT = 0x7F


def encode(tag: int, *values: bytes) -> bytes:
    """Encode a data object whose value is all of `values`, one after the other."""
    value = b"".join(values)
    return _octets(tag) + _encode_length(len(value)) + value


def decode(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Decode data objects, one after the other, as tag and value.

    Raises:
        ValueError: they do not fill `data`.
    """
    at = 0
    while at < len(data):
        end = at + 1
        if data[at] & 0x1F == 0x1F:
            while _at(data, end) & 0x80:
                end += 1
            end += 1
        tag = int.from_bytes(data[at:end], "big")
        length, at = _decode_length(data, end)
        if at + length > len(data):
            raise ValueError("a data object is longer than what holds it")
        yield tag, data[at : at + length]
        at += length


def _octets(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def _encode_length(length: int) -> bytes:
    if length <= _LONGEST_SHORT:
        return bytes([length])
    octets = _octets(length)
    return bytes([0x80 | len(octets)]) + octets


def _decode_length(data: bytes, at: int) -> tuple[int, int]:
    first = _at(data, at)
    if first <= _LONGEST_SHORT:
        return first, at + 1
    end = at + 1 + (first & 0x7F)
    return int.from_bytes(data[at + 1 : end], "big"), end


def _at(data: bytes, index: int) -> int:
    if index >= len(data):
        raise ValueError("a data object ends early")
    return data[index]
