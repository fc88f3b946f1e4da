"""The shared string table (ECMA-376 part 1, clause 18.4.9), read only as far as it is needed.

A large workbook's table dwarfs the form, so it is never loaded: one pass keeps the wanted
entries, skips the others, and stops at the last one wanted. Most tables are plain, and take the
road of `plain_strings`; any other is parsed from its start.
"""

from bisect import bisect_left
from collections.abc import Collection
from contextlib import closing
from functools import partial
from itertools import islice
from typing import BinaryIO

from lxml import etree
from lxml.etree import _Element as Element

from agent.formats.spreadsheet.limits import SpreadsheetLimits
from agent.formats.spreadsheet.plain_strings import find_plainly
from agent.formats.spreadsheet.source import PartSource
from agent.formats.spreadsheet.text import rich_text
from agent.formats.spreadsheet.xml import ElementStream, Opening, malformed, over_limit, read_opening


class SharedStrings:
    """The table of one workbook; nothing is read before `find`."""

    def __init__(self, source: PartSource, part_name: str, limits: SpreadsheetLimits) -> None:
        """Keep where the table is; `part_name` is empty when the workbook has none."""
        self._source = source
        self._part_name = part_name
        self._limits = limits

    def find(self, indexes: Collection[int]) -> dict[int, str]:
        """Find the strings with these indexes, from 0, in one pass.

        Raises:
            DocumentError: `spreadsheet-malformed` when one is not in the table; `spreadsheet-over-limit`.

        """
        if not indexes:
            return {}
        if not self._part_name:
            raise malformed("/", "cells refer to shared strings, and the workbook has none")
        if max(indexes) >= self._limits.max_strings:
            raise over_limit(self._part_name, f"more than {self._limits.max_strings} shared strings")
        wanted = sorted(set(indexes))
        with closing(self._source.open_part(self._part_name)) as stream:
            opening = self._read_opening(stream)
            read = partial(self._text, opening.namespace)
            found = find_plainly(stream, opening, wanted, self._limits.max_element_octets, read)
        if found is not None:
            return found
        with closing(self._source.open_part(self._part_name)) as stream:
            return self._read(stream, self._read_opening(stream), wanted)

    def _read_opening(self, stream: BinaryIO) -> Opening:
        opening = read_opening(stream, self._part_name)
        if opening.name != "sst":
            raise malformed(self._part_name, f"the root element {opening.name!r} is not a string table")
        return opening

    def _text(self, namespace: str, index: int, entry: Element) -> str:
        return rich_text(entry, namespace, f"{self._part_name} entry {index}", self._limits)

    def _read(self, stream: BinaryIO, opening: Opening, wanted: list[int]) -> dict[int, str]:
        """Parse the table from its start, as far as the last entry wanted."""
        elements = ElementStream(stream, self._part_name, opening, ("sst",), self._limits.max_element_octets)
        # `si` must be what is counted: any other element among them would shift every index after it.
        stray = etree.XPath(
            # Counting first: four times faster, and nearly always the end of it.
            "count(*) != count(m:si) and *[not(self::m:si)][following-sibling::* or not(self::m:extLst)]",
            namespaces={"m": opening.namespace},
        )
        found: dict[int, str] = {}
        first, root = 0, None
        while len(found) < len(wanted):
            more = elements.advance()
            for _, element in elements.events():
                root = element if root is None else root
            if root is None:
                continue
            complete = len(root) - 1 if more else len(root)
            self._take(root, opening.namespace, range(first, first + complete), wanted, found)
            first += _drop(root, complete, stray, elements)
            if not more:
                break
        if len(found) < len(wanted):
            raise malformed(self._part_name, f"shared string {wanted[len(found)]} is not in the table")
        return found

    def _take(
        self, root: Element, namespace: str, present: range, wanted: list[int], found: dict[int, str]
    ) -> None:
        here = wanted[len(found) : bisect_left(wanted, present.stop)]
        if not here:
            return
        # One slice: lxml counts siblings from an end for every index.
        elements = list(islice(root, here[0] - present.start, here[-1] + 1 - present.start))
        for index in here:
            element = elements[index - here[0]]
            if element.tag != f"{{{namespace}}}si":
                where = f"{self._part_name} entry {index}"
                raise malformed(where, f"unexpected element {element.tag!r} in the string table")
            found[index] = self._text(namespace, index, element)


def _drop(root: Element, complete: int, stray: etree.XPath, elements: ElementStream) -> int:
    if complete <= 0:
        return 0
    elements.settle()
    if stray(root):
        raise malformed(elements.part_name, "an unexpected element in the string table")
    del root[0:complete]
    return complete
