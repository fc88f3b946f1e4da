"""Signing and countersigning in detached CMS: everything but the key's own operation.

`prepare_signature` and `prepare_countersignature` are pure and complete: the digest they return is all that
the key will sign, and `finish` adds nothing that is signed.

Source: RFC 5652 clauses 5.4 and 11.4; ETSI EN 319 122-1 clause 6.3.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from agent.dataclass import dataclass
from agent.formats.cms.algorithms import build_digest_algorithm
from agent.formats.cms.build import (
    Attributes,
    SignerFields,
    build_attributes,
    build_signed_attributes,
    build_signed_data,
)
from agent.formats.cms.findings import CMS_STRUCTURE
from agent.formats.cms.signed_data import SignedData, load_signed_data, parse_signer_info
from agent.formats.cms.strict_der import CMSDocumentError, refusing
from agent.formats.cms.vocabulary import CONSTRUCTED_1, COUNTERSIGNATURE, SIGNATURE_TIMESTAMP
from agent.formats.request import SignatureRequest
from agent.formats.unsigned import NO_UNSIGNED_PROPERTIES, UnsignedProperties
from agent.pki.algorithms import SignatureAlgorithm
from agent.pki.certificate import SigningCertificate
from agent.pki.der import SEQUENCE, Element, encode
from agent.pki.signatures import raw_to_der

_NOTHING: Attributes = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PreparedSignature:
    """A signature that lacks nothing but its value."""

    digest: bytes
    """The hash of the signed attributes' DER, by `algorithm`: what the key signs."""
    signature_part: str
    """Where it will stand: `signerInfo[0]`, `signerInfo[0]/countersignature[0]`."""
    signing_time: datetime
    _fields: SignerFields
    _certificates: frozenset[bytes]
    _existing: SignedData | None
    """What is countersigned; None for a first signature."""

    @property
    def signed_octets(self) -> bytes:
        """The signed attributes' DER."""
        return self._fields.signed_octets

    def timestamped_octets(self, signature_value: bytes) -> bytes:
        """Build what a timestamp is over: the value as it stands in the signerInfo (EN 319 122-1 clause 5.3).

        `signature_value` is raw, r‖s for ECDSA.
        """
        is_ecdsa = self._fields.algorithm.family == "ecdsa"
        return raw_to_der(signature_value) if is_ecdsa else signature_value

    def finish(
        self,
        signature_value: bytes,
        properties: UnsignedProperties = NO_UNSIGNED_PROPERTIES,
        *,
        unsigned: Attributes = _NOTHING,
        crls: Sequence[bytes] = (),
    ) -> Iterator[bytes]:
        """Yield the `.p7s`; `signature_value` is raw.

        A timestamp becomes an unsigned attribute of this signature; certificates and CRLs go where all of
        SignedData's are. `unsigned` are further unsigned attributes, `crls` further CRLs; both are DER.

        Raises:
            DocumentError: when what was built is not what the profile accepts, a defect of ours.

        """
        stamp = {SIGNATURE_TIMESTAMP: (properties.timestamp,)} if properties.timestamp else _NOTHING
        signer = self._fields.build(self.timestamped_octets(signature_value), {**stamp, **unsigned})
        added = frozenset((*crls, *(item.der for item in properties.crls)))
        output = self._assemble(signer, properties.certificates, added)
        for element in load_signed_data(output).signer_infos:
            parse_signer_info(element)
        yield output

    def _assemble(self, signer: bytes, added: Iterable[SigningCertificate], crls: frozenset[bytes]) -> bytes:
        existing = self._existing
        certificates = self._certificates.union(item.der for item in added)
        if existing is None:
            return build_signed_data(
                digest_algorithms=[build_digest_algorithm(self._fields.algorithm.hash_name)],
                certificates=certificates,
                crls=crls,
                signer_infos=[signer],
            )
        (countersigned,) = existing.signer_infos
        return build_signed_data(
            digest_algorithms=[item.encoded for item in existing.digest_algorithms],
            certificates=certificates.union(item.der for item in existing.certificates),
            crls=crls.union(item.der for item in existing.crls),
            signer_infos=[with_unsigned(countersigned, {COUNTERSIGNATURE: (signer,)})],
            version=existing.version,
        )


def prepare_signature(
    content_digests: Mapping[str, bytes], request: SignatureRequest, algorithm: SignatureAlgorithm
) -> PreparedSignature:
    """Build the signature of `request` over content with these digests, by hash name."""
    message_digest = content_digests[algorithm.hash_name]
    return _prepare(request, algorithm, message_digest, "signerInfo[0]", None)


def prepare_countersignature(
    existing: SignedData, request: SignatureRequest, algorithm: SignatureAlgorithm
) -> PreparedSignature:
    """Build the countersignature of `request` over the value of the one signature that is there.

    Raises:
        DocumentError: `cms-structure` when there is not exactly one.

    """
    if len(existing.signer_infos) != 1:
        raise CMSDocumentError(
            CMS_STRUCTURE, f"there are {len(existing.signer_infos)} signatures, one can be countersigned"
        )
    signer = parse_signer_info(existing.signer_infos[0])
    message_digest = hashlib.new(algorithm.hash_name, signer.signature).digest()
    number = len(signer.unsigned.get(COUNTERSIGNATURE, ()))
    part = f"signerInfo[0]/countersignature[{number}]"
    return _prepare(request, algorithm, message_digest, part, existing)


def _prepare(
    request: SignatureRequest,
    algorithm: SignatureAlgorithm,
    message_digest: bytes,
    part: str,
    existing: SignedData | None,
) -> PreparedSignature:
    signed = build_signed_attributes(request, message_digest, countersignature=existing is not None)
    fields = SignerFields(request.certificate, algorithm, signed)
    return PreparedSignature(
        digest=hashlib.new(algorithm.hash_name, fields.signed_octets).digest(),
        signature_part=part,
        signing_time=request.signing_time,
        _fields=fields,
        _certificates=frozenset(item.der for item in (request.certificate, *request.issuers)),
        _existing=existing,
    )


def with_unsigned(signer_info: Element, added: Attributes, *, replace: bool = False) -> bytes:
    """Build a signerInfo with more unsigned attributes.

    Values of a type that is there join its values, or take their place.
    """
    unsigned = {
        kind: tuple(value.encoded for value in values)
        for kind, values in parse_signer_info(signer_info).unsigned.items()
    }
    for kind, values in added.items():
        unsigned[kind] = (*(() if replace else unsigned.get(kind, ())), *values)
    with refusing("a signerInfo"):
        kept = [field.encoded for field in signer_info.children() if field.tag != CONSTRUCTED_1]
    return encode(SEQUENCE, b"".join(kept) + build_attributes(unsigned, CONSTRUCTED_1))
