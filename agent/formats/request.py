"""What a signature is asked to say, before anything is built."""

from datetime import datetime

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.roles import Role


@dataclass(frozen=True, slots=True)
class SignatureRequest:
    """The signer's statement; `signing_time` is aware and written in whole seconds UTC."""

    role: Role
    certificate: SigningCertificate
    issuers: tuple[SigningCertificate, ...]
    """The issuing CAs to include, nearest first, without the trust anchor."""
    signing_time: datetime
    comments: str
    """What is asserted, in words; Excel shows it as the purpose of signing."""
    countersigned: tuple[str, ...] = ()
    """The signature parts that this signature takes in; empty for a first signature."""
