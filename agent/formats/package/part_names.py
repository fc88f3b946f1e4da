"""Part names: what a zip item may be called, and where a relationship's target points.

Source: ECMA-376 part 2, clauses 6.2.2 (part names), 6.4 (relative references), annex A.
"""

import posixpath
import re
import string
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from agent.formats.package.findings import (
    PART_NAME_DUPLICATE,
    PART_NAME_INVALID,
    RELATIONSHIP_TARGET,
)

_PIECE = re.compile(r"\[\d+\](\.last)?\.piece\Z", re.IGNORECASE)
_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
_MAX_NAME = 255
"""Characters, as many as Windows takes; each name is compared and reported many times."""
_FORBIDDEN_IN_TARGET = re.compile(r"[\x00-\x20\x7f\\]")
_FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f\\?#<>\"{}|^`\[\]]|%(?![0-9A-Fa-f]{2})|%2[Ff]|%5[Cc]|%00"
    # percent-encoded letters, digits and -._~, which some readers decode (ECMA-376-2 6.2.2.2)
    r"|%(?:2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])"
)


def check_part_name(name: str) -> None:
    """Check a part name such as `/xl/workbook.xml`.

    Raises:
        DocumentError: `part-name-invalid`.

    """
    decoded = unquote(name)
    bad = (
        not name.startswith("/")
        or len(name) > _MAX_NAME
        or _FORBIDDEN.search(name)
        or _PIECE.search(name)
        or "//" in decoded  # a segment that is empty, and below: one that ends with a full stop
        or "./" in decoded
        or decoded.endswith(("/", "."))
    )
    if bad:
        raise PART_NAME_INVALID.error(
            f"the zip entry {name[1:]!r} is not a part a reader would agree on",
            hint="open the workbook in Excel or LibreOffice and save it again, then sign",
        )


def fold(name: str) -> str:
    """Fold a part name to what OPC compares (6.2.2.3): percent-decoded, letters of ASCII without case."""
    decoded = unquote(name) if "%" in name else name  # asked hundreds of times of one package
    return decoded.lower() if decoded.isascii() else decoded.translate(_LOWER)


def _fold_widely(name: str) -> str:
    """Fold a part name to what some reader or file system might compare: all cases and forms of Unicode."""
    decoded = unquote(name)
    if decoded.isascii():
        return decoded.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", decoded).casefold())


def check_unique(names: Iterable[str]) -> None:
    """Check that no two part names are equivalent, and none lies below another.

    Raises:
        DocumentError: `part-name-duplicate`.

    """
    seen: dict[str, str] = {}
    for name in names:
        key = _fold_widely(name)
        if key in seen:
            raise PART_NAME_DUPLICATE.error(f"two zip entries are one part: {seen[key]} and {name}")
        seen[key] = name
    # Sorted by segments (no name holds NUL), what lies below a part follows it at once.
    for above, below in pairwise(sorted(seen, key=lambda key: key.replace("/", "\0"))):
        if below.startswith(f"{above}/"):
            raise PART_NAME_DUPLICATE.error(f"{seen[below]} lies below the part {seen[above]}")


def rels_part_of(part: str) -> str:
    """Name the part that holds the relationships of `part`; the package itself is `/`."""
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def source_of_rels(rels_part: str) -> str:
    """Name the part whose relationships `rels_part` holds; the package itself is `/`."""
    folder, _, name = rels_part.rpartition("/")
    return f"{folder.rpartition('/')[0]}/{name.removesuffix('.rels')}"


def is_rels_part(part: str) -> bool:
    """Tell whether a part name is that of a relationships part."""
    folder, _, name = part.lower().rpartition("/")
    return name.endswith(".rels") and folder.rpartition("/")[2] == "_rels"


def resolve_target(source: str, target: str) -> str:
    """Resolve an internal target against its source part; a bare fragment points at the source.

    Raises:
        DocumentError: `relationship-target` when it is no part name inside the package.

    """
    try:
        split = urlsplit(target)
    except ValueError as error:
        raise RELATIONSHIP_TARGET.error(f"a target of {source} is not a reference: {target!r}") from error
    if _FORBIDDEN_IN_TARGET.search(target.partition("#")[0]):
        raise RELATIONSHIP_TARGET.error(f"an internal target of {source} has a space in it: {target!r}")
    if split.scheme or split.netloc or split.query:
        raise RELATIONSHIP_TARGET.error(
            f"an internal target of {source} points outside the package: {target!r}"
        )
    if not split.path:
        return source
    path = posixpath.join(posixpath.dirname(source), split.path)
    # LibreOffice writes ../customXml/item1.xml in the root .rels: RFC 3986 5.2.4 stops at the root
    return "/" + posixpath.normpath(path).lstrip("/")
