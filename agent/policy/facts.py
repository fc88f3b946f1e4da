"""The facts that rules judge: collected before, never fetched by a rule."""

from dataclasses import dataclass
from datetime import datetime

from agent.config.policy import PolicySettings
from agent.cpl.form import SubmissionForm
from agent.formats.records import DocumentRecord
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.pki.path import CertificationPath, PathError
from agent.pki.revocation import RevocationAnswer
from agent.roles import Role
from agent.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class RevocationState:
    """The revocation state of one certificate on the path."""

    certificate: SigningCertificate
    answer: RevocationAnswer


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


@dataclass(frozen=True, slots=True)
class JudgedSignature:
    """A signature of the document with its verdict."""

    part: str
    claimed_role: str
    certificate: SigningCertificate | None
    verdict: Verdict
    countersigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """Everything that decides whether a key may sign a document now."""

    operation: Operation
    role: Role
    signer: CertificateFacts
    token_public_key: bytes | None
    """DER SubjectPublicKeyInfo; None as long as the token was not asked."""
    record: DocumentRecord
    signatures: tuple[JudgedSignature, ...]
    form: SubmissionForm | None
    image_hash: bytes | None
    """SHA-256 of the Manufacturer Image given to compare; None when none was given."""

    @property
    def settings(self) -> PolicySettings:
        """The policy in force."""
        return self.signer.settings
