"""Verification of a detached CMS: cryptography, for each signerInfo and each countersignature.

The procedure, for each signerInfo:

1. parse it against the positive profile (`signed_data`, `attributes`); a departure ends it;
2. compare its message-digest with the file's digest, its content-type with SignedData's;
3. choose the certificate by the signed signing-certificate-v2 digest; `sid` must agree with it;
4. verify the signature value over the DER of the signed attributes;
5. do the same for each countersignature, whose message-digest is that of the signature's value;
6. verify the timestamp, if there is one, by itself, and that it is over the signature's value.

What the caller must still do: judge the certificate, the timestamp's signer, the roles, and the form. That a
countersignature was there and is no more cannot be seen: it is an unsigned attribute.

Source: RFC 5652 clauses 5.4, 5.6 and 11.4; ETSI EN 319 102-1 clause 5.2.
"""

import hashlib
from collections.abc import Iterator, Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING

from agent.errors import DocumentError, IkiError
from agent.formats.cms.attributes import (
    COUNTERSIGNATURE_PROFILE,
    SIGNATURE,
    AttributeProfile,
    SignedAttributes,
    parse_signed_attributes,
)
from agent.formats.cms.build import commitment_of
from agent.formats.cms.ess import find_signing_certificate
from agent.formats.cms.findings import (
    CMS_ALGORITHM_DISAGREEMENT,
    CMS_ATTRIBUTE_DUPLICATE,
    CMS_ATTRIBUTE_NOT_JUDGED,
    CMS_ATTRIBUTE_UNKNOWN,
    CMS_CONTENT_ENCAPSULATED,
    CMS_CONTENT_TYPE,
    MESSAGE_DIGEST_MISMATCH,
)
from agent.formats.cms.signed_data import MAX_SIGNATURES, SignedData, Signer, parse_signer_info
from agent.formats.cms.vocabulary import (
    CERTIFICATE_VALUES,
    COUNTERSIGNATURE,
    DIGESTS,
    ID_DATA,
    REVOCATION_VALUES,
    SIGNATURE_TIMESTAMP,
)
from agent.formats.findings import CLAIMED_ROLE_WRONG, LIMIT_SIGNATURES, SIGNING_CERTIFICATE_MISSING, of_value
from agent.formats.records import DocumentRecord, SignatureRecord
from agent.pki.certificate import SigningCertificate
from agent.pki.signatures import coordinate_length, der_to_raw, verify_digest_signature
from agent.roles import Role
from agent.verdicts import Problem, SubIndication, problem

if TYPE_CHECKING:
    from agent.formats.timestamp.token import TimestampToken

CONTENT = "content"
"""What a signature covers: the file, whole."""
_PROFILE_CLAUSE = "docs/signature.md, detached CMS"
_NOT_JUDGED = (CERTIFICATE_VALUES, REVOCATION_VALUES)


def list_hashes(signed_data: SignedData) -> frozenset[str]:
    """List the hashes of the file that the signatures ask for."""
    return frozenset(
        DIGESTS[item.identifier] for item in signed_data.digest_algorithms if item.identifier in DIGESTS
    )


def verify_signed_data(signed_data: SignedData, content_digests: Mapping[str, bytes]) -> DocumentRecord:
    """Verify all signatures; what is wrong is in the records, nothing is raised for it.

    `content_digests` are those of the file, for each of `list_hashes`.
    """
    records: list[SignatureRecord] = []
    used: set[bytes] = set()
    for index, element in enumerate(signed_data.signer_infos):
        if len(records) >= MAX_SIGNATURES:
            # Each one costs its judge a search for a path: what is left is not looked at, and not accepted.
            message = f"there are more than {MAX_SIGNATURES} signatures"
            problem_of_set = LIMIT_SIGNATURES.at("SignedData", message)
            return DocumentRecord(tuple(records), (problem_of_set,))
        part = f"signerInfo[{index}]"
        try:
            signer = parse_signer_info(element)
        except DocumentError as error:
            records.append(SignatureRecord(part, problems=(_departure(part, error),)))
            continue
        used.add(signer.digest_algorithm.encoded)
        digest = content_digests.get(signer.hash_name, b"")
        records.append(_verify(part, signer, signed_data, digest, countersigned=""))
        records.extend(_verify_countersignatures(part, signer, signed_data))
    return DocumentRecord(tuple(records), tuple(_check_container(signed_data, used, records)))


def _check_container(
    signed_data: SignedData, used: set[bytes], records: list[SignatureRecord]
) -> Iterator[Problem]:
    if signed_data.content_type != ID_DATA:
        yield CMS_CONTENT_TYPE.at(
            "SignedData", f"what is signed is {signed_data.content_type}, not plain data"
        )
    if signed_data.content is not None:
        yield CMS_CONTENT_ENCAPSULATED.at(
            "SignedData",
            "the content is inside of the signature, and must be the file beside it",
        )
    # Parameters and all: what stands there besides would be neither signed nor looked at.
    listed = {item.encoded for item in signed_data.digest_algorithms}
    # A signerInfo that could not be read may have named its own; it has failed already.
    if used != listed and not (used < listed and any(not record.algorithm for record in records)):
        yield CMS_ALGORITHM_DISAGREEMENT.at(
            "SignedData",
            "digestAlgorithms does not list the digest algorithms of the signatures",
        )


