"""The facts that rules judge: collected before, never fetched by a rule."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from agent.config.access import KeyAccess
from agent.config.policy import PolicySettings
from agent.config.signers import SubjectSettings
from agent.cpl.image import HashedImage
from agent.dataclass import dataclass
from agent.findings import Observation
from agent.formats.records import DocumentRecord
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.pki.path import CertificationPath, PathError
from agent.pki.revocation import RevocationAnswer, Revoked
from agent.roles import Role
from agent.verdicts import Verdict

if TYPE_CHECKING:
    # `iki verify` reads a form only when there is a countersignature, and starts without the reader of forms.
    from agent.cpl.entries import SubmissionForm


@dataclass(frozen=True, slots=True)
class RevocationState:
    """The revocation state of one certificate on the path."""

    certificate: SigningCertificate
    answer: RevocationAnswer
    since: Revoked | None = None
    """That it was revoked after the instant judged at, when that is a proven one in the past."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A signer's certificate and all that is known of it at one instant."""

    certificate: SigningCertificate
    claimed_role: str
    at: datetime
    path: CertificationPath | None
    path_error: PathError | None
    revocation: tuple[RevocationState, ...]
    """For every certificate on the path but the anchor, end entity first; empty without a path."""
    settings: PolicySettings
    profile: SubjectSettings | None = None
    """The subject that the signer's own configuration gives; None at verification, or when it gives none."""


@dataclass(frozen=True, slots=True)
class NewestSeen:
    """The newest instant that a CA, or this machine's own clock at another time, vouches for."""

    at: datetime
    what: str
    """What says so: a CRL's thisUpdate, or a record of the audit log."""


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """One quota, and how much of it is used up: signatures on record in the time before the decision."""

    subject: str
    """Whose: the signer, or the requester."""
    used: int
    quota: int
    span: str
    """`minute`, `hour` or `day`: 60, 3,600 or 86,400 seconds."""
    setting: str
    """What of the configuration says so."""


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """Who wants to use a key, what the configuration says to that, and what the clock must be after."""

    operation: Operation
    signer: str
    """Name in the configuration."""
    requester: str
    """User name from the operating system, never from the environment."""
    uid: int | None
    """User id; None where there is none (Windows)."""
    at: datetime
    access: KeyAccess
    usages: tuple[QuotaUsage, ...]
    """Every quota that holds for this use."""
    newest_seen: NewestSeen | None
    """The newest of every CRL's thisUpdate and the audit records; None before the first of them."""
    settings: PolicySettings


@dataclass(frozen=True, slots=True)
class JudgedSignature:
    """A signature of the document with its verdict."""

    part: str
    claimed_role: str
    certificate: SigningCertificate | None
    verdict: Verdict
    countersigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormFacts:
    """Everything that decides about what a form says."""

    form: "SubmissionForm | None"
    """None when no mapping fits the document."""
    at: datetime
    settings: PolicySettings
    manufacturer: str = ""
    """Organisation of the certificate that signs, or signed, as manufacturer; empty when nobody did."""
    images: tuple[HashedImage, ...] = ()
    """The Manufacturer Images given to compare."""
    has_all_images: bool = False
    """Whether there should be an image for every Hash: a folder of them was given."""


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """Everything that decides whether a key may sign a document now."""

    operation: Operation
    role: Role
    signer: CertificateFacts
    access: AccessFacts
    token_public_key: bytes | None
    """DER SubjectPublicKeyInfo; None as long as the token was not asked."""
    record: DocumentRecord
    signatures: tuple[JudgedSignature, ...]
    form: "SubmissionForm | None"
    observations: tuple[Observation, ...]
    """What the content lint observed in the workbook, and on the form."""
    images: tuple[HashedImage, ...] = ()
    """The Manufacturer Images given to compare."""

    @property
    def settings(self) -> PolicySettings:
        """The policy in force."""
        return self.signer.settings

    @property
    def of_form(self) -> FormFacts:
        """What decides about the form."""
        own = self.signer.certificate if self.role is Role.MANUFACTURER else None
        first = own or find_manufacturer(self.signatures)
        return FormFacts(
            form=self.form,
            at=self.signer.at,
            settings=self.settings,
            manufacturer=first.organisation if first else "",
            images=self.images,
        )


def find_manufacturer(signatures: Iterable[JudgedSignature]) -> SigningCertificate | None:
    """Find the certificate that signed a document as its manufacturer; None when none, or several did."""
    found = [
        item.certificate for item in signatures if item.claimed_role == Role.MANUFACTURER and item.certificate
    ]
    return found[0] if len(found) == 1 else None
