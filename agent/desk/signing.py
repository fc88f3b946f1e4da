"""Looking at a document before it is signed, and signing it: by the commands' service, in a thread."""

from pathlib import Path
from typing import Final

from agent.audit.records import current_requester
from agent.config.signers import SignerSettings
from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.desk.names import clean_name
from agent.desk.state import OpenReview, SignedDocument
from agent.errors import UsageError
from agent.pki.certificate import SigningCertificate
from agent.policy.explanation import Explanation
from agent.service.additions import Additions
from agent.service.beside import default_output
from agent.service.key_ring import KeyRing
from agent.service.keys import TokenDoor, load_signer_certificate
from agent.service.opening import ReadHere
from agent.service.pins.given import GivenPIN
from agent.service.pins.terminal import Operator
from agent.service.reviewing import Review, SigningWish, explain_wish, list_findings, review_document
from agent.service.signing import SigningJob, SigningResult, sign_document
from agent.service.workspace import Workspace

_ROWS: Final = 2_000
"""Entries that the page shows; it says how many more there are."""
_PRIVATE: Final = 0o600


@dataclass(frozen=True, slots=True)
class SignOrder:
    """A document that somebody looked at and wants signed."""

    opened: OpenReview
    output: Path
    pin: GivenPIN
    additions: Additions


def review(wish: SigningWish, workspace: Workspace) -> Review:
    """Review a document; raises as `review_document`."""
    with TokenDoor(workspace.configuration.module) as door:

        def load(signer: SignerSettings) -> SigningCertificate:
            return load_signer_certificate(signer, door)

        return review_document(wish, load, current_requester(), workspace, rows=_ROWS)


def sign(order: SignOrder, workspace: Workspace) -> tuple[SigningResult, SignedDocument]:
    """Sign a document, if the rules still say what they said to whoever looked at it.

    Raises:
        UsageError: `review-changed`.
        IkiError: as `sign_document`; there is no output then.

    """
    opened, wish, requester = order.opened, order.opened.wish, current_requester()
    signer = workspace.configuration.find_signer(wish.signer)
    operator = Operator(order.pin.ask, tell=opened.notices.append)
    with KeyRing(signer, workspace.configuration.module, operator) as keys:
        keys.start()
        now = explain_wish(wish, lambda _: keys.certificate, requester, workspace)
        if _seen(now) != _seen(opened.explanation):
            raise UsageError(
                "review-changed",
                "the rules say something else by now than what was shown",
                hint="look at the document again",
            )
        job = SigningJob(
            now.operation,
            wish.file,
            order.output,
            wish.signer,
            additions=order.additions,
            images=wish.images,
        )
        result = sign_document(job, workspace, keys, ReadHere.of(workspace), requester=requester)
    order.output.chmod(_PRIVATE)
    name = default_output(now.operation, wish.file.called, ContainerFormat.PACKAGE).name
    return result, SignedDocument(order.output, clean_name(name))


def _seen(explanation: Explanation) -> tuple[object, ...]:
    """What must not change unseen: the octets, the certificate, and what was found where (not its words)."""
    findings = tuple((each.code, each.level, each.where) for each in list_findings(explanation))
    return explanation.sha256, explanation.certificate.sha256, findings
