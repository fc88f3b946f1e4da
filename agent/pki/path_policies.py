"""Certificate policies along a path (RFC 5280 clause 6.1, its policy tree as the graph of RFC 9618 clause 5).

A tree grows exponentially under hostile mappings. The graph does not, and less of it is enough here: each
node of the deepest level remembers from which policies of the first level it descends. What has no descendant
at the end of the path drops out by itself, so nothing is pruned.
"""

from collections.abc import Iterator
from typing import Final

from cryptography import x509

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.pki.der import (
    OBJECT_IDENTIFIER,
    SEQUENCE,
    MalformedDERError,
    parse_element,
    parse_object_identifier,
)
from agent.pki.extensions import find_extension

ANY_POLICY: Final = "2.5.29.32.0"
"""anyPolicy (RFC 5280 clause 4.2.1.4)."""
_MAPPINGS: Final = "2.5.29.33"


@dataclass(frozen=True, slots=True)
class PolicyInputs:
    """What a relying party asks of policies (RFC 5280 clause 6.1.1 (c) and (e) to (g))."""

    acceptable: frozenset[str] = frozenset()
    """user-initial-policy-set, dotted; empty is the special value any-policy."""
    explicit: bool = False
    """initial-explicit-policy: the path must be valid for an acceptable policy."""
    inhibit_mapping: bool = False
    """initial-policy-mapping-inhibit."""
    inhibit_any: bool = False
    """initial-any-policy-inhibit."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A policy that the path is valid for down to the level at hand."""

    expected: frozenset[str]
    """expected_policy_set: what may satisfy the policy in the next certificate."""
    origins: frozenset[str]
    """The policies, in the words of the anchor's domain, that it descends from."""


class PolicyState:
    """The policy variables of clause 6.1.2, carried from the anchor to the end entity."""

    def __init__(self, inputs: PolicyInputs, length: int) -> None:
        """Begin at the anchor of a path of `length` certificates, the anchor not counted."""
        self._inputs = inputs
        self._explicit = 0 if inputs.explicit else length + 1
        self._mapping = 0 if inputs.inhibit_mapping else length + 1
        self._any = 0 if inputs.inhibit_any else length + 1
        self._level = {ANY_POLICY: _Node(frozenset({ANY_POLICY}), frozenset({ANY_POLICY}))}

    def limit(self, issuer: SigningCertificate) -> None:
        """Apply policyConstraints and inhibitAnyPolicy of a CA (clause 6.1.4 (i) and (j)).

        The anchor's count as well, which the clause leaves open: like its path length and its names.
        """
        constraints = find_extension(issuer.library.extensions, x509.PolicyConstraints)
        if constraints is not None:
            self._explicit = _lower(self._explicit, constraints.require_explicit_policy)
            self._mapping = _lower(self._mapping, constraints.inhibit_policy_mapping)
        inhibit = find_extension(issuer.library.extensions, x509.InhibitAnyPolicy)
        self._any = _lower(self._any, None if inhibit is None else inhibit.skip_certs)

    def descend(self, certificate: SigningCertificate, *, is_end_entity: bool) -> Iterator[str]:
        """Process the next certificate below the anchor; list in words what is wrong with it."""
        stated = find_extension(certificate.library.extensions, x509.CertificatePolicies)
        if stated is not None and not certificate.policies:
            yield "its certificatePolicies name none, which is malformed"  # 4.2.1.4: SIZE (1..MAX)
        any_allowed = self._any > 0 or (certificate.is_self_issued and not is_end_entity)
        self._level = _next_level(self._level, certificate.policies, any_allowed=any_allowed)
        if not self._level and not self._explicit:
            yield "the path is valid for no certificate policy, and one is required"  # 6.1.3 (f)
        elif is_end_entity:
            yield from self._wrap_up(certificate)
        if not is_end_entity:
            yield from self._prepare(certificate)

    def _prepare(self, issuer: SigningCertificate) -> Iterator[str]:
        """Prepare for the certificate that the issuer signed (clause 6.1.4 (a), (b), (h) to (j))."""
        try:
            mappings = _read_mappings(issuer)
        except MalformedDERError:
            yield "its policyMappings cannot be read"
            return
        if ANY_POLICY in mappings or any(ANY_POLICY in mapped for mapped in mappings.values()):
            yield "it maps anyPolicy to or from another policy"
        for policy, mapped in mappings.items():
            self._map(policy, mapped)
        if not issuer.is_self_issued:
            self._explicit, self._mapping, self._any = (
                max(0, count - 1) for count in (self._explicit, self._mapping, self._any)
            )
        self.limit(issuer)

    def _map(self, policy: str, mapped: frozenset[str]) -> None:
        """Let other policies stand for one of the level, or, when mapping is inhibited, delete that one."""
        if not self._mapping:
            self._level.pop(policy, None)
        elif policy in self._level:
            self._level[policy] = _Node(mapped, self._level[policy].origins)
        elif ANY_POLICY in self._level:
            self._level[policy] = _Node(mapped, frozenset({policy}))

    def _wrap_up(self, end_entity: SigningCertificate) -> Iterator[str]:
        """Decide at the end of the path (clause 6.1.5 (a), (b) and (g))."""
        constraints = find_extension(end_entity.library.extensions, x509.PolicyConstraints)
        required_here = constraints is not None and constraints.require_explicit_policy == 0
        if self._explicit > 1 and not required_here:
            return
        authorities = frozenset[str]().union(*(node.origins for node in self._level.values()))
        acceptable = self._inputs.acceptable or frozenset({ANY_POLICY})
        if not authorities:
            yield "the path is valid for no certificate policy, and one is required"
        elif ANY_POLICY not in acceptable | authorities and not acceptable & authorities:
            yield "the path is valid for none of the acceptable certificate policies"


