"""Reading a report as a program of others would: an HTML parser, and what a browser shows."""

from dataclasses import dataclass
from pathlib import Path

from lxml import html

from tests.support.lab import Run, Story


@dataclass(frozen=True, slots=True)
class Page:
    """A report that was written."""

    path: Path
    tree: html.HtmlElement

    @property
    def text(self) -> str:
        """All text, white space collapsed."""
        return " ".join(self.tree.text_content().split())

    def texts(self, path: str) -> list[str]:
        """List the texts of the elements that an XPath selects."""
        return [" ".join(item.text_content().split()) for item in self.tree.xpath(path)]


def read_page(path: Path) -> Page:
    """Parse a report."""
    return Page(path, html.document_fromstring(path.read_bytes()))


def write_report(story: Story, file: Path, output: Path, *more: str | Path) -> Run:
    """Have `iki verify` write a report."""
    return story.lab.iki("verify", file, "--report", output, *more)
