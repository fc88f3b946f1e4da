"""What an attacker does to a signed workbook: change a cell and leave the signatures where they are."""

from agent.config.limits import DocumentLimits
from agent.errors import UsageError
from agent.formats.package.package import Package, open_package
from agent.formats.package.zip_write import iter_zip
from agent.formats.spreadsheet import CellKind, open_workbook

_LONG_ENOUGH = 16
"""Characters of a cell that stand out in a workbook's XML: the Hash has 64."""


def change_one_cell(data: bytes, limits: DocumentLimits) -> tuple[bytes, str, str]:
    """Change one character of the longest cell; returns the workbook, the text before, the text after.

    Raises:
        DocumentError: it is no workbook.
        UsageError: `tamper-nothing` when there is no cell long enough to be found.

    """
    package = open_package(data, limits)
    before = _find_text(package)
    after = before[:-1] + ("0" if before[-1] != "0" else "1")
    for part, entry in package.entries.items():
        content = b"".join(package.iter_part(part))
        if before.encode() in content:
            replaced = {entry.name: content.replace(before.encode(), after.encode(), 1)}
            return b"".join(iter_zip(package.archive, replaced, {})), before, after
    raise _nothing()


def _find_text(package: Package) -> str:
    texts = [
        cell.text
        for sheet in open_workbook(package).sheets
        if sheet.is_worksheet
        for row in sheet.rows()
        for cell in row.cells
        if cell.kind is CellKind.STRING and cell.text.isalnum() and len(cell.text) >= _LONG_ENOUGH
    ]
    if not texts:
        raise _nothing()
    return max(texts, key=len)


def _nothing() -> UsageError:
    return UsageError("tamper-nothing", "there is no cell to change", hint="give a form that holds a Hash")
