"""Places: every part and relationship of a package, and what each signature says of it.

A signature whose own value or structure is broken vouches for nothing: what its
Manifest lists is then only claimed.

Source: ECMA-376 part 2, clause 10.5; docs/signature.md, coverage.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.findings import Level
from agent.formats.package.coverage import (
    Coverage,
    PartTarget,
    RelationshipTarget,
    has_relationships,
    required_coverage,
)
from agent.formats.package.coverage_check import (
    COVERAGE_CODES,
    compare_reference,
    covered_by,
    taken_in,
)
from agent.formats.package.digests import digest_parts
from agent.formats.package.package import Package
from agent.formats.package.profile import parse_signature
from agent.formats.package.profile_objects import ManifestReference
from agent.formats.package.relationships import Relationship
from agent.formats.package.vocabulary import REL_ORIGIN, SIGNATURE_FOLDER
from agent.formats.records import SignatureRecord


class PlaceState(StrEnum):
    """What one signature says of one place, the worst first."""

    CHANGED = "changed"
    """Signed, and not what was signed any more."""
    MISSING = "missing"
    """Signed, and not there any more."""
    UNCOVERED = "uncovered"
    """Not signed, though it should be."""
    CLAIMED = "claimed"
    """Listed and the same, by a signature that is itself broken: vouched for by nobody."""
    BY_RULE = "by-rule"
    """Not signed, and need not be."""
    COVERED = "covered"
    """Signed, and as it was signed."""


class PlaceRule(StrEnum):
    """By which rule a place may stay outside of a signature (docs/signature.md, coverage)."""

    PROPERTIES = "document-properties"
    SIGNATURES = "signatures"


@dataclass(frozen=True, slots=True)
class Place:
    """One part, or one relationship, which may be gone."""

    name: str
    """The part's name; of a relationship its `.rels` part's, `#` and its Id."""
    target: str
    """Where a relationship leads: a part, or as written when external; empty for a part."""
    target_part: str
    """The part that a relationship leads to; empty for a part, or when external."""
    rule: PlaceRule | None
    """By which rule at least one signature leaves it out."""
    states: tuple[PlaceState, ...]
    """One for each signature, in their order."""
    is_relationship: bool


def is_intact(record: SignatureRecord) -> bool:
    """Tell whether the signature itself is right: structure, value, certificate, its own Objects.

    Findings about what it covers do not count. A code that is not known here counts against it.
    """
    return not any(
        item.finding.level is Level.REFUSE and item.finding.code not in COVERAGE_CODES
        for item in record.problems
    )


def is_whole(record: SignatureRecord) -> bool:
    """Tell whether the signature is right and all that it must cover is as it was signed."""
    return not any(item.finding.level is Level.REFUSE for item in record.problems)


def list_places(package: Package, records: Sequence[SignatureRecord]) -> tuple[Place, ...]:
    """List all parts and relationships, those that are gone too, parts first, each group by name.

    Raises:
        DocumentError: `zip-data` when a part is damaged.

    """
    digests = digest_parts(package, package.entries)
    views = [_view(package, record, digests) for record in records]
    parts = {target for view in views for target in view.seen.parts}
    relationships = {target for view in views for target in view.seen.relationships}
    parts.update(PartTarget(name) for name in package.entries if not has_relationships(package, name))
    present = {
        RelationshipTarget(rels.name, item.id): item
        for rels in package.rels_parts.values()
        for item in rels.relationships
    }
    return (
        *(_part_place(target, views) for target in sorted(parts)),
        *(
            _relationship_place(package, target, present.get(target), views)
            for target in sorted(relationships | present.keys())
        ),
    )


@dataclass(frozen=True, slots=True)
class _View:
    """One signature's view of the package."""

    seen: Coverage
    """What its Manifest lists."""
    states: Mapping[PartTarget | RelationshipTarget, PlaceState]
    required: Coverage

    def state(self, target: PartTarget | RelationshipTarget) -> PlaceState:
        """Say what this signature says of a place."""
        if target in self.states:
            return self.states[target]
        needed = target in self.required.parts or target in self.required.relationships
        return PlaceState.UNCOVERED if needed else PlaceState.BY_RULE


def _view(package: Package, record: SignatureRecord, digests: Mapping[str, bytes]) -> _View:
    references = _references(package, record)
    covered = covered_by(references)
    good = PlaceState.COVERED if is_intact(record) else PlaceState.CLAIMED
    states: dict[PartTarget | RelationshipTarget, PlaceState] = {}
    for reference in references:
        states.update(_states_of(package, reference, digests, good))
    required = required_coverage(package, countersigned=taken_in(package, covered))
    return _View(covered, states, required)


def _references(package: Package, record: SignatureRecord) -> tuple[ManifestReference, ...]:
    """Read the Manifest; a signature part that is not of the profile lists nothing."""
    try:
        return parse_signature(
            package.read_part(record.part), where=record.part, limits=package.limits
        ).references
    except DocumentError:
        return ()


def _states_of(
    package: Package, reference: ManifestReference, digests: Mapping[str, bytes], good: PlaceState
) -> dict[PartTarget | RelationshipTarget, PlaceState]:
    state = PlaceState.CHANGED if compare_reference(package, reference, digests) else good
    if not reference.relationship_ids:
        gone = reference.part not in package.entries
        return {PartTarget(reference.part): PlaceState.MISSING if gone else state}
    rels = package.rels_parts.get(reference.part)
    present = {item.id for item in rels.relationships} if rels else set()
    return {
        RelationshipTarget(reference.part, identifier): state if identifier in present else PlaceState.MISSING
        for identifier in reference.relationship_ids
    }


def _part_place(target: PartTarget, views: Sequence[_View]) -> Place:
    states = tuple(view.state(target) for view in views)
    return Place(target.part, "", "", _rule(states, signatures=_is_of_signatures(target.part)), states, False)


def _relationship_place(
    package: Package, target: RelationshipTarget, found: Relationship | None, views: Sequence[_View]
) -> Place:
    """Describe a relationship; `found` is None when it is gone."""
    states = tuple(view.state(target) for view in views)
    of_signatures = _is_of_signatures(target.rels_part) or (found is not None and found.type == REL_ORIGIN)
    inside = found is not None and not found.external
    return Place(
        f"{target.rels_part}#{target.id}",
        "" if found is None else found.target_part if inside else found.target,
        (package.find_part(found.target_part) or "") if found and inside else "",
        _rule(states, signatures=of_signatures),
        states,
        True,
    )


def _rule(states: Sequence[PlaceState], *, signatures: bool) -> PlaceRule | None:
    if PlaceState.BY_RULE not in states:
        return None
    return PlaceRule.SIGNATURES if signatures else PlaceRule.PROPERTIES


def _is_of_signatures(name: str) -> bool:
    return name.casefold().startswith(SIGNATURE_FOLDER)


def list_faults(
    places: Sequence[Place], parts: Collection[str], index: int
) -> tuple[tuple[Place, PlaceState], ...]:
    """List what keeps the `index`th signature from vouching for these parts and the ways to them.

    Empty when each of the parts and every relationship that leads to one is covered and as it was signed.
    """
    return tuple(
        (place, place.states[index])
        for place in places
        if (place.target_part if place.is_relationship else place.name) in parts
        and place.states[index] is not PlaceState.COVERED
    )
