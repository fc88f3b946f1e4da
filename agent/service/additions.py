"""What is added to a signature once its value is there: a timestamp, and what its signer was judged by.

Source: ETSI EN 319 132-1 clauses 5.3 and 5.4.
"""

from collections.abc import Iterable

from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.findings import Finding
from agent.formats.unsigned import NO_UNSIGNED_PROPERTIES, UnsignedProperties
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import CertificateList, RevocationList, load_crl
from agent.pki.revocation import CRLEvidence, Good
from agent.pki.trust import TrustStore
from agent.policy.collecting import list_evidence
from agent.policy.facts import CertificateFacts
from agent.service.workspace import Workspace


class AdditionRefusedError(IkiError):
    """What was asked to be added cannot be, for a reason that asking again does not change."""

    exit_status = ExitStatus.REFUSED


@dataclass(frozen=True, slots=True)
class Additions:
    """What a person asks to be added."""

    timestamp: bool = False
    tsa_urls: tuple[str, ...] = ()
    """TSAs to ask in place of the configured ones."""
    embed_revocation: bool = False

    def check(self, workspace: Workspace) -> None:
        """Find out before any PIN whether there is a TSA to ask.

        Raises:
            UsageError: `timestamp-unconfigured`.

        """
        if self.timestamp:
            from agent.service.timestamping import choose_urls  # noqa: PLC0415 - HTTP, for those who ask

            choose_urls(workspace.configuration.timestamp, self.tsa_urls)


NO_ADDITIONS = Additions()


@dataclass(frozen=True, slots=True)
class SignatureOutline:
    """What must be known of a signature to add something to it."""

    part: str
    octets: bytes
    """What its timestamp is to be over."""
    facts: CertificateFacts
    """Its signer's, now."""
    included: tuple[SigningCertificate, ...]
    """Certificates that came along already."""
    crls: tuple[CertificateList, ...] = ()
    """CRLs that came along already."""


@dataclass(frozen=True, slots=True)
class Added:
    """What is to be added, and what it rests on."""

    properties: UnsignedProperties = NO_UNSIGNED_PROPERTIES
    notes: tuple[Finding, ...] = ()
    """Which TSA answered, and why others did not."""
    evidence: tuple[CRLEvidence, ...] = ()
    """The CRLs that answered for the TSA."""


def collect_additions(
    additions: Additions, outline: SignatureOutline, trust: TrustStore, workspace: Workspace
) -> Added:
    """Get what is asked for.

    Raises:
        TimestampUnavailableError: `timestamp-unavailable`.
        AdditionRefusedError: `revocation-undetermined`.

    """
    token, notes, evidence = b"", tuple[Finding, ...](), tuple[CRLEvidence, ...]()
    included = set(outline.included)
    chain: list[SigningCertificate] = []
    at_hand = [*trust.crls, *outline.crls]
    if additions.timestamp:
        from agent.service.timestamping import acquire_timestamp, choose_urls  # noqa: PLC0415 - see above

        settings = workspace.configuration.timestamp
        urls = choose_urls(settings, additions.tsa_urls)
        acquired = acquire_timestamp(
            outline.part, outline.octets, urls, settings=settings, trust=trust, policy=workspace.policy
        )
        token, notes, evidence = acquired.token.der, acquired.notes, acquired.verdict.evidence
        chain += acquired.verdict.path.certificates if acquired.verdict.path else ()
        included |= {acquired.token.certificate, *acquired.token.certificates}
        at_hand += acquired.token.crls
    if not additions.embed_revocation:
        return Added(UnsignedProperties(timestamp=token), notes, evidence)
    chain += _shown_path(outline)
    certificates = tuple(item for item in dict.fromkeys(chain) if item not in included)
    crls = _load(at_hand, (*evidence, *list_evidence(outline.facts)))
    return Added(UnsignedProperties(token, certificates, crls), notes, evidence)


def _shown_path(outline: SignatureOutline) -> tuple[SigningCertificate, ...]:
    facts = outline.facts
    if facts.path is None or not all(isinstance(state.answer, Good) for state in facts.revocation):
        raise AdditionRefusedError(
            "revocation-undetermined",
            f"{outline.part}: the signer is not shown to be unrevoked, so there is nothing to embed",
            hint="see what `iki verify` says of the file, and `iki crl status`",
        )
    return facts.path.certificates


def _load(lists: Iterable[RevocationList], relied: Iterable[CRLEvidence]) -> tuple[CertificateList, ...]:
    wanted = dict.fromkeys(item.sha256 for item in relied)
    found = {crl.sha256.hex(): crl for crl in lists if crl.sha256.hex() in wanted}
    return tuple(load_crl(found[digest].der, where="RevocationValues") for digest in wanted)
