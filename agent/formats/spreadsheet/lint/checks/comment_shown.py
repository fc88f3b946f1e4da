"""Notes that are always shown, and other shapes of the old drawing layer: they lie over cells."""

from collections.abc import Iterator

from agent.findings import Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found, PartOfSheet
from agent.formats.spreadsheet.lint.names import split_tag


def _check(part: PartOfSheet) -> Iterator[Found]:
    for shape in part.root.iter():
        if split_tag(shape.tag)[1] not in ("shape", "rect", "oval", "roundrect", "line", "image"):
            continue
        data = {split_tag(item.tag)[1]: item for item in shape.iter()}
        client = data.get("ClientData")
        if client is None or client.get("ObjectType") != "Note":
            yield quote_sheet(part.sheet), "a shape of the old drawing layer lies over the cells"
        elif "Visible" in data or "visibility:hidden" not in (shape.get("style") or "").replace(" ", ""):
            yield quote_sheet(part.sheet), "a note is always shown and lies over the cells beside it"


CHECK = Check(
    Lint(
        "comment-shown", "ECMA-376-4 19.4.2", "notes that are always shown, and other VML shapes over cells"
    ),
    part=lambda part: _check(part) if part.kind == "vmldrawing" else (),
)
