"""Timestamps judged: when a signature was there at the latest, if a trusted authority says so.

A timestamp proves its time only when everything about it is shown now: the TSA's certificate is one, has a
path to a configured anchor of timestamps, is inside its validity, and is shown to be unrevoked. Undetermined
is no proof. What does not prove is a warning: the signature is then judged as if it had no timestamp.

Source: RFC 3161 clauses 2.3, 2.4.2 and 4; ETSI EN 319 102-1 clause 5.4.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from agent.config.policy import PolicySettings
from agent.dataclass import dataclass
from agent.instants import format_instant
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList
from agent.pki.path import CertificationPath, PathError, find_path
from agent.pki.revocation import CRLEvidence, CRLSigners, Revoked, Undetermined, judge_revocation
from agent.pki.timestamping import TIME_STAMPING, find_timestamping_problem
from agent.pki.trust import TrustStore
from agent.policy.facts import CertificateFacts, RevocationState
from agent.policy.findings import (
    CERTIFICATE_EXPIRED_SINCE,
    CERTIFICATE_REVOKED_SINCE,
    TIMESTAMP_PATH,
    TIMESTAMP_POLICY,
    TIMESTAMP_PURPOSE,
    TIMESTAMP_REVOCATION,
    TIMESTAMP_REVOKED,
    TIMESTAMP_TIME,
    TIMESTAMP_TSA,
    TIMESTAMP_VALIDITY,
)
from agent.verdicts import DeclaredFinding, Problem

if TYPE_CHECKING:
    from agent.formats.timestamp.token import TimestampToken

_Remark = tuple[DeclaredFinding, str]
_HARMLESS: Final = frozenset({"affiliationChanged", "superseded", "cessationOfOperation"})
"""Reasons after which older timestamps stay valid (RFC 3161 clause 4, item 1)."""


@dataclass(frozen=True, slots=True)
class ProvenTime:
    """An instant before which a signature is proven to have been there."""

    at: datetime
    """The latest that the timestamp leaves open: genTime and its accuracy, rounded up to a whole second.

    Never after the instant judged."""
    authority: SigningCertificate
    """The TSA's certificate."""
    part: str
    """The signature whose timestamp it is: this one, or one that takes it in."""


@dataclass(frozen=True, slots=True)
class TimestampVerdict:
    """A timestamp, judged."""

    proven: ProvenTime | None
    problems: tuple[Problem, ...]
    """Why it proves nothing; empty when it does."""
    path: CertificationPath | None
    evidence: tuple[CRLEvidence, ...]
    """The CRLs that answered for the TSA."""


def judge_timestamp(
    part: str,
    token: "TimestampToken",
    *,
    trust: TrustStore,
    settings: PolicySettings,
    at: datetime,
    crls: Iterable[RevocationList] = (),
) -> TimestampVerdict:
    """Judge the timestamp of the signature at `part`; `crls` came along with the signature."""
    path: CertificationPath | None = None
    remarks = list(_check_token(token, trust, at))
    try:
        path = find_path(
            token.certificate,
            intermediates=token.certificates,
            anchors=trust.timestamps.anchors,
            at=at,
            purposes=frozenset({TIME_STAMPING}),
        )
    except PathError as error:
        remarks.append((TIMESTAMP_PATH, error.message))
    lists = (*trust.crls, *token.crls, *crls)
    states = _judge_path(path, replace(trust, crls=lists), settings, at)
    remarks += [remark for state in states for remark in _check_revocation(state, token)]
    proven = None if remarks else ProvenTime(min(_whole(token.info.latest), at), token.certificate, part)
    evidence = dict.fromkeys(item for state in states for item in state.answer.evidence)
    problems = tuple(_warn(part, *remark) for remark in remarks)
    return TimestampVerdict(proven, problems, path, tuple(evidence))


def _whole(instant: datetime) -> datetime:
    """Round up to a whole second: verdicts show no less, and a latest instant may not be shown too early."""
    return instant if instant.microsecond == 0 else instant.replace(microsecond=0) + timedelta(seconds=1)


