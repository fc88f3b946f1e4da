"""What a signature's Manifest lists, held against the package.

Source: ECMA-376 part 2, clauses 10.5.7 to 10.5.9; docs/signature.md, coverage.
"""

from collections.abc import Iterable, Mapping

from agent.formats.package.coverage import Coverage, PartTarget, RelationshipTarget
from agent.formats.package.digests import digest_relationships
from agent.formats.package.findings import (
    CONTENT_TYPE_MISMATCH,
    COUNTERSIGNATURE_INCOMPLETE,
    PART_DIGEST_MISMATCH,
    PART_MISSING,
    PART_UNCOVERED,
    RELATIONSHIP_DIGEST_MISMATCH,
    RELATIONSHIP_MISSING,
    RELATIONSHIP_UNCOVERED,
)
from agent.formats.package.package import Package
from agent.formats.package.profile_objects import ManifestReference
from agent.formats.package.vocabulary import ORIGIN_RELS, TYPE_SIGNATURE
from agent.verdicts import DeclaredFinding, Problem

COVERAGE_CODES = frozenset(
    finding.code
    for finding in (
        PART_MISSING,
        PART_DIGEST_MISMATCH,
        PART_UNCOVERED,
        CONTENT_TYPE_MISMATCH,
        RELATIONSHIP_MISSING,
        RELATIONSHIP_DIGEST_MISMATCH,
        RELATIONSHIP_UNCOVERED,
        COUNTERSIGNATURE_INCOMPLETE,
    )
)
"""Findings about the package that a signature covers; all others are about the signature itself."""


def covered_by(references: Iterable[ManifestReference]) -> Coverage:
    """Build the coverage that the References of a Manifest claim."""
    parts: set[PartTarget] = set()
    relationships: set[RelationshipTarget] = set()
    for reference in references:
        if reference.relationship_ids:
            relationships.update(
                RelationshipTarget(reference.part, identifier) for identifier in reference.relationship_ids
            )
        else:
            parts.add(PartTarget(reference.part))
    return Coverage(frozenset(parts), frozenset(relationships))


def taken_in(package: Package, covered: Coverage) -> tuple[str, ...]:
    """List the signature parts that a Manifest lists: those it must then take in whole."""
    return tuple(
        sorted(
            target.part
            for target in covered.parts
            if target.part in package.entries and package.content_type(target.part) == TYPE_SIGNATURE
        )
    )


def check_manifest(
    package: Package, where: str, references: Iterable[ManifestReference], digests: Mapping[str, bytes]
) -> list[Problem]:
    """Compare each Reference with the package; `digests` are those of the parts as they are."""
    problems = []
    for reference in references:
        found = compare_reference(package, reference, digests)
        if found:
            finding, message = found
            problems.append(finding.at(f"{where} → {reference.part}", message))
    return problems


def compare_reference(
    package: Package, reference: ManifestReference, digests: Mapping[str, bytes]
) -> tuple[DeclaredFinding, str] | None:
    """Compare one Reference with the package: None, or the finding and what is wrong."""
    part = reference.part
    if part not in package.entries:
        return PART_MISSING, f"{part} was signed and is not there any more"
    if package.content_type(part) != reference.content_type:
        return CONTENT_TYPE_MISMATCH, f"{part} was signed as {reference.content_type}"
    if not reference.relationship_ids:
        same = digests[part] == reference.digest
        return None if same else (PART_DIGEST_MISMATCH, f"{part} was changed after it was signed")
    rels = package.rels_parts.get(part)
    present = {relationship.id for relationship in rels.relationships} if rels else set()
    missing = sorted(set(reference.relationship_ids) - present)
    if missing:
        return RELATIONSHIP_MISSING, f"{part} has lost {', '.join(missing)}, which was signed"
    if digest_relationships(package, part, reference.relationship_ids) != reference.digest:
        return RELATIONSHIP_DIGEST_MISMATCH, f"{part} was changed after it was signed"
    return None


def check_closure(where: str, covered: Coverage, required: Coverage) -> list[Problem]:
    """Name what must be covered and is not, a countersigned signature's relationship included."""
    missing = required.without(covered)
    uncovered = [(PART_UNCOVERED, target.part) for target in sorted(missing.parts)]
    for target in sorted(missing.relationships):
        of_origin = target.rels_part == ORIGIN_RELS
        finding = COUNTERSIGNATURE_INCOMPLETE if of_origin else RELATIONSHIP_UNCOVERED
        uncovered.append((finding, f"{target.rels_part}#{target.id}"))
    return [
        finding.at(f"{where} → {place}", f"{place} is not covered by the signature")
        for finding, place in uncovered
    ]
