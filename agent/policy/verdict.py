"""Verdicts on documents: what the container found, then who signed, then the set of signatures.

The verdict of a file is the worst of its container, each signature, and the
roles that must be there.

Source: ETSI EN 319 102-1 clauses 5.1 and 5.3.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.config.limits import DocumentLimits
from agent.config.policy import PolicySettings
from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.findings import Finding, Level, Observation
from agent.formats.records import DocumentRecord, SignatureRecord
from agent.pki.revocation import CRLEvidence
from agent.pki.trust import TrustStore
from agent.policy.collecting import collect_certificate_facts, list_evidence
from agent.policy.content import Stage, judge_content
from agent.policy.engine import judge_certificate, lowered_rules
from agent.policy.facts import CertificateFacts, FormFacts, JudgedSignature, find_manufacturer
from agent.policy.form import judge_signed_form
from agent.policy.signature_set import check_countersigners, check_signature_set
from agent.policy.timestamps import (
    ProvenTime,
    TimestampVerdict,
    earliest,
    judge_timestamp,
    list_changes_since,
)
from agent.roles import Role
from agent.verdicts import PASSED, Problem, SubIndication, Verdict, worst

if TYPE_CHECKING:
    from agent.cpl.entries import SubmissionForm
    from agent.cpl.mapping import FormMapping

SIGNED = (frozenset({Role.MANUFACTURER}),)
"""What `--require manufacturer` asks for."""
COUNTERSIGNED = (*SIGNED, frozenset({Role.SUPPLIER, Role.DCC}))
"""What a submission must carry: a manufacturer's signature and a countersignature."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What documents are judged against: the same for all files of one call."""

    trust: TrustStore
    settings: PolicySettings
    limits: DocumentLimits
    at: datetime
    mapping: "FormMapping | None" = None
    """How to read a form whose countersigner is to be checked; None is the built-in mapping."""


class RoleBasis(StrEnum):
    """What the answer to "may they sign as that?" rests on."""

    PARTY_REGISTER = "party-register"
    ROLE_CODE = "role-code"
    """The role code of the certificate alone: there is no party register."""
    CLAIM = "claim"
    """Nothing but the claim: there is neither a register nor a role code in the policy."""


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """One signature, judged."""

    record: SignatureRecord
    facts: CertificateFacts | None
    problems: tuple[Problem, ...]
    verdict: Verdict
    timestamp: TimestampVerdict | None = None
    """Its own timestamp; None when there is none that holds by itself."""
    proven: ProvenTime | None = None
    """When it was there at the latest; None makes the time that it claims a claim."""

    @property
    def judged(self) -> JudgedSignature:
        """What the policy wants to know of it."""
        record = self.record
        return JudgedSignature(
            record.part, record.claimed_role, record.certificate, self.verdict, record.countersigns
        )

    @property
    def evidence(self) -> tuple[CRLEvidence, ...]:
        """The CRLs relied on."""
        relied = list_evidence(self.facts) if self.facts else ()
        return tuple(dict.fromkeys((*relied, *(self.timestamp.evidence if self.timestamp else ()))))


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """One file, judged at `at`."""

    file: str
    sha256: str
    at: datetime
    verdict: Verdict
    signatures: tuple[SignatureVerdict, ...]
    findings: tuple[Finding, ...]
    untrusted: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()
    malformed: bool = False
    """The document could not be opened at all."""
    role_basis: RoleBasis = RoleBasis.CLAIM
    container: ContainerFormat = ContainerFormat.PACKAGE
    signature_file: str | None = None
    """The `.p7s` that was judged; None when the document carries its signatures itself."""
    form: "SubmissionForm | None" = None
    """What the document says, as signed; None when that was not read, or is no form."""


def judge_signatures(record: DocumentRecord, judge: Judge) -> tuple[SignatureVerdict, ...]:
    """Judge the signatures that a container found, without asking which roles must be there.

    Those that take in others come first: a time proven for them is proven for the others too.

    Only one that passed lends its time. A timestamp is of a signature value, and a value is bound to what it
    signs by the key alone: whoever may choose the key can make an old value sign something new.
    """
    judged: dict[str, SignatureVerdict] = {}
    lent: dict[str, ProvenTime] = {}
    for item in sorted(record.signatures, key=lambda one: len(one.countersigns), reverse=True):
        verdict = judged[item.part] = _judge_signature(item, judge, lent.get(item.part))
        if verdict.proven is not None and verdict.verdict == PASSED:
            lent |= {part: earliest(verdict.proven, lent.get(part)) for part in item.countersigns}
    return tuple(judged[item.part] for item in record.signatures)