def _verify_countersignatures(
    parent: str, signer: Signer, signed_data: SignedData
) -> Iterator[SignatureRecord]:
    for index, element in enumerate(signer.unsigned.get(COUNTERSIGNATURE, ())):
        part = f"{parent}/countersignature[{index}]"
        try:
            countersigner = parse_signer_info(element)
        except DocumentError as error:
            yield SignatureRecord(part, problems=(_departure(part, error),))
            continue
        digest = hashlib.new(countersigner.hash_name, signer.signature).digest()
        yield _verify(part, countersigner, signed_data, digest, countersigned=parent)


def _verify(
    part: str, signer: Signer, signed_data: SignedData, digest: bytes, *, countersigned: str
) -> SignatureRecord:
    """Verify one signature; `countersigned` is the part whose value it is over, empty for the content."""
    attributes, certificate = SignedAttributes(), None
    problems: list[Problem] = []
    try:
        attributes = parse_signed_attributes(signer, _profile_of(countersigned))
        problems += _check_digest(part, attributes, digest)
        certificate = _find_certificate(attributes, signer, signed_data)
        problems += _check_value(part, signer, certificate)
    except DocumentError as error:
        problems.append(_departure(part, error))
    problems += _check_content_type(part, attributes, signed_data, countersigned)
    problems += _check_commitment(part, attributes)
    problems += _check_unsigned(part, signer, countersigned)
    token, remarks = _read_timestamp(part, signer)
    return SignatureRecord(
        part=part,
        claimed_role=attributes.claimed_role,
        certificate=certificate,
        issuers=tuple(item for item in signed_data.certificates if item != certificate),
        claimed_time=attributes.signing_time,
        algorithm=signer.algorithm.name,
        value=signer.signature,
        covers=(f"{countersigned}/signature",) if countersigned else (CONTENT,),
        countersigns=(countersigned,) if countersigned else (),
        timestamp=token,
        crls=signed_data.crls,
        problems=(*problems, *remarks),
    )


def _read_timestamp(part: str, signer: Signer) -> tuple["TimestampToken | None", tuple[Problem, ...]]:
    """Read the timestamp of the value, of which there may be one."""
    values = signer.unsigned.get(SIGNATURE_TIMESTAMP, ())
    if not values:
        return None, ()
    if len(values) > 1:
        return None, (CMS_ATTRIBUTE_DUPLICATE.at(part, "there are two timestamps of one signature"),)
    # Whoever has no timestamps starts without their reader.
    from agent.formats.timestamp.reading import read_timestamp  # noqa: PLC0415

    return read_timestamp(part, values[0].encoded, signer.signature)


def _profile_of(countersigned: str) -> AttributeProfile:
    return COUNTERSIGNATURE_PROFILE if countersigned else SIGNATURE


def _check_digest(part: str, attributes: SignedAttributes, digest: bytes) -> list[Problem]:
    if compare_digest(attributes.message_digest, digest):
        return []
    return [MESSAGE_DIGEST_MISMATCH.at(part, "what is signed is not what was signed")]


def _find_certificate(
    attributes: SignedAttributes, signer: Signer, signed_data: SignedData
) -> SigningCertificate | None:
    named = attributes.signing_certificate
    return find_signing_certificate(named, signer.sid, signed_data.certificates) if named else None


def _check_value(part: str, signer: Signer, certificate: SigningCertificate | None) -> list[Problem]:
    if certificate is None:
        message = "the certificate that the signature names is not in it"
        return [SIGNING_CERTIFICATE_MISSING.at(part, message)]
    digest = hashlib.new(signer.hash_name, signer.signed_octets).digest()
    value = signer.signature
    try:
        if signer.algorithm.family == "ecdsa":
            value = der_to_raw(value, coordinate_length(certificate.spki_der))
        verify_digest_signature(certificate.spki_der, signer.algorithm, digest, value)
    except IkiError as error:
        return [of_value(error.code).at(part, error.message)]
    return []


def _check_content_type(
    part: str, attributes: SignedAttributes, signed_data: SignedData, countersigned: str
) -> list[Problem]:
    if countersigned or attributes.content_type in {"", signed_data.content_type}:
        return []
    return [CMS_CONTENT_TYPE.at(part, "its content-type is not that of SignedData")]


def _check_commitment(part: str, attributes: SignedAttributes) -> list[Problem]:
    """A commitment must be the one of the claimed role; a role must be one that there is."""
    role, commitment = attributes.claimed_role, attributes.commitment
    known = role in Role.__members__.values()
    expected = {"", commitment_of(Role(role))} if known else {""}
    if (known or not role) and commitment in expected:
        return []
    message = f"the claimed role {role!r} does not go with the commitment made"
    return [CLAIMED_ROLE_WRONG.at(part, message)]


def _check_unsigned(part: str, signer: Signer, countersigned: str) -> Iterator[Problem]:
    allowed = {SIGNATURE_TIMESTAMP, *_NOT_JUDGED, *(() if countersigned else (COUNTERSIGNATURE,))}
    for kind in sorted(set(signer.unsigned) - allowed):
        yield CMS_ATTRIBUTE_UNKNOWN.at(part, f"the unsigned attribute {kind} may not stand here")
    for kind in sorted(set(signer.unsigned).intersection(_NOT_JUDGED)):
        yield CMS_ATTRIBUTE_NOT_JUDGED.at(part, f"the unsigned attribute {kind} was not looked at")


def _departure(part: str, error: DocumentError) -> Problem:
    clause = error.clause or _PROFILE_CLAUSE
    return problem(error.code, part, error.message, clause, SubIndication.FORMAT_FAILURE)
