"""Where the parts come from: the package reader, so that what is read is what the signature covers.

The spreadsheet reader never looks into a zip itself. Two readers of one container may
disagree about which octets a part name stands for, and that is how forged workbooks pass.
"""

from collections.abc import Sequence
from typing import BinaryIO, Protocol


class Relationship(Protocol):
    """One relationship of the package or of a part (ECMA-376 part 2, clause 6.5)."""

    @property
    def id(self) -> str:
        """The Id, unique among the relationships of one source."""

    @property
    def type(self) -> str:
        """The relationship type, a URI."""

    @property
    def target_part(self) -> str:
        """Absolute part name of the target (`/xl/workbook.xml`), or empty when it is external."""

    @property
    def external(self) -> bool:
        """Whether the target lies outside the package."""


class PartSource(Protocol):
    """An opened package that hands out its parts."""

    def open_part(self, part_name: str) -> BinaryIO:
        """Open a part by absolute name for one reading from the start; the caller closes it.

        Raises:
            DocumentError: the package has no such part, or it is over a limit or damaged (also from `read`).

        """

    def relationships(self, part_name: str) -> Sequence[Relationship]:
        """List the relationships of a part, in document order; "" or "/" is the package root.

        Raises:
            DocumentError: the relationship part is malformed.

        """
