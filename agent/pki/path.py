"""Certification paths: from an end entity to a configured trust anchor (RFC 4158 builds, RFC 5280 judges).

A path is valid when neither our checks nor cryptography's own verifier refuses it. That alone would not do
(docs/adr/0004 has the numbers): it reads no policies and no CRLs, and of some valid paths it has no word.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.pki.certificate import SigningCertificate
from agent.pki.path_checks import list_path_problems
from agent.pki.path_library import find_limit, find_objection
from agent.pki.path_policies import PolicyInputs
from agent.pki.path_search import ChainSearch

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
    return next(
        list_paths(
            certificate,
            intermediates=intermediates,
            anchors=anchors,
            at=at,
            purposes=purposes,
            policies=policies,
        )
    )


def list_paths(
    certificate: SigningCertificate,
    *,
    intermediates: Iterable[SigningCertificate],
    anchors: Iterable[SigningCertificate],
    at: datetime,
    purposes: frozenset[str] = frozenset(),
    policies: PolicyInputs = ANY_POLICIES,
) -> Iterator[CertificationPath]:
    """List the valid certification paths, at least one, each when it is asked for; as `find_path` otherwise.

    Raises:
        PathError: there is none.

    """
    instant = max(certificate.not_before, min(at, certificate.not_after))
    first: tuple[str, ...] = ()
    search = ChainSearch(tuple(intermediates), tuple(anchors))
    found = False
    for chain in search.chains((certificate,)):
        problems = list_path_problems(chain, instant, purposes, policies)
        limit = find_limit(chain)
        if not problems and not limit and (objection := find_objection(chain, instant)):
            problems = (f"cryptography's path verifier refuses it: {objection}",)
        if not problems:
            found = True
            yield CertificationPath(chain, instant, limit)
        first = first or problems
    if first and not found:
        raise PathError("path-invalid", "; ".join(first), chain_found=True, problems=first)
    if not found:
        raise _not_found(certificate, search)


def _not_found(certificate: SigningCertificate, search: ChainSearch) -> PathError:
    message = (
        f"{certificate.subject}: no certification path to a configured trust anchor"
        f" (issued by {certificate.issuer})"
    )
    hint = "configure the issuing CA's certificate and the trust anchor it leads to"
    if search.cut_short:
        message += f"; the search was cut short: {search.cut_short}"
        hint = "configure the issuing CA's certificate under [trust] intermediates: those are tried first"
    return PathError("path-not-found", message, chain_found=False, hint=hint)
