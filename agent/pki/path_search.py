"""The search for chains of certificates, upwards by name and signature (RFC 4158 builds; others judge).

What is at hand may come from strangers. It is ordered so that the shortest way to trust, by names, is tried
first, and bounded, and whoever asks is told when the bounds ended it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from agent.errors import DocumentError
from agent.pki.certificate import KEPT_OCTETS, SigningCertificate
from agent.pki.signatures import SignatureMismatch
from agent.pki.signed import verify_signed

MAX_CERTIFICATES: Final = 8
"""Certificates on a path, the anchor included."""
MAX_SIGNATURES: Final = 400
"""Signatures verified in one search: a heap of look-alike CAs must not keep the processor busy.

Many times the certificates that a document may bring, so that none of them is hidden behind the others."""
MAX_STEPS: Final = 2000
"""Candidates looked at in one search: CAs that all certify each other make factorially many chains."""
_KEPT_ANSWERS: Final = 1024


class ChainSearch:
    """A depth-first search upwards by name and signature."""

    def __init__(
        self, intermediates: tuple[SigningCertificate, ...], anchors: tuple[SigningCertificate, ...]
    ) -> None:
        """Take in what is at hand."""
        self._anchors = frozenset(anchors)
        self._by_subject: dict[bytes, list[SigningCertificate]] = {}
        for issuer in _order(tuple(dict.fromkeys((*anchors, *intermediates))), self._anchors):
            self._by_subject.setdefault(issuer.subject_name.comparable, []).append(issuer)
        self._verified: dict[tuple[bytes, bytes], bool] = {}
        self._steps = 0
        self.cut_short = ""
        """Which bound kept the search from trying everything; empty when none did."""

    def chains(self, chain: tuple[SigningCertificate, ...]) -> Iterator[tuple[SigningCertificate, ...]]:
        """List every chain that begins with `chain` and ends at an anchor."""
        for issuer in self._by_subject.get(chain[-1].issuer_name.comparable, ()):
            self._steps += 1
            if self._steps > MAX_STEPS:
                self.cut_short = f"more than {MAX_STEPS} candidates"
                return
            if _repeats(issuer, chain) or not self._issued(chain[-1], issuer):
                continue
            longer = (*chain, issuer)
            if issuer in self._anchors:
                yield longer
            elif len(longer) < MAX_CERTIFICATES:
                yield from self.chains(longer)
            else:
                self.cut_short = f"a chain of more than {MAX_CERTIFICATES} certificates"

    def _issued(self, certificate: SigningCertificate, issuer: SigningCertificate) -> bool:
        """Tell whether the issuer's key signed the certificate; each pair is asked once."""
        pair = (certificate.der, issuer.spki_der)
        if pair not in self._verified:
            if len(self._verified) >= MAX_SIGNATURES:
                self.cut_short = f"more than {MAX_SIGNATURES} signatures of candidates"
                return False
            self._verified[pair] = is_issued_by(certificate, issuer)
        return self._verified[pair]


def _order(
    given: tuple[SigningCertificate, ...], anchors: frozenset[SigningCertificate]
) -> list[SigningCertificate]:
    """Order by the length of the way to an anchor, by names alone; what has none comes last."""
    steps: dict[SigningCertificate, int] = dict.fromkeys(anchors, 0)
    below: dict[bytes, list[SigningCertificate]] = {}
    for certificate in given:
        below.setdefault(certificate.issuer_name.comparable, []).append(certificate)
    level, seen = {anchor.subject_name.comparable for anchor in anchors}, set[bytes]()
    for distance in range(1, MAX_CERTIFICATES):
        seen |= level
        found = [item for name in level for item in below.get(name, ()) if item not in steps]
        steps |= dict.fromkeys(found, distance)
        level = {item.subject_name.comparable for item in found} - seen
    return sorted(given, key=lambda item: steps.get(item, MAX_CERTIFICATES))


def is_issued_by(certificate: SigningCertificate, issuer: SigningCertificate) -> bool:
    """Tell whether the issuer's key made the signature on the certificate; names are not compared."""
    small = max(len(certificate.der), len(issuer.der)) <= KEPT_OCTETS
    return (_recall_issued if small else _verify_issued)(certificate, issuer)


@lru_cache(_KEPT_ANSWERS)
def _recall_issued(certificate: SigningCertificate, issuer: SigningCertificate) -> bool:
    """Recall the answer: it depends on the octets of the two certificates alone, by which they are equal."""
    return _verify_issued(certificate, issuer)


def _verify_issued(certificate: SigningCertificate, issuer: SigningCertificate) -> bool:
    try:
        verify_signed(certificate.signed, certificate.library, issuer.spki_der)
    except (SignatureMismatch, DocumentError):
        return False
    return True


def _repeats(issuer: SigningCertificate, chain: tuple[SigningCertificate, ...]) -> bool:
    """Tell whether the same name with the same key is on the chain already (RFC 4158 clause 2.4.2)."""
    return any(
        issuer.spki_der == member.spki_der
        and issuer.subject_name.comparable == member.subject_name.comparable
        for member in chain
    )
