"""A fast road through a table of shared strings: what is plain is counted by a pattern, and not parsed.

Each stretch that the pattern matches is a whole number of complete entries of the table, in any reading of
XML; what it does not match is parsed in stretches of its own, inside the table's own start tag. Where that
fails there is no answer, and the table has to be parsed from its start: this road refuses nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO, Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.plain_xml import PLAIN_TEXT, decode_text, plain_start
from agent.formats.spreadsheet.xml import Opening, parse_fragment

_CHUNK: Final = 64 * 1024
_START: Final = plain_start("sst")
_ENTRY: Final = re.compile(
    rb"[ \t\r\n]*+(?:<si>(?:<t(?: xml:space=\"preserve\")?>"
    + PLAIN_TEXT.encode()
    + rb"</t>|<t/>)</si>|<si/>)"
)
_RUN: Final = re.compile(rb"(?:" + _ENTRY.pattern + rb")*+")
_END: Final = b"</si>"
_FIRST, _LAST = b"<si><t>", b"</t></si>"
_JOINT: Final = _LAST + _FIRST
_CONTROLS: Final = bytes(set(range(32)) - {9, 10, 13})


def find_plainly(
    stream: BinaryIO,
    opening: Opening,
    wanted: Sequence[int],
    limit: int,
    read: Callable[[int, Element], str],
) -> dict[int, str] | None:
    """Find the entries with the numbers `wanted` (sorted, each once); `read` reads one `si` element.

    None when the table is not plain enough, or an entry has more than `limit` octets.
    """
    start = _START.match(opening.octets)
    if start is None:
        return None
    root, buffer, count = start["root"], opening.octets[start.end() :], 0
    found: dict[int, str] = {}
    while len(found) < len(wanted):
        run, size = _plain_run(buffer)
        end = max(run, buffer.rfind(_END) + len(_END))
        others = _parse_entries(root, buffer[run:end])
        if others is None:
            return None
        here = [number - count for number in wanted[len(found) :] if number < count + size + len(others)]
        plain = _plain_entries(buffer[:run], [number for number in here if number < size])
        for number in here:
            entry = _parse_entries(root, next(plain)) if number < size else others[number - size :]
            if not entry:
                return None
            found[count + number] = read(count + number, entry[0])
        count += size + len(others)
        chunk = stream.read(_CHUNK)
        if len(found) < len(wanted) and (not chunk or len(buffer) - end > limit):
            return None
        buffer = buffer[end:] + chunk
    return found


def _plain_run(buffer: bytes) -> tuple[int, int]:
    """Measure the plain entries at the start of `buffer`: octets, and how many entries they are."""
    end = buffer.rfind(_LAST) + len(_LAST)
    if buffer.startswith(_FIRST) and end >= len(_JOINT):
        run = buffer[:end]
        entries = run.count(_JOINT) + 1
        if run.count(b"<") == entries * _JOINT.count(b"<") and _is_simple(run):
            return end, entries
    match = _RUN.match(buffer)
    run = match[0] if match else b""
    return (len(run), run.count(b"<si")) if decode_text(run) is not None else (0, 0)


def _is_simple(run: bytes) -> bool:
    """Tell whether all that is not a tag is ASCII text without references: then counting tags is enough."""
    return run.isascii() and not (
        b"&" in run or b"]" in run or len(run.translate(None, _CONTROLS)) < len(run)
    )


def _plain_entries(entries: bytes, numbers: Sequence[int]) -> Iterator[bytes]:
    """Yield the octets of the entries with these numbers, from 0, in rising order."""
    matches, passed = _ENTRY.finditer(entries), 0
    for number in numbers:
        yield next(islice(matches, number - passed, None)).group()
        passed = number + 1


def _parse_entries(root: bytes, octets: bytes) -> list[Element] | None:
    """Parse whole entries inside the start tag `root`; None when they are anything else."""
    if not octets:
        return []
    table = parse_fragment(root + octets + b"</sst>")
    if table is None:
        return None
    namespace = str(table.tag).removesuffix("sst")
    entries = list(table)
    return entries if all(entry.tag == f"{namespace}si" for entry in entries) else None
