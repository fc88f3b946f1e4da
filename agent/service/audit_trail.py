"""The audit trail of one operation: what is known so far, and one line for what came of it."""

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from itertools import chain
from typing import Any

from agent.audit.door import AuditStore, UsageGuard
from agent.audit.records import (
    AuditRecord,
    CertificateReference,
    Outcome,
    Requester,
    current_requester,
)
from agent.config.signers import SignerSettings
from agent.containers import ContainerFormat
from agent.cpl.image import HashedImage
from agent.errors import AuditError, IkiError
from agent.findings import Finding, Level
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.pki.revocation import CRLEvidence
from agent.policy.collecting import list_evidence
from agent.policy.engine import Decision, PolicyRefusedError
from agent.policy.facts import SigningFacts
from agent.policy.verdict import SignatureVerdict
from agent.service.audit_turn import AUDIT_TURN
from agent.service.files import InputFile
from agent.service.release import PendingOutput
from agent.service.workspace import Workspace


class AuditTrail:
    """Collects what one operation's lines will say, and writes them."""

    def __init__(
        self,
        log: AuditStore,
        workspace: Workspace,
        signer: SignerSettings,
        operation: Operation,
        requester: Requester | None = None,
    ) -> None:
        """Begin the trail of one operation; without `requester`, the user that this process runs as asked."""
        self._log = log
        self._started = time.monotonic()
        self._output: PendingOutput | None = None
        self._record = AuditRecord(
            operation=operation,
            outcome=Outcome.FAILED,
            requester=requester or current_requester(),
            signer=signer.name,
            role=signer.role,
            key_uri=signer.token,
            policy_sha256=workspace.policy.sha256,
            configuration_sha256=workspace.configuration.sha256,
            parties_sha256=workspace.policy.parties.sha256 if workspace.policy.parties else None,
            decision=secrets.token_hex(16),
        )

    def about(self, file: InputFile, sha256: str, certificate: SigningCertificate) -> None:
        """Note the document and the signer's certificate."""
        self._record = replace(
            self._record,
            file=file.recorded,
            sha256_before=sha256,
            certificate=_refer_to(certificate),
        )

    def by(self, certificate: SigningCertificate, *, of: str | None = None) -> None:
        """Note the signer's certificate, where there is no document; `of` is what the requester calls it."""
        self._record = replace(self._record, certificate=_refer_to(certificate), file=of)

    def kept_in(self, container: ContainerFormat, signature: InputFile | None) -> None:
        """Note where the signatures are kept, and the `.p7s` that is countersigned."""
        signature_file = signature.recorded if signature else None
        self._record = replace(self._record, container=container.value, signature_file=signature_file)

    def observe(self, facts: SigningFacts, existing: Iterable[SignatureVerdict] = ()) -> None:
        """Note the CRLs that the decision rests on: for the signer, and for whoever signed before."""
        countersigned = chain.from_iterable(signature.evidence for signature in existing)
        relied = dict.fromkeys((*list_evidence(facts.signer), *countersigned))
        evidence = tuple(map(_describe, relied))
        images = tuple(_describe(image) | {"image_hash": image.image_hash.hex()} for image in facts.images)
        self._record = replace(self._record, crls=evidence, images=images)

    def rely(self, evidence: Iterable[CRLEvidence]) -> None:
        """Note more CRLs that the outcome rests on: those that answered for a timestamp's authority."""
        more = map(_describe, evidence)
        self._record = replace(
            self._record, crls=(*self._record.crls, *(item for item in more if item not in self._record.crls))
        )

    def allowed(
        self,
        decision: Decision,
        output: PendingOutput,
        guard: UsageGuard,
        *,
        key_uri: str,
        digest: bytes,
        sha256_after: str,
    ) -> None:
        """Write the line that must be on disk before the output appears, if the quotas still allow it.

        Raises:
            PolicyRefusedError: a quota was used up meanwhile; nothing may be released then.
            AuditError: it could not be written; nothing may be released then.

        """
        self._record = replace(
            self._record,
            findings=decision.findings,
            lowered=decision.lowered,
            key_uri=key_uri,
            signed_digest=digest.hex(),
            sha256_after=sha256_after,
            output=str(output.path.absolute()),
            held_in=str(output.part.absolute()),
        )
        self._output = output
        output.keep()
        try:
            self._write(Outcome.ALLOWED, guard)
        except IkiError as error:
            if not (isinstance(error, AuditError) and error.in_doubt):
                output.let_go()
            raise

    def released(self, *, key_uri: str, digest: bytes) -> None:
        """Write the line of an operation whose result is no file.

        Raises:
            AuditError: it could not be written; the result may not leave then.

        """
        self._record = replace(self._record, key_uri=key_uri, signed_digest=digest.hex())
        self._write(Outcome.RELEASED)

    def begun(self, key_uri: str) -> None:
        """Write the line that must be on disk before a token is changed; `key_uri` says what of it.

        Raises:
            AuditError: it could not be written; the token may not be changed then.

        """
        self._record = replace(self._record, key_uri=key_uri)
        self._write(Outcome.BEGUN)

    def done(
        self, key_uri: str, certificate: SigningCertificate | None = None, *, note: Finding | None = None
    ) -> None:
        """Write the line of a token that was changed, or measured; `note` says what else there is to say.

        Raises:
            AuditError: it could not be written; the line `begun` is there.

        """
        self._record = replace(
            self._record,
            key_uri=key_uri,
            certificate=_refer_to(certificate) if certificate else None,
            findings=(note,) if note else (),
        )
        self._write(Outcome.DONE)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Write a line for whatever keeps the operation from its end, then let it go on.

        Raises:
            AuditError: that line could not be written either.

        """
        try:
            yield
        except AuditError:
            raise
        except PolicyRefusedError as refusal:
            self._record = replace(self._record, findings=refusal.findings)
            self._write(Outcome.REFUSED)
            raise
        except IkiError as error:
            self._fail(error.code, error.message)
            raise
        except KeyboardInterrupt:
            self._fail("interrupted", "the operation was interrupted")
            raise

    def _fail(self, code: str, message: str) -> None:
        failure = Finding(code, Level.REFUSE, "operation", message, "docs/audit.md")
        self._record = replace(self._record, findings=(*self._record.findings, failure))
        if self._output is None or not self._output.kept:
            self._write(Outcome.FAILED)
        elif not self._output.has_appeared:  # interrupted after that, it has left all the same
            self._write(Outcome.NOT_RELEASED)
            self._output.let_go()

    def _write(self, outcome: Outcome, guard: UsageGuard | None = None) -> None:
        elapsed = round((time.monotonic() - self._started) * 1000)
        held = self._record.held_in if outcome is Outcome.ALLOWED else None
        self._record = replace(self._record, outcome=outcome, held_in=held, duration_ms=elapsed)
        with AUDIT_TURN:
            self._log.append(self._record, guard)


def _describe(item: CRLEvidence | HashedImage) -> dict[str, Any]:
    """List the members of what is flat: `asdict` would copy each of them."""
    return {member.name: getattr(item, member.name) for member in fields(item)}


def _refer_to(certificate: SigningCertificate) -> CertificateReference:
    return CertificateReference(certificate.subject, certificate.serial_hex, certificate.sha256.hex())