def judge_record(
    file: str,
    sha256: str,
    record: DocumentRecord,
    judge: Judge,
    *,
    required: Collection[frozenset[Role]],
    form: "SubmissionForm | None" = None,
    remarks: Collection[Problem] = (),
    observations: Collection[Observation] = (),
) -> FileVerdict:
    """Judge what a container found.

    `form` is what the document says, when it could be read; `remarks` are about that; `observations`
    are those of the content lint.
    """
    signatures = judge_signatures(record, judge)
    of_set = check_signature_set([signature.judged for signature in signatures], required)
    of_form = check_countersigners([item.judged for item in signatures], form) if form else ()
    of_content = judge_content(observations, judge.settings, Stage.VERIFY)
    of_rules = judge_signed_form(_collect_form(form, signatures, judge)) if form else ()
    problems = (*record.problems, *of_set, *of_form, *remarks, *of_content, *of_rules)
    verdicts = [signature.verdict for signature in signatures]
    findings = [item.finding for signature in signatures for item in signature.problems]
    return FileVerdict(
        file=file,
        sha256=sha256,
        at=judge.at,
        verdict=worst([*map(_verdict_of, problems), *verdicts]),
        signatures=signatures,
        findings=(*(item.finding for item in problems), *findings),
        untrusted=record.untrusted,
        lowered=lowered_rules(judge.settings, Stage.VERIFY),
        role_basis=find_role_basis(judge.settings),
        form=form,
    )


def _collect_form(
    form: "SubmissionForm", signatures: Collection[SignatureVerdict], judge: Judge
) -> FormFacts:
    first = find_manufacturer(item.judged for item in signatures)
    return FormFacts(form, judge.at, judge.settings, first.organisation if first else "")


def find_role_basis(settings: PolicySettings) -> RoleBasis:
    """Find what roles rest on under a policy: for the report."""
    if settings.parties is not None:
        return RoleBasis.PARTY_REGISTER
    return RoleBasis.ROLE_CODE if settings.roles else RoleBasis.CLAIM


def _judge_signature(record: SignatureRecord, judge: Judge, lent: ProvenTime | None) -> SignatureVerdict:
    facts: CertificateFacts | None = None
    stamp: TimestampVerdict | None = None
    problems, proven = record.problems, lent
    if record.timestamp is not None:
        stamp = judge_timestamp(
            record.part,
            record.timestamp,
            trust=judge.trust,
            settings=judge.settings,
            at=judge.at,
            crls=record.crls,
        )
        problems = (*problems, *stamp.problems)
        proven = earliest(stamp.proven, lent) if stamp.proven else lent
    if record.certificate is not None:
        facts = collect_certificate_facts(
            record.certificate,
            claimed_role=record.claimed_role,
            issuers=record.issuers,
            trust=judge.trust,
            settings=judge.settings,
            at=proven.at if proven else judge.at,
            crls=record.crls,
            now=judge.at,
        )
        problems = (*problems, *judge_certificate(facts), *list_changes_since(facts, judge.at))
    return SignatureVerdict(record, facts, problems, worst(map(_verdict_of, problems)), stamp, proven)


def _verdict_of(problem: Problem) -> Verdict:
    if problem.finding.level is not Level.REFUSE or problem.sub_indication is None:
        return PASSED
    return Verdict.of(problem.sub_indication)


def judge_malformed(file: str, sha256: str, judge: Judge, error: DocumentError) -> FileVerdict:
    """Judge a document that could not be opened: TOTAL-FAILED/FORMAT_FAILURE."""
    clause = error.clause or "docs/signature.md, container"
    finding = Finding(error.code, Level.REFUSE, file, error.message, clause, error.hint)
    return FileVerdict(
        file,
        sha256,
        judge.at,
        Verdict.of(SubIndication.FORMAT_FAILURE),
        (),
        (finding,),
        malformed=True,
        role_basis=find_role_basis(judge.settings),
    )
