"""Certification paths: from an end entity to a configured trust anchor (RFC 4158 builds, RFC 5280 judges).

A path is valid when neither our checks nor cryptography's own verifier refuses it. That alone would not do
(docs/adr/0004 has the numbers): it reads no policies and no CRLs, and of some valid paths it has no word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from agent.errors import DocumentError, IkiError
from agent.exits import ExitStatus
from agent.pki.certificate import KEPT_OCTETS, SigningCertificate
from agent.pki.path_checks import list_path_problems
from agent.pki.path_library import find_limit, find_objection
from agent.pki.path_policies import PolicyInputs
from agent.pki.signatures import SignatureMismatch
from agent.pki.signed import verify_signed

MAX_CERTIFICATES: Final = 8
"""Certificates on a path, the anchor included."""
MAX_SIGNATURES: Final = 100
"""Signatures verified in one search: a heap of look-alike CAs must not keep the processor busy."""
MAX_STEPS: Final = 2000
"""Candidates looked at in one search: CAs that all certify each other make factorially many chains."""
_KEPT_ANSWERS: Final = 1024

ANY_POLICIES: Final = PolicyInputs()
"""Any certificate policy will do, and none, unless a CA on the path requires one."""


class PathError(IkiError):
    """No certification path, or none that is valid."""

    exit_status = ExitStatus.INDETERMINATE

    def __init__(
        self, code: str, message: str, *, chain_found: bool, problems: tuple[str, ...] = (), hint: str = ""
    ) -> None:
        """Keep whether a chain to an anchor exists at all, and what is wrong with the best one."""
        super().__init__(code, message, hint=hint)
        self.chain_found = chain_found
        self.problems = problems


@dataclass(frozen=True, slots=True)
class CertificationPath:
    """A valid path; `at` is the instant it was judged at, inside the end entity's own validity."""

    certificates: tuple[SigningCertificate, ...]
    """End entity first, anchor last; at least two."""
    at: datetime
    unconfirmed: str = ""
    """Why cryptography's verifier has no word on it (`path_library`); empty when it agrees."""

    @property
    def end_entity(self) -> SigningCertificate:
        """The certificate whose path it is."""
        return self.certificates[0]

    @property
    def anchor(self) -> SigningCertificate:
        """The configured trust anchor it ends at."""
        return self.certificates[-1]

    @property
    def issued(self) -> tuple[tuple[SigningCertificate, SigningCertificate], ...]:
        """Each certificate but the anchor with its issuer: what revocation is judged for."""
        return tuple(zip(self.certificates, self.certificates[1:], strict=False))


def find_path(
    certificate: SigningCertificate,
    *,
    intermediates: Iterable[SigningCertificate],
    anchors: Iterable[SigningCertificate],
    at: datetime,
    purposes: frozenset[str] = frozenset(),
    policies: PolicyInputs = ANY_POLICIES,
) -> CertificationPath:
    """Find a valid certification path (RFC 5280 clause 6.1) to one of the anchors.

    The end entity's own validity is another rule's business: the path is judged at `at` moved into it, so
    that an expired certificate still has its path. `purposes` are the dotted extended key usages that
    serve; with none, a certificate is refused only for a critical one. `policies` says which certificate
    policies are acceptable and whether one is required.

    Raises:
        PathError: `path-not-found` when no chain of names and signatures reaches an anchor (`chain_found`
            is false); `path-invalid` when one does, but none that is valid.

    """
    instant = max(certificate.not_before, min(at, certificate.not_after))
    first: tuple[str, ...] = ()
    for chain in _ChainSearch(tuple(intermediates), tuple(anchors)).chains((certificate,)):
        problems = list_path_problems(chain, instant, purposes, policies)
        limit = find_limit(chain)
        if not problems and not limit and (objection := find_objection(chain, instant)):
            problems = (f"cryptography's path verifier refuses it: {objection}",)
        if not problems:
            return CertificationPath(chain, instant, limit)
        first = first or problems
    if first:
        raise PathError("path-invalid", "; ".join(first), chain_found=True, problems=first)
    raise PathError(
        "path-not-found",
        f"{certificate.subject}: no certification path to a configured trust anchor"
        f" (issued by {certificate.issuer})",
        chain_found=False,
        hint="configure the issuing CA's certificate and the trust anchor it leads to",
    )


class _ChainSearch:
    """A depth-first search upwards by name and signature."""

    def __init__(
        self, intermediates: tuple[SigningCertificate, ...], anchors: tuple[SigningCertificate, ...]
    ) -> None:
        self._anchors = frozenset(anchors)
        self._by_subject: dict[bytes, list[SigningCertificate]] = {}
        # Anchors first: the shortest path to trust is the one to try.
        for issuer in dict.fromkeys((*anchors, *intermediates)):
            self._by_subject.setdefault(issuer.subject_name.comparable, []).append(issuer)
        self._verified: dict[tuple[bytes, bytes], bool] = {}
        self._steps = 0

    def chains(self, chain: tuple[SigningCertificate, ...]) -> Iterator[tuple[SigningCertificate, ...]]:
        """List every chain that begins with `chain` and ends at an anchor."""
        for issuer in self._by_subject.get(chain[-1].issuer_name.comparable, ()):
            self._steps += 1
            if self._steps > MAX_STEPS:
                return
            if _repeats(issuer, chain) or not self._issued(chain[-1], issuer):
                continue
            longer = (*chain, issuer)
            if issuer in self._anchors:
                yield longer
            elif len(longer) < MAX_CERTIFICATES:
                yield from self.chains(longer)

    def _issued(self, certificate: SigningCertificate, issuer: SigningCertificate) -> bool:
        """Tell whether the issuer's key signed the certificate; each pair is asked once."""
        pair = (certificate.der, issuer.spki_der)
        if pair not in self._verified:
            if len(self._verified) >= MAX_SIGNATURES:
                return False
            self._verified[pair] = is_issued_by(certificate, issuer)
        return self._verified[pair]


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
