"""Verification of a package's signatures: cryptography and coverage.

The procedure, for each signature part of the origin:

1. parse it against the positive profile (`profile`); a departure ends it;
2. compare the digests of its Objects with SignedInfo's;
3. choose the certificate by the signed SigningCertificate digest and verify the
   SignatureValue over the canonical SignedInfo with it;
4. compare each Reference of the Manifest with the package: part, content type,
   relationships, digest;
5. hold what it covers against what must be covered, and note which other
   signatures it takes in whole (the countersignatures);
6. verify the timestamp, if there is one, by itself, and that it is over the SignatureValue.

What the caller must still do: judge the certificate (path, validity,
revocation), the timestamp's signer, the roles, and the form.

Source: XMLDSig 1.0 clause 3.2; ETSI EN 319 102-1 clause 5.2; ECMA-376 part 2 clause 10.6.
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.errors import DocumentError, IkiError
from agent.formats.findings import CLAIMED_ROLE_WRONG, SIGNING_CERTIFICATE_MISSING, of_value
from agent.formats.package.control_xml import canonicalize
from agent.formats.package.coverage import exempt_names, required_coverage
from agent.formats.package.coverage_check import check_closure, check_manifest, covered_by, taken_in
from agent.formats.package.digests import TapFinder, digest_parts
from agent.formats.package.findings import (
    OBJECT_DIGEST_MISMATCH,
    SIGNING_CERTIFICATE_DISAGREES,
)
from agent.formats.package.package import Package
from agent.formats.package.profile import ParsedSignature, parse_signature
from agent.formats.package.signature_set import find_signature_parts
from agent.formats.package.signature_xml import commitment_of, digest_element
from agent.formats.records import DocumentRecord, SignatureRecord
from agent.pki.algorithms import SIGNATURE_ALGORITHMS, SignatureAlgorithm
from agent.pki.certificate import SigningCertificate
from agent.pki.signatures import verify_digest_signature
from agent.roles import Role
from agent.verdicts import Problem, SubIndication, problem

if TYPE_CHECKING:
    from agent.formats.timestamp.token import TimestampToken

_PROFILE_CLAUSE = "docs/signature.md, profile"


def verify_package(package: Package, find_tap: TapFinder = lambda _: None) -> DocumentRecord:
    """Verify all signatures of a package; what is wrong is in the records, nothing is raised for it.

    `find_tap` finds who wants the octets of a part while they are hashed.

    Raises:
        DocumentError: `zip-data` when a part is damaged.

    """
    parts, problems = find_signature_parts(package)
    octets = {part: package.read_part(part) for part in parts}
    # Of every entry, covered or not: what stays outside of a signature may not hide damaged data either.
    digests = digest_parts(package, package.entries, find_tap)
    records = tuple(_judge(package, part, octets[part], digests) for part in parts)
    return DocumentRecord(records, problems, exempt_names(package))


def _judge(package: Package, part: str, octets: bytes, digests: Mapping[str, bytes]) -> SignatureRecord:
    """Verify one signature part; its tree is gone before the next one is parsed."""
    signature = _parse(package, part, octets)
    if isinstance(signature, ParsedSignature):
        return _verify(package, part, signature, digests)
    return SignatureRecord(part, problems=(signature,))


def _parse(package: Package, part: str, octets: bytes) -> ParsedSignature | Problem:
    try:
        return parse_signature(octets, where=part, limits=package.limits)
    except DocumentError as error:
        return problem(
            error.code, part, error.message, error.clause or _PROFILE_CLAUSE, SubIndication.FORMAT_FAILURE
        )


def _verify(
    package: Package, part: str, signature: ParsedSignature, digests: Mapping[str, bytes]
) -> SignatureRecord:
    covered = covered_by(signature.references)
    countersigns = taken_in(package, covered)
    required = required_coverage(package, countersigned=countersigns)
    certificate = _signing_certificate(signature)
    problems = [
        *_check_objects(part, signature),
        *_check_commitment(part, signature),
        *_check_value(part, signature, certificate),
        *check_manifest(package, part, signature.references, digests),
        *check_closure(part, covered, required),
    ]
    token, remarks = _read_timestamp(part, signature)
    others = dict.fromkeys((*signature.certificates, *signature.unsigned.certificates))
    return SignatureRecord(
        part=part,
        claimed_role=signature.properties.claimed_role,
        certificate=certificate,
        issuers=tuple(item for item in others if item != certificate),
        claimed_time=signature.claimed_time,
        algorithm=signature.algorithm_name,
        value=signature.signature_value,
        comments=signature.comments,
        covers=covered.names(),
        uncovered=required.without(covered).names(),
        countersigns=countersigns,
        timestamp=token,
        crls=signature.unsigned.crls,
        problems=(*problems, *remarks),
    )


def _read_timestamp(
    part: str, signature: ParsedSignature
) -> tuple["TimestampToken | None", tuple[Problem, ...]]:
    if not signature.unsigned.timestamp:
        return None, ()
    # Whoever has no timestamps starts without their reader.
    from agent.formats.timestamp.reading import read_timestamp  # noqa: PLC0415

    return read_timestamp(part, signature.unsigned.timestamp, signature.timestamped)


def _check_objects(part: str, signature: ParsedSignature) -> list[Problem]:
    return [
        OBJECT_DIGEST_MISMATCH.at(f"{part}#{identifier}", f"{identifier} is not what was signed")
        for identifier, element, digest in signature.object_digests
        if digest_element(element) != digest
    ]


def _check_commitment(part: str, signature: ParsedSignature) -> list[Problem]:
    """The commitment must be the one of the claimed role; an unknown role has none."""
    properties = signature.properties
    if properties.claimed_role in Role.__members__.values():
        role = Role(properties.claimed_role)
        if properties.commitment == commitment_of(countersigns=role.countersigns):
            return []
    message = f"the claimed role {properties.claimed_role[:80]!r} does not go with the commitment made"
    return [CLAIMED_ROLE_WRONG.at(part, message)]


def _signing_certificate(signature: ParsedSignature) -> SigningCertificate | None:
    """Choose by the signed digest, never by position: KeyInfo itself is not signed."""
    for certificate in signature.certificates:
        if certificate.sha256 == signature.properties.certificate_sha256:
            return certificate
    return None


def _check_value(
    part: str, signature: ParsedSignature, certificate: SigningCertificate | None
) -> list[Problem]:
    if certificate is None:
        message = "the certificate that the signature names is not in it"
        return [SIGNING_CERTIFICATE_MISSING.at(part, message)]
    properties = signature.properties
    if (certificate.issuer, certificate.serial) != (properties.issuer_name, properties.serial):
        message = "the signature names another issuer or serial number than its certificate has"
        return [SIGNING_CERTIFICATE_DISAGREES.at(part, message)]
    algorithm = SIGNATURE_ALGORITHMS[signature.algorithm_name]
    digest = digest_signed_info(canonicalize(signature.signed_info), algorithm)
    try:
        verify_digest_signature(certificate.spki_der, algorithm, digest, signature.signature_value)
    except IkiError as error:
        return [of_value(error.code).at(part, error.message)]
    return []


def digest_signed_info(signed_info: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """Hash canonical SignedInfo with the algorithm's hash: what the key signs."""
    return hashlib.new(algorithm.hash_name, signed_info).digest()
