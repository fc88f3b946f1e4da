"""The use of a key for what is no document: an anchor, a digest that was made elsewhere."""

from datetime import UTC, datetime

from agent.audit.records import Requester
from agent.config.signers import SignerSettings
from agent.dataclass import dataclass
from agent.errors import TokenError
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.policy.collecting import collect_signer, find_newest_crl
from agent.policy.facts import AccessFacts, CertificateFacts
from agent.service.access import collect_access
from agent.service.kept_trust import let_go
from agent.service.keys import SignerKey
from agent.service.trust import load_configured_trust
from agent.service.workspace import Workspace


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What the rules look at, before the PIN and with the key."""

    operation: Operation
    signer: SignerSettings
    certificate: SigningCertificate
    workspace: Workspace
    requester: Requester | None = None
    """Whoever asked the daemon; None means the user that this process runs as."""

    def facts(self) -> tuple[CertificateFacts, AccessFacts]:
        """Collect the facts as of now.

        Raises:
            UsageError: trust material is missing or malformed.
            AuditError: the record cannot be read, or its end is damaged.

        """
        at = datetime.now(UTC)
        trust = load_configured_trust(self.workspace.configuration, fetch_for=(self.certificate,))
        signer = collect_signer(self.signer, self.certificate, trust, self.workspace.policy, at)
        access = collect_access(
            self.operation,
            self.signer,
            self.workspace,
            at=at,
            certificate=self.certificate,
            newest_crl=find_newest_crl(signer, trust),
            requester=self.requester,
        )
        let_go(trust)
        return signer, access

    def check_key(self, key: SignerKey) -> None:
        """Check that a key is the certificate's; raises TokenError `key-not-of-certificate`."""
        if key.public_key != self.certificate.spki_der:
            raise TokenError(
                "key-not-of-certificate",
                f"the key {key.uri} is not that of the signer's certificate",
                hint="correct the signer's token or certificate in the configuration",
            )
