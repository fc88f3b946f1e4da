"""A desk where many documents are signed with one signer's key: one login for all of them."""

from typing import Final, Self

from agent.errors import IkiError
from agent.formats.records import SignatureRecord
from agent.pki.certificate import SigningCertificate
from agent.service.key_ring import KeyRing
from agent.service.opening import DocumentSource, ReadHere
from agent.service.pins.terminal import Operator
from agent.service.signing import SigningJob, SigningResult, TrustLoader, sign_document
from agent.service.workspace import Workspace


class SigningDesk:
    """Signs one document after the other, or several at once: its methods may be called by several threads.

    Leaving its `with` block logs out.
    """

    def __init__(
        self,
        workspace: Workspace,
        signer: str,
        operator: Operator,
        documents: DocumentSource | None = None,
        trust: TrustLoader | None = None,
    ) -> None:
        """Find the signer; nothing is started yet.

        Args:
            workspace: configuration, policy and audit log.
            signer: name in the configuration.
            operator: who is asked for the PIN, once.
            documents: where documents are looked into; None is this process.
            trust: loads what certificates are judged against; None loads it anew for every document.

        Raises:
            UsageError: `signer-unknown`.

        """
        self.workspace: Final = workspace
        self.signer: Final = workspace.configuration.find_signer(signer)
        self._documents: Final = documents or ReadHere.of(workspace)
        self._trust: Final = trust
        self._keys: Final = KeyRing(self.signer, workspace.configuration.module, operator)

    def __enter__(self) -> Self:
        """Return the desk."""
        return self

    def __exit__(self, *_: object) -> None:
        """Log out."""
        self._keys.close()

    @property
    def asks_nobody(self) -> bool:
        """Whether the key was opened, and wants no PIN for each signature: nobody will be asked any more."""
        key = self._keys.opened
        return key is not None and not key.always_authenticate

    @property
    def failure(self) -> IkiError | None:
        """Why the key cannot be opened, for no document of this desk; None when it was, or nobody tried."""
        return self._keys.failure

    @property
    def certificate(self) -> SigningCertificate:
        """The signer's certificate.

        Raises:
            IkiError: as `load_signer_certificate`.

        """
        self._keys.start()
        return self._keys.certificate

    @property
    def signer_name(self) -> str:
        """The signer's name in the configuration."""
        return self.signer.name

    def has_made(self, record: SignatureRecord) -> bool:
        """Tell whether a signature is by this desk's signer, by certificate and role; raises IkiError."""
        return record.certificate == self.certificate and record.claimed_role == self.signer.role

    def sign(self, job: SigningJob) -> SigningResult:
        """Sign or countersign one document, as this desk's signer.

        Raises:
            IkiError: as `sign_document`.

        """
        return sign_document(job, self.workspace, self._keys, self._documents, trust=self._trust)
