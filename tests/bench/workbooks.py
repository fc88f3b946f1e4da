"""Large workbooks around a submission form; `python -m tests.bench.workbooks FORM OUT KIND MEGABYTES`.

A process of its own makes them, because the peak memory of a child that is measured
is never less than what the process that starts it has.
"""

import hashlib
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_MEGABYTE: Final = 1_000_000
_FORM_OCTETS: Final = 10_000
"""What the form itself takes."""
_ROW_OCTETS: Final = 82
"""What a row of numbers takes, deflated."""
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STRINGS_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_PICTURES: Final = 10
_LEVEL: Final = 6
"""What Excel and zlib use when nobody says otherwise."""
_BLOCK: Final = 1 << 20


@dataclass(slots=True)
class _Draft:
    """A workbook being written: the form's parts, to be changed, and the large ones, already in the zip."""

    archive: zipfile.ZipFile
    target: int
    """Octets of the file from which on nothing more is added."""
    sheets: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    strings: bool = False
    pictures: int = 0

    @property
    def is_full(self) -> bool:
        """Whether the file is as large as it should be."""
        return self.archive.fp is not None and self.archive.fp.tell() >= self.target


def _random(seed: str, size: int) -> bytes:
    """Octets that do not compress, the same in every run."""
    return hashlib.shake_256(seed.encode()).digest(size)


