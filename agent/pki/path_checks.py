"""What makes a chain of certificates a valid certification path (RFC 5280 clause 6.1).

One pass from the anchor to the end entity. Constraints are obeyed whether or not their extension is
critical: RFC 5280 asks CAs to mark them so, and NIST's PKITS has some that are not.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from agent.instants import format_instant
from agent.pki.algorithms import key_weakness
from agent.pki.certificate import SigningCertificate
from agent.pki.extensions import ANY_PURPOSE
from agent.pki.name_constraints import NameSubtrees
from agent.pki.path_policies import PolicyInputs, PolicyState
from agent.pki.signed import signature_hash

ALLOWED_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
"""Hashes under a certificate's or CRL's signature; SHA-1 and MD5 are out."""

_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
# Processed here, in the policy rules, in the revocation check, or harmless by definition of the clause.
_UNDERSTOOD: Final = frozenset(
    {
        "2.5.29.14",  # subjectKeyIdentifier
        "2.5.29.15",  # keyUsage
        "2.5.29.16",  # privateKeyUsagePeriod
        "2.5.29.17",  # subjectAltName
        "2.5.29.18",  # issuerAltName
        "2.5.29.19",  # basicConstraints
        "2.5.29.31",  # cRLDistributionPoints
        "2.5.29.32",  # certificatePolicies
        "2.5.29.35",  # authorityKeyIdentifier
        "2.5.29.36",  # policyConstraints
        _EXTENDED_KEY_USAGE,
    }
)
# nameConstraints, policyMappings, inhibitAnyPolicy: of CAs only
_UNDERSTOOD_OF_ISSUERS: Final = _UNDERSTOOD | {"2.5.29.30", "2.5.29.33", "2.5.29.54"}


def list_path_problems(
    chain: tuple[SigningCertificate, ...], at: datetime, purposes: frozenset[str], policies: PolicyInputs
) -> tuple[str, ...]:
    """List in words what is wrong with a chain (end entity first, anchor last) at an instant; none is valid.

    Signatures are verified where the chain is built; their strength is judged here.
    """
    return tuple(
        f"{certificate.subject}: {problem}"
        for certificate, problem in (*_problems(chain, at, purposes), *_policy_problems(chain, policies))
    )


def _problems(
    chain: tuple[SigningCertificate, ...], at: datetime, purposes: frozenset[str]
) -> Iterator[tuple[SigningCertificate, str]]:
    """Walk from the anchor to the end entity."""
    subtrees = NameSubtrees()
    room: int | None = None  # max_path_length of clause 6.1.2 (k); None is no limit
    for depth in range(len(chain) - 1, -1, -1):
        certificate, is_end_entity, is_anchor = chain[depth], depth == 0, depth == len(chain) - 1
        for problem in _own_problems(certificate, at, purposes, is_end_entity=is_end_entity):
            yield certificate, problem
        if not is_anchor and (weakness := _signature_problem(certificate)):
            yield certificate, weakness
        if not is_anchor and (is_end_entity or not certificate.is_self_issued):
            # Clauses 6.1.3 (b), (c) and 6.1.4 (l): self-issued intermediates are exempt.
            if not is_end_entity and room is not None and room <= 0:
                yield certificate, "more CA certificates than a pathLenConstraint above it allows"
            if room is not None and not is_end_entity:
                room -= 1
            if misnamed := subtrees.problem(certificate):
                yield certificate, misnamed
        if certificate.path_length is not None:
            room = certificate.path_length if room is None else min(room, certificate.path_length)
        subtrees.constrain(certificate)


def _policy_problems(
    chain: tuple[SigningCertificate, ...], inputs: PolicyInputs
) -> Iterator[tuple[SigningCertificate, str]]:
    """Walk from the anchor to the end entity with the policies."""
    *issued, anchor = chain
    state = PolicyState(inputs, len(issued))
    state.limit(anchor)
    for certificate in reversed(issued):
        for problem in state.descend(certificate, is_end_entity=certificate is issued[0]):
            yield certificate, problem


def _own_problems(
    certificate: SigningCertificate, at: datetime, purposes: frozenset[str], *, is_end_entity: bool
) -> Iterator[str]:
    """List what is wrong with one certificate in its place, whatever stands above it."""
    if at < certificate.not_before:
        yield f"not valid before {format_instant(certificate.not_before)}, judged at {format_instant(at)}"
    if at > certificate.not_after:
        yield f"not valid after {format_instant(certificate.not_after)}, judged at {format_instant(at)}"
    if not is_end_entity:
        yield from _issuer_problems(certificate)
    # A CA may be the last on a path as well: as the signer of a CRL.
    understood = _UNDERSTOOD_OF_ISSUERS if certificate.is_ca or not is_end_entity else _UNDERSTOOD
    for extension in certificate.library.extensions:
        oid = extension.oid.dotted_string
        if extension.critical and oid not in understood:
            yield f"critical extension {oid} is not understood"
        elif oid == _EXTENDED_KEY_USAGE and not _serves(certificate, purposes, critical=extension.critical):
            yield "extended key usage does not include the purpose at hand"


def _issuer_problems(certificate: SigningCertificate) -> Iterator[str]:
    """List why a certificate may not issue (clause 6.1.4 (k) and (n))."""
    if not certificate.is_ca:
        yield "not a CA certificate by its basicConstraints"
    if certificate.key_usage is not None and "keyCertSign" not in certificate.key_usage:
        yield "its keyUsage lacks keyCertSign"
    if weakness := key_weakness(certificate.spki_der):
        yield weakness


def _serves(certificate: SigningCertificate, purposes: frozenset[str], *, critical: bool) -> bool:
    """Tell whether an extended key usage lets the certificate serve (clause 4.2.1.12).

    Which purposes IKI certificates carry is not published: with none configured, a critical one that this
    program cannot tie to its use is refused like any critical extension not processed; others pass.
    """
    usage = certificate.extended_key_usage or frozenset()
    if ANY_PURPOSE in usage or usage & purposes:
        return True
    return not purposes and not critical


def _signature_problem(certificate: SigningCertificate) -> str:
    """Say why the signature on a certificate is too weak; empty when it is not."""
    name = signature_hash(certificate.library)
    return "" if name in ALLOWED_HASHES else f"signed with the hash {name or 'unknown'}, which is not allowed"