def _next_level(level: dict[str, _Node], policies: frozenset[str], *, any_allowed: bool) -> dict[str, _Node]:
    """Find the nodes that a certificate's policies give (clause 6.1.3 (d) and (e)); none without them."""
    expecting: dict[str, frozenset[str]] = {}
    for node in level.values():
        for policy in node.expected:
            expecting[policy] = expecting.get(policy, frozenset()) | node.origins
    found: dict[str, _Node] = {}
    for policy in policies - {ANY_POLICY}:
        if policy in expecting:
            found[policy] = _Node(frozenset({policy}), expecting[policy])
        elif ANY_POLICY in level:
            found[policy] = _Node(frozenset({policy}), frozenset({policy}))
    if ANY_POLICY in policies and any_allowed:
        for policy, origins in expecting.items():
            found.setdefault(policy, _Node(frozenset({policy}), origins))
    return found


def _read_mappings(certificate: SigningCertificate) -> dict[str, frozenset[str]]:
    """Read policyMappings (clause 4.2.1.5) from the octets; raises MalformedDERError."""
    mappings: dict[str, frozenset[str]] = {}
    for extension in certificate.library.extensions:
        value = extension.value
        if extension.oid.dotted_string == _MAPPINGS and isinstance(value, x509.UnrecognizedExtension):
            pairs = parse_element(value.value, SEQUENCE).children()
            for pair in pairs:
                policy, mapped = _read_pair(pair.encoded)
                mappings[policy] = mappings.get(policy, frozenset()) | {mapped}
            if not pairs:
                raise MalformedDERError("policyMappings without a mapping")
    return mappings


def _read_pair(der: bytes) -> tuple[str, str]:
    """Read issuerDomainPolicy and subjectDomainPolicy; raises MalformedDERError."""
    parts = parse_element(der, SEQUENCE).children()
    if [part.tag for part in parts] != [OBJECT_IDENTIFIER, OBJECT_IDENTIFIER]:
        raise MalformedDERError("a policy mapping that is not two policies")
    issuer_domain, subject_domain = (parse_object_identifier(part.contents) for part in parts)
    return issuer_domain, subject_domain


def _lower(count: int, limit: int | None) -> int:
    """Lower a counter to a limit, when there is one."""
    return count if limit is None else min(count, limit)
