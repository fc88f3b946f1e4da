"""A timestamp, certificates and CRLs added to a detached CMS made before: no key is needed.

Nothing is frozen here: a countersignature is over the value of the signature that it countersigns, and
unsigned attributes beside that value change nothing of it (RFC 5652 clause 11.4).

Source: ETSI EN 319 122-1 clauses 5.3 and 5.4.
"""

from collections.abc import Mapping

from agent.formats.cms.build import build_signed_data
from agent.formats.cms.findings import CMS_STRUCTURE
from agent.formats.cms.sign import with_unsigned
from agent.formats.cms.signed_data import SignedData, load_signed_data, parse_signer_info
from agent.formats.cms.strict_der import CMSDocumentError
from agent.formats.cms.vocabulary import COUNTERSIGNATURE, SIGNATURE_TIMESTAMP
from agent.formats.unsigned import UnsignedProperties
from agent.pki.der import Element


def read_unsigned_properties(signed_data: SignedData, part: str) -> UnsignedProperties:
    """Read what belongs to one signature alone: its timestamp; certificates and CRLs are all signatures'.

    Raises:
        DocumentError: the signature is not the profile's, or not there.

    """
    values = parse_signer_info(_find(signed_data, part)).unsigned.get(SIGNATURE_TIMESTAMP, ())
    return UnsignedProperties(timestamp=values[0].encoded if values else b"")


def timestamped_octets_of(signed_data: SignedData, part: str) -> bytes:
    """Find what a timestamp of an existing signature is over: its value.

    Raises:
        DocumentError: the signature is not the profile's, or not there.

    """
    return parse_signer_info(_find(signed_data, part)).signature


def augment_signed_data(signed_data: SignedData, additions: Mapping[str, UnsignedProperties]) -> bytes:
    """Build the `.p7s` with these properties in its signatures, by the name of their part.

    Raises:
        DocumentError: what was built is not what the profile accepts.

    """
    added = additions.values()
    certificates = {item.der for item in signed_data.certificates}
    crls = {item.der for item in signed_data.crls}
    output = build_signed_data(
        digest_algorithms=[item.encoded for item in signed_data.digest_algorithms],
        certificates=certificates.union(item.der for one in added for item in one.certificates),
        crls=crls.union(item.der for one in added for item in one.crls),
        signer_infos=[
            _augmented(element, f"signerInfo[{index}]", additions)
            for index, element in enumerate(signed_data.signer_infos)
        ],
        version=signed_data.version,
    )
    for element in load_signed_data(output).signer_infos:
        parse_signer_info(element)
    return output


def _augmented(element: Element, part: str, additions: Mapping[str, UnsignedProperties]) -> bytes:
    present = parse_signer_info(element).unsigned.get(COUNTERSIGNATURE, ())
    countersignatures = tuple(
        _augmented(item, f"{part}/countersignature[{index}]", additions) for index, item in enumerate(present)
    )
    replaced: dict[str, tuple[bytes, ...]] = {COUNTERSIGNATURE: countersignatures} if present else {}
    timestamp = additions[part].timestamp if part in additions else b""
    if timestamp:
        replaced[SIGNATURE_TIMESTAMP] = (timestamp,)
    return with_unsigned(element, replaced, replace=True) if replaced else element.encoded


def _find(signed_data: SignedData, part: str) -> Element:
    for index, element in enumerate(signed_data.signer_infos):
        name = f"signerInfo[{index}]"
        if part == name:
            return element
        for number, item in enumerate(parse_signer_info(element).unsigned.get(COUNTERSIGNATURE, ())):
            if part == f"{name}/countersignature[{number}]":
                return item
    raise CMSDocumentError(CMS_STRUCTURE, f"there is no signature {part}")
