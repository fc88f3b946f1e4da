"""A package that was changed and is accepted says what was signed."""

import io
import re
import warnings
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.edits import Octets, edited
from tests.fuzz.originals import check_package, make_original
from tests.fuzz.profile import FAST
from tests.fuzz.trees import edited_tree
from tests.support.zips import build_zip

_TYPES = "[Content_Types].xml"
_SIGNATURES = ("_xmlsignatures/sig1.xml", "_xmlsignatures/sig2.xml")
_RECORDS = re.compile(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)")
_WORDS = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x07\x08", b"xl/", b"_rels/.rels")
_Entries = list[tuple[str, bytes]]


@st.composite
def _zips(draw: st.DrawFn) -> bytes:
    """Draw the package with octets of its zip records, or any others, changed."""
    package = make_original().package
    places = [match.start() for match in _RECORDS.finditer(package)]
    return Octets(draw(edited(package, places, _WORDS)))


@FAST
@given(_zips())
def test_zip_records(package: bytes) -> None:
    """Changed headers, directories and compressed data."""
    check_package(package)


@st.composite
def _rearranged(draw: st.DrawFn) -> bytes:
    """Draw the package with whole entries dropped, doubled, renamed, exchanged, added or moved."""
    entries: _Entries = list(make_original().parts.items())
    for _ in range(draw(st.integers(1, 3))):
        _rearrange(draw, entries)
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")  # of names that stand twice, which is what is wanted
        for name, content in entries:
            method = draw(st.sampled_from((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return Octets(stream.getvalue())


def _rearrange(draw: st.DrawFn, entries: _Entries) -> None:
    index, other = (draw(st.integers(0, len(entries) - 1)) for _ in range(2))
    name, content = entries[index]
    kind = draw(st.sampled_from(("drop", "double", "rename", "exchange", "add", "move", "truncate")))
    if kind == "drop" and len(entries) > 1:
        del entries[index]
    elif kind == "double":
        entries.append((name, entries[other][1]))
    elif kind == "rename":
        entries[index] = (draw(st.sampled_from(_names(name))), content)
    elif kind == "exchange":
        entries[index], entries[other] = (name, entries[other][1]), (entries[other][0], content)
    elif kind == "add":
        added = ("xl/new.xml", "docProps/custom.xml", "_xmlsignatures/sig3.xml", "xl/_rels/new.xml.rels")
        entries.insert(index, (draw(st.sampled_from((*added, *_names(name)))), content))
    elif kind == "move":
        entries.insert(other, entries.pop(index))
    else:
        entries[index] = (name, content[: draw(st.integers(0, len(content)))])


def _names(name: str) -> tuple[str, ...]:
    return (
        name.upper(),
        name.replace("x", "%78", 1),
        f"/{name}",
        f"./{name}",
        f"{name}/",
        f"{name}.",
        f"{name}x",
    )


@FAST
@given(_rearranged())
def test_zip_entries(package: bytes) -> None:
    """Entries dropped, doubled, renamed, exchanged, added, moved."""
    check_package(package)


@st.composite
def _with_part(draw: st.DrawFn, names: tuple[str, ...]) -> bytes:
    """Draw the package with one of these parts changed, as a tree or as octets."""
    parts = make_original().parts
    name = draw(st.sampled_from(names))
    strategy = st.one_of(edited_tree(parts[name]), edited(parts[name], words=(b"<!--", b"&#9;", b"xmlns=''")))
    return Octets(build_zip({**parts, name: draw(strategy)}))


@FAST
@given(_with_part((_TYPES,)))
def test_content_types(package: bytes) -> None:
    """The content types item changed."""
    check_package(package)


@FAST
@given(_with_part(("_rels/.rels", "xl/_rels/workbook.xml.rels", "_xmlsignatures/_rels/origin.sigs.rels")))
def test_relationships(package: bytes) -> None:
    """Relationships changed: of the package, the workbook and the signature origin."""
    check_package(package)


@FAST
@given(_with_part(_SIGNATURES))
def test_signatures(package: bytes) -> None:
    """One of the two signatures changed: elements moved, copied, wrapped, other values."""
    check_package(package)


@FAST
@given(
    _with_part(
        ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "docProps/core.xml")
    )
)
def test_content(package: bytes) -> None:
    """The content itself changed, and what no signature covers."""
    check_package(package)


def test_harmless_changes_are_accepted() -> None:
    """Refusing all would keep the invariant too: stored, reordered, with other properties it passes."""
    parts = make_original().parts
    assert check_package(build_zip(parts, stored=True))
    assert check_package(build_zip(dict(reversed(parts.items()))))
    changed = parts["docProps/core.xml"].replace(b"2026-11-22T12", b"2026-11-22T13")
    assert changed != parts["docProps/core.xml"]
    assert check_package(build_zip({**parts, "docProps/core.xml": changed}))
