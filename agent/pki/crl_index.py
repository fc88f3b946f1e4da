"""An index of a CRL's entries by serial number, made to be kept: buckets of entries, found by two octets.

One row for each entry would make a million rows of a long list, and ten seconds of them. Buckets of some
thirty entries are made in one walk, and a lookup reads one bucket, however long the list.
"""

import hashlib
from typing import Final

from agent.pki.crl import CertificateList
from agent.pki.crl_entries import has_special_entries, list_issued_spans, list_spans
from agent.pki.names import DistinguishedName

_BUCKET_OCTETS: Final = 1280
_MOST_BUCKETS: Final = 1 << 16
OWN: Final = b""
Buckets = dict[bytes, list[bytearray]]
"""Section to its buckets, by number; those of certificates of the CRL's own issuer are always there."""
"""The section of certificates issued by the CRL's own issuer."""


def bucket_count(size: int) -> int:
    """Choose how many buckets `size` octets of entries go into: a power of two."""
    return min(_MOST_BUCKETS, 1 << max(0, (size // _BUCKET_OCTETS).bit_length()))


def bucket_of(serial: bytes, count: int) -> int:
    """Find the bucket of a serial number (an encoded INTEGER): its last octets spread well enough."""
    return (serial[-2] << 8 | serial[-1]) & (count - 1)


def section_of(issuer: DistinguishedName | None, crl_issuer: DistinguishedName) -> bytes:
    """Find the section of an issuer's certificates; only indirect CRLs have more than one."""
    if issuer is None or issuer.comparable == crl_issuer.comparable:
        return OWN
    return hashlib.sha256(issuer.comparable).digest()


def fill_buckets(crl: CertificateList, count: int) -> Buckets:
    """Put every entry into its bucket.

    Raises:
        MalformedDERError: when an entry cannot be read.

    """
    sections = {OWN: _empty(count)}
    revoked = crl.revoked
    if revoked is None:
        return sections
    data, mask = revoked.data, count - 1
    if not (crl.scope.is_indirect and has_special_entries(revoked)):
        buckets = sections[OWN]
        for start, cut, stop in list_spans(revoked):
            buckets[(data[cut - 2] << 8 | data[cut - 1]) & mask] += data[start:stop]
        return sections
    for issuer, start, cut, stop in list_issued_spans(revoked):
        section = section_of(issuer, crl.issuer_name)
        if section not in sections:
            sections[section] = _empty(count)
        buckets = sections[section]
        buckets[(data[cut - 2] << 8 | data[cut - 1]) & mask] += data[start:stop]
    return sections


def _empty(count: int) -> list[bytearray]:
    """Make empty buckets."""
    return [bytearray() for _ in range(count)]