def _add_pictures(draft: _Draft, method: int) -> None:
    for number in range(1, _PICTURES + 1):
        content = _random(f"picture {number}", draft.target // _PICTURES)
        draft.archive.writestr(f"xl/media/image{number}.png", content, method, _LEVEL)
    draft.pictures = _PICTURES
    draft.types.append('<Default Extension="png" ContentType="image/png"/>')


def _open_sheet(draft: _Draft) -> str:
    name = f"bench{len(draft.sheets) + 1}"
    draft.sheets.append(name)
    draft.types.append(f'<Override PartName="/xl/worksheets/{name}.xml" ContentType="{_SHEET_TYPE}"/>')
    return f"xl/worksheets/{name}.xml"


def _number_rows(count: int = 1500) -> Iterator[bytes]:
    """Yield so many rows at a time, by default a mebibyte or so: ten columns of numbers."""
    row = 0
    while True:
        digits = _random(f"rows {row}", count * 10 * 3)
        text = []
        for start in range(0, len(digits), 30):
            row += 1
            cells = (
                f'<c r="{chr(65 + column)}{row}" s="2"><v>{digits[start + 3 * column]}.'
                f"{int.from_bytes(digits[start + 3 * column + 1 : start + 3 * column + 3]):05}</v></c>"
                for column in range(10)
            )
            text.append(f'<row r="{row}" spans="1:10">{"".join(cells)}</row>')
        yield "".join(text).encode()


def _add_sheets(draft: _Draft, each: int) -> None:
    """Add sheets of `each` compressed octets until the file is full."""
    while not draft.is_full:
        entry = zipfile.ZipInfo(_open_sheet(draft), (2026, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        with draft.archive.open(entry, "w", force_zip64=False) as part:
            start = draft.archive.fp.tell() if draft.archive.fp else 0
            part.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for rows in _number_rows():
                part.write(rows)
                if draft.is_full or (draft.archive.fp and draft.archive.fp.tell() - start >= each):
                    break
            part.write(b"</sheetData></worksheet>")


def _add_strings(draft: _Draft, *, shown: Callable[[int], int]) -> None:
    """Add a table of shared strings, and a sheet whose first cell shows one of them, by their number."""
    draft.strings = True
    draft.types.append(f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_STRINGS_TYPE}"/>')
    count = 0
    with draft.archive.open("xl/sharedStrings.xml", "w") as part:
        part.write(f'<sst xmlns="{_MAIN}">'.encode())
        while not draft.is_full:
            digits = _random(f"strings {count}", _BLOCK).hex()
            words = [digits[start : start + 24] for start in range(0, len(digits) - 24, 24)]
            part.write("".join(f"<si><t>Meter {word}</t></si>" for word in words).encode())
            count += len(words)
        part.write(b"</sst>")
    cell = f'<row r="1"><c r="A1" t="s"><v>{shown(count)}</v></c></row>'
    content = f'<worksheet xmlns="{_MAIN}"><sheetData>{cell}</sheetData></worksheet>'
    draft.archive.writestr(_open_sheet(draft), content)


def _add_mixture(draft: _Draft) -> None:
    """Add what an ordinary workbook of this size has: half of it pictures, half numbers."""
    whole = draft.target
    draft.target //= 2
    _add_pictures(draft, zipfile.ZIP_DEFLATED)
    draft.target = whole
    _add_sheets(draft, whole)


def _add_small_mixture(draft: _Draft) -> None:
    """Add the same to a small workbook, whose size is hit by counting rows: deflate holds much back."""
    written = draft.archive.fp.tell() if draft.archive.fp else 0
    whole = draft.target
    draft.target = whole // 2
    _add_pictures(draft, zipfile.ZIP_DEFLATED)
    rows = next(_number_rows(max(1, (whole // 2 - written - _FORM_OCTETS) // _ROW_OCTETS)))
    content = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows.decode()}</sheetData></worksheet>'
    draft.archive.writestr(_open_sheet(draft), content)


KINDS: Final[Mapping[str, Callable[[_Draft], None]]] = {
    "mixture": _add_mixture,
    "small-mixture": _add_small_mixture,
    "media-stored": lambda draft: _add_pictures(draft, zipfile.ZIP_STORED),
    "media-deflated": lambda draft: _add_pictures(draft, zipfile.ZIP_DEFLATED),
    "sheets": lambda draft: _add_sheets(draft, draft.target // 6),
    "one-sheet": lambda draft: _add_sheets(draft, draft.target),
    "strings": lambda draft: _add_strings(draft, shown=lambda count: min(count - 1, 50)),
    "strings-last": lambda draft: _add_strings(draft, shown=lambda count: count - 1),
}
"""What makes the file large, by name."""


def write_workbook(form: Path, output: Path, kind: str, megabytes: float) -> None:
    """Write `form` with `megabytes` (10^6 octets, compressed) of one of `KINDS` added."""
    with zipfile.ZipFile(form) as source, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        draft = _Draft(archive, round(megabytes * _MEGABYTE))
        KINDS[kind](draft)
        for name in source.namelist():
            content = source.read(name).decode()
            archive.writestr(name, _CHANGES.get(name, _keep)(draft, content))
        if draft.pictures:
            archive.writestr("xl/worksheets/_rels/sheet1.xml.rels", _picture_relationships(draft))


def _keep(draft: _Draft, content: str) -> str:
    del draft
    return content


def _change_types(draft: _Draft, content: str) -> str:
    # Defaults before overrides, as the schema has them.
    start = content.index("<Default")
    defaults = [item for item in draft.types if item.startswith("<Default")]
    others = [item for item in draft.types if not item.startswith("<Default")]
    changed = content[:start] + "".join(defaults) + content[start:]
    return changed.replace("</Types>", "".join(others) + "</Types>")


def _change_workbook(draft: _Draft, content: str) -> str:
    entries = "".join(
        f'<sheet xmlns:r="{_OFFICE}" name="{name}" sheetId="{number}" r:id="rIdBench{name}"/>'
        for number, name in enumerate(draft.sheets, 100)
    )
    return content.replace("</sheets>", entries + "</sheets>")


def _change_relationships(draft: _Draft, content: str) -> str:
    entries = [
        _relationship(f"rIdBench{name}", "worksheet", f"worksheets/{name}.xml") for name in draft.sheets
    ]
    if draft.strings:
        entries.append(_relationship("rIdBenchStrings", "sharedStrings", "sharedStrings.xml"))
    return content.replace("</Relationships>", "".join(entries) + "</Relationships>")


def _picture_relationships(draft: _Draft) -> str:
    entries = (
        _relationship(f"rId{number}", "image", f"../media/image{number}.png")
        for number in range(1, draft.pictures + 1)
    )
    return f'<Relationships xmlns="{_RELATIONSHIPS}">{"".join(entries)}</Relationships>'


def _relationship(identifier: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{identifier}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


_CHANGES: Final[Mapping[str, Callable[[_Draft, str], str]]] = {
    "[Content_Types].xml": _change_types,
    "xl/workbook.xml": _change_workbook,
    "xl/_rels/workbook.xml.rels": _change_relationships,
}

if __name__ == "__main__":
    write_workbook(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
