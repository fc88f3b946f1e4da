"""The set of signature parts: one origin, empty, and nothing near it but its signatures.

Source: ECMA-376 part 2, clause 10.4 (origin part, signature parts).
"""

import re

from agent.formats.findings import LIMIT_SIGNATURES
from agent.formats.package.findings import (
    ORIGIN_DUPLICATE,
    ORIGIN_MALFORMED,
    ORIGIN_RELATIONSHIP,
    SIGNATURE_STRAY,
)
from agent.formats.package.package import Package
from agent.formats.package.relationships import Relationship
from agent.formats.package.vocabulary import (
    ORIGIN_PART,
    ORIGIN_RELS,
    REL_ORIGIN,
    REL_SIGNATURE,
    SIGNATURE_FOLDER,
    TYPE_ORIGIN,
    TYPE_SIGNATURE,
)
from agent.verdicts import Problem

_MAX_SIGNATURES = 4
"""More than the two a submission carries; each one costs a pass over the package's relationships."""
_SIGNATURE_PART = re.compile(r"/_xmlsignatures/sig[1-9][0-9]{0,3}\.xml")


def find_signature_parts(package: Package) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """List the signature parts in the order of their relationships, and what is wrong with the set."""
    origins = [relationship for relationship in package.relationships("/") if relationship.type == REL_ORIGIN]
    parts: tuple[str, ...] = ()
    problems: list[Problem] = []
    if len(origins) > 1:
        problems.append(ORIGIN_DUPLICATE.at("/_rels/.rels", "the package has several signature origins"))
    if origins:
        problems.extend(_check_origin(package, origins[0]))
        targets = [_signature_part(package, item) for item in package.relationships(ORIGIN_PART)]
        parts = tuple(dict.fromkeys(target for target in targets if target))
        if len(parts) != len(targets):
            problems.append(
                ORIGIN_RELATIONSHIP.at(ORIGIN_RELS, "the origin points at something that is no signature")
            )
    if len(parts) > _MAX_SIGNATURES:
        problems.append(LIMIT_SIGNATURES.at(ORIGIN_PART, f"the package has {len(parts)} signatures"))
        parts = parts[:_MAX_SIGNATURES]
    problems.extend(_check_strays(package, {ORIGIN_PART, ORIGIN_RELS, *parts} if origins else set()))
    return parts, tuple(problems)


def _check_origin(package: Package, origin: Relationship) -> list[Problem]:
    well_formed = (
        not origin.external
        and origin.leads_plainly_to(ORIGIN_PART)
        and ORIGIN_PART in package.entries
        and package.content_type(ORIGIN_PART) == TYPE_ORIGIN
        and package.entries[ORIGIN_PART].central.size == 0
    )
    if well_formed:
        return []
    return [ORIGIN_MALFORMED.at(ORIGIN_PART, "the signature origin is not the one empty part it must be")]


def _signature_part(package: Package, relationship: Relationship) -> str | None:
    part = None if relationship.external else package.find_part(relationship.target_part)
    if (
        part is None
        or not relationship.leads_plainly_to(part)
        or relationship.type != REL_SIGNATURE
        or not _SIGNATURE_PART.fullmatch(part)
    ):
        return None
    return part if package.content_type(part) == TYPE_SIGNATURE else None


def _check_strays(package: Package, known: set[str]) -> list[Problem]:
    """Anything that a reader might take for a signature, or that hides beside one."""
    strays = [
        SIGNATURE_STRAY.at(part, f"{part} is no part of the package's signatures")
        for part in package.entries
        if part not in known
        and (
            part.casefold().startswith(SIGNATURE_FOLDER)
            or package.content_type(part) in (TYPE_ORIGIN, TYPE_SIGNATURE)
        )
    ]
    for rels in package.rels_parts.values():
        strays.extend(
            SIGNATURE_STRAY.at(
                rels.name,
                f"the relationship {item.id} leads to a signature from elsewhere",
            )
            for item in rels.relationships
            if (item.type == REL_ORIGIN and rels.source != "/")
            or (item.type == REL_SIGNATURE and rels.name != ORIGIN_RELS)
        )
    return strays