def earliest(proven: ProvenTime, other: ProvenTime | None) -> ProvenTime:
    """Choose the earlier of two proven times: what was there then was there later, too."""
    return proven if other is None or proven.at <= other.at else other


def list_changes_since(facts: CertificateFacts, now: datetime) -> Iterator[Problem]:
    """List what has happened to the certificates since the proven time: to know, without any weight."""
    if facts.at >= now:
        return
    for state in facts.revocation:
        if state.since is not None:
            what = f"was revoked at {format_instant(state.since.at)} ({state.since.reason})"
            yield _inform(CERTIFICATE_REVOKED_SINCE, state.certificate, what, facts.at)
    if now > facts.certificate.not_after:
        what = f"expired at {format_instant(facts.certificate.not_after)}"
        yield _inform(CERTIFICATE_EXPIRED_SINCE, facts.certificate, what, facts.at)


def _inform(since: DeclaredFinding, certificate: SigningCertificate, what: str, proven: datetime) -> Problem:
    text = f"the certificate {what}, which is after the time proven, {format_instant(proven)}"
    return since.at(certificate.display_name, text)


def _check_token(token: "TimestampToken", trust: TrustStore, at: datetime) -> Iterator[_Remark]:
    """List what is wrong, but for path and revocation."""
    info, certificate = token.info, token.certificate
    if info.gen_time - info.accuracy > at:
        yield TIMESTAMP_TIME, f"it is of {format_instant(info.gen_time)}: not yet"
    if problem := find_timestamping_problem(certificate):
        yield TIMESTAMP_PURPOSE, f"not a certificate of a TSA: {problem}"
    if info.tsa is not None and info.tsa.comparable != certificate.subject_name.comparable:
        yield TIMESTAMP_TSA, "the TSA gives itself another name than its certificate"
    if trust.timestamps.policies and info.policy not in trust.timestamps.policies:
        yield TIMESTAMP_POLICY, f"its TSA policy {info.policy} is not a configured one"
    for instant in (info.gen_time, at):
        if not certificate.not_before <= instant <= certificate.not_after:
            words = f"the TSA's certificate is not valid at {format_instant(instant)}"
            yield TIMESTAMP_VALIDITY, words
            return


def _judge_path(
    path: CertificationPath | None, trust: TrustStore, settings: PolicySettings, at: datetime
) -> tuple[RevocationState, ...]:
    signers = CRLSigners((path.anchor,), path.anchor) if path else None
    return tuple(
        RevocationState(
            certificate,
            judge_revocation(
                certificate,
                issuer=issuer,
                crls=trust.crls,
                at=at,
                tolerance=settings.crl_grace,
                maximum_age=settings.crl_maximum_age,
                signers=signers,
                doubt=trust.doubt,
            ),
        )
        for certificate, issuer in (path.issued if path else ())
    )


def _check_revocation(state: RevocationState, token: "TimestampToken") -> Iterator[_Remark]:
    """Undetermined proves nothing; neither does a TSA revoked for any reason but having come to its end."""
    answer, name = state.answer, state.certificate.display_name
    if isinstance(answer, Undetermined):
        yield TIMESTAMP_REVOCATION, f"it cannot be shown that {name} is not revoked: {answer.why}"
    elif isinstance(answer, Revoked):
        ended = state.certificate == token.certificate and answer.reason in _HARMLESS
        if not (ended and token.info.latest < answer.at):
            since = format_instant(answer.at)
            yield TIMESTAMP_REVOKED, f"{name} is revoked since {since} ({answer.reason})"


def _warn(part: str, finding: DeclaredFinding, message: str) -> Problem:
    text = f"the timestamp proves nothing: {message}"
    hint = "[timestamp] in the configuration says which authorities are trusted, and where their CRLs are"
    return finding.at(part, text, hint=hint)
