"""Streaming XML of one part: no DTD, no entities, no network, and only a bounded piece in memory."""

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, Literal, TypeAlias, TypedDict, cast

from lxml import etree
from lxml.etree import _Element as Element

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.spreadsheet.dialects import MAIN_NAMESPACES

Event: TypeAlias = Literal["start", "end"]

_FIRST_CHUNK: Final = 4 * 1024
_CHUNK: Final = 64 * 1024
"""Chunks grow up to this: of most sheets only the first rows are read, and parsing is what that costs."""
_PROLOG_STEP: Final = 1024
_PROLOG_MAXIMUM: Final = 64 * 1024
_DECLARED: Final = re.compile(rb"(?:\xEF\xBB\xBF)?<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_ENCODINGS: Final = (b"UTF-8", b"US-ASCII", b"ASCII")
_EBCDIC: Final = b"\x4c\x6f\xa7\x94"


def malformed(part_name: str, message: str) -> DocumentError:
    """Build the error for a part that is not the SpreadsheetML it should be."""
    return DocumentError(
        "spreadsheet-malformed",
        f"{part_name}: {message}",
        hint="open the workbook in Excel and save it again, unsigned, as .xlsx",
    )


def over_limit(part_name: str, message: str) -> DocumentError:
    """Build the error for a part that is larger than the reader is willing to follow."""
    return DocumentError(
        "spreadsheet-over-limit",
        f"{part_name}: {message}",
        hint="a submission form is far smaller than this: remove what is not part of the form",
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """The start of a part, up to and with the start tag of its root."""

    namespace: str
    name: str
    octets: bytes


class _Options(TypedDict):
    remove_comments: bool
    remove_pis: bool
    resolve_entities: bool
    load_dtd: bool
    no_network: bool
    huge_tree: bool


# Comments and processing instructions go before the tree is built: left in, they would
# split a text node, and `.text` would then be only its first half.
PARSER_OPTIONS: Final = _Options(
    remove_comments=True,
    remove_pis=True,
    resolve_entities=False,
    load_dtd=False,
    no_network=True,
    huge_tree=False,
)
"""Of every parser of a spreadsheet's parts: nothing outside of the octets given is ever opened."""


def _parser(events: Sequence[Event], tags: Sequence[str] | None) -> etree.XMLPullParser:
    return etree.XMLPullParser(events=events, tag=tags, **PARSER_OPTIONS)


def parse_fragment(octets: bytes) -> Element | None:
    """Parse a few elements inside a root, with the parts' own parser options; None when not well-formed."""
    try:
        return etree.fromstring(octets, etree.XMLParser(**PARSER_OPTIONS))
    except etree.XMLSyntaxError:
        return None


def read_opening(stream: BinaryIO, part_name: str) -> Opening:
    """Read as far as the root's start tag and refuse what is not SpreadsheetML without a DTD.

    ECMA-376 part 2, clause 6.2.5: parts are UTF-8 or UTF-16 and have no DTD.

    Raises:
        DocumentError: `spreadsheet-malformed`.

    """
    parser = _parser(("start",), None)
    octets = b""
    while len(octets) < _PROLOG_MAXIMUM:
        chunk = stream.read(_PROLOG_STEP)
        _feed(parser, chunk, part_name)
        octets += chunk
        for _, element in parser.read_events():
            return _check_root(cast(Element, element), octets, part_name)
        if not chunk:
            break
    raise malformed(part_name, "no root element where a spreadsheet part has it")


def _check_root(root: Element, octets: bytes, part_name: str) -> Opening:
    document = root.getroottree().docinfo
    if cast(object, document.internalDTD) is not None:
        raise malformed(part_name, "a document type declaration is not allowed in a package")
    _check_encoding(octets, part_name)
    namespace, _, name = str(root.tag).removeprefix("{").rpartition("}")
    if namespace not in MAIN_NAMESPACES:
        raise malformed(part_name, f"the root element {name[:40]!r} is not SpreadsheetML")
    return Opening(namespace, name, octets)


def _check_encoding(octets: bytes, part_name: str) -> None:
    # libxml2 detects more encodings than packages may have, and tells afterwards of none of them.
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and octets[2:4] != b"\0\0":
        return
    match = _DECLARED.match(octets)
    if (match and match[1].upper() not in _ENCODINGS) or b"\0" in octets[:4] or octets[:4] == _EBCDIC:
        raise malformed(part_name, "the encoding is neither UTF-8 nor UTF-16")


def _feed(parser: etree.XMLPullParser, chunk: bytes, part_name: str) -> None:
    try:
        if chunk:
            parser.feed(chunk)
        else:
            parser.close()
    except etree.XMLSyntaxError as error:
        raise malformed(part_name, f"not well-formed XML: {' '.join(error.msg.split())}") from error


class ElementStream:
    """Parses one part chunk by chunk and hands out the wanted elements as they begin and end."""

    def __init__(
        self,
        stream: BinaryIO,
        part_name: str,
        opening: Opening,
        names: Sequence[str],
        max_element_octets: int,
    ) -> None:
        """Go on from `opening`; `names` are the wanted elements' local names in the root's namespace."""
        self._stream = stream
        self.part_name = part_name
        self._opening = opening
        self._maximum = max_element_octets
        self._parser = _parser(("start", "end"), [f"{{{opening.namespace}}}{name}" for name in names])
        self._pending = opening.octets
        self.passed = 0
        """Octets parsed so far."""
        self._stalled = 0

    def advance(self) -> bool:
        """Parse the next chunk; False when the part has ended and was well-formed to its end.

        Raises:
            DocumentError: `spreadsheet-malformed`, or `spreadsheet-over-limit` when too many octets
                passed since the last `settle`.

        """
        chunk = self._pending
        if not chunk:
            chunk = self._stream.read(max(_FIRST_CHUNK, min(self.passed // 4, _CHUNK)))
        self._pending = b""
        self.passed += len(chunk)
        self._stalled += len(chunk)
        if self._stalled > self._maximum:
            raise over_limit(self.part_name, f"one element is longer than {self._maximum} octets")
        _feed(self._parser, chunk, self.part_name)
        return bool(chunk)

    def events(self) -> Iterator[tuple[Event, Element]]:
        """Yield ("start" or "end", element) for the wanted elements in what was parsed so far."""
        for event, element in self._parser.read_events():
            yield cast(Event, event), cast(Element, element)

    def settle(self) -> None:
        """Say that what was parsed has been dealt with, so that the count of octets in memory restarts."""
        self._stalled = 0


def prune(root: Element) -> None:
    """Drop all that is complete below `root`, so that memory does not grow with the part.

    The last child at each level stays: the parser may still be writing in it.
    """
    node = root
    while len(node):
        del node[:-1]
        node = node[-1]
