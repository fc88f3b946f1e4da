"""What a case of the content lint is."""

from dataclasses import dataclass

from tests.support.workbooks.crafted import Crafted


@dataclass(frozen=True, slots=True)
class Case:
    """A workbook, and what is to be said of it."""

    code: str
    crafted: Crafted
    where: str = ""
    """The place; empty where nothing is to be found."""
    what: str = ""
    """What it is, for the name of the test."""
