"""The relationships of a workbook: what each stands for, and which sheet it belongs to."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from agent.formats.package.package import Package
from agent.formats.package.relationships import Relationship
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Link

_SIGNATURES: Final = "/_xmlsignatures/"


def kind_of(relationship: Relationship) -> str:
    """Give the last word of a relationship's type in lower case."""
    return relationship.type.rstrip("/").rpartition("/")[2].lower()


def list_links(
    package: Package, sheets: Collection[str], owners: Mapping[str, str]
) -> Iterator[tuple[str, Link]]:
    """Yield every relationship but those of signatures, with the place it starts from.

    `sheets` are the sheets' own parts, `owners` all parts that belong to one, with its name.
    """
    for rels in package.rels_parts.values():
        source = package.find_part(rels.source) or rels.source
        if source.lower().startswith(_SIGNATURES):
            continue
        for relationship in rels.relationships:
            where = quote_sheet(owners[source]) if source in owners else source
            kind = kind_of(relationship)
            yield where, Link(kind, relationship.external, relationship.target, source in sheets)


def find_owners(package: Package, sheets: Mapping[str, str]) -> dict[str, str]:
    """Find the parts that belong to sheets, the sheets included; what two share is the first one's.

    `sheets` are part names with the sheets' names.
    """
    owners: dict[str, str] = {}
    for sheet_part, name in sheets.items():
        waiting = [sheet_part]
        while waiting:
            part = waiting.pop()
            if part in owners or (part in sheets and part != sheet_part):
                continue
            owners[part] = name
            waiting.extend(
                found
                for relationship in package.relationships(part)
                if not relationship.external and (found := package.find_part(relationship.target_part))
            )
    return owners
