"""A signer's certificate judged at an instant: path, revocation, then every rule about it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import Final

from agent.config.policy import PolicySettings
from agent.config.signers import SignerSettings, SubjectSettings
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList
from agent.pki.path import CertificationPath, PathError, list_paths
from agent.pki.path_policies import PolicyInputs
from agent.pki.revocation import CRLEvidence, CRLSigners, Good, Revoked, Undetermined, judge_revocation
from agent.pki.trust import TrustStore
from agent.policy.facts import CertificateFacts, NewestSeen, RevocationState

_PATHS: Final = 8
"""Valid paths that are judged for revocation: cross-certified CAs make several."""
_JudgedPath = tuple[CertificationPath, tuple[RevocationState, ...]]


def collect_certificate_facts(
    certificate: SigningCertificate,
    *,
    claimed_role: str,
    issuers: Iterable[SigningCertificate],
    trust: TrustStore,
    settings: PolicySettings,
    at: datetime,
    profile: SubjectSettings | None = None,
    crls: Iterable[RevocationList] = (),
    now: datetime | None = None,
) -> CertificateFacts:
    """Collect what is known of a certificate; `issuers` and `crls` came with the signature, untrusted.

    `profile` is the subject that the signer's own configuration gives; a verifier has none. `now` is given
    when `at` is a proven time in the past: what has become known since then counts.
    """
    required = frozenset(settings.required_policies)
    known = replace(trust, crls=(*trust.crls, *crls))
    path_error: PathError | None = None
    judged: list[_JudgedPath] = []
    try:
        paths = list_paths(
            certificate,
            intermediates=(*trust.intermediates, *issuers),
            anchors=trust.anchors,
            at=at,
            policies=PolicyInputs(required, explicit=bool(required)),
        )
        judged += (
            (path, _judge_path(path, known, settings, at, now or at)) for path in islice(paths, _PATHS)
        )
    except PathError as error:
        path_error = error
    chosen, revocation = _choose(judged) if judged else (None, ())
    return CertificateFacts(
        certificate=certificate,
        claimed_role=claimed_role,
        at=at,
        path=chosen,
        path_error=path_error,
        revocation=revocation,
        settings=settings,
        profile=profile,
    )


def collect_signer(
    signer: SignerSettings,
    certificate: SigningCertificate,
    trust: TrustStore,
    policy: PolicySettings,
    at: datetime,
) -> CertificateFacts:
    """Collect what is known of a configured signer's certificate."""
    return collect_certificate_facts(
        certificate,
        claimed_role=signer.role,
        issuers=(),
        trust=trust,
        settings=policy,
        at=at,
        profile=signer.subject,
    )


def _choose(judged: Sequence[_JudgedPath]) -> _JudgedPath:
    """Choose one that revokes the certificate itself, else one on which nothing is revoked, else the first.

    Which comes first is up to whoever wrote the document: it must neither hide a revocation, nor lead past
    a way to trust that is clean.
    """
    revokes = (item for item in judged if isinstance(item[1][0].answer, Revoked))
    clean = (item for item in judged if all(isinstance(state.answer, Good) for state in item[1]))
    return next(chain(revokes, clean), judged[0])


def _judge_path(
    path: CertificationPath,
    trust: TrustStore,
    settings: PolicySettings,
    at: datetime,
    now: datetime,
) -> tuple[RevocationState, ...]:
    """Judge every certificate but the anchor at `at`, from the anchor down, by what is known `now`.

    Lists issued after `at` say what was revoked at `at` too, as long as the certificate was not expired
    (it may have been dropped: RFC 5280 clause 3.3) and the issuer was neither expired nor revoked (the list
    may be anybody's).
    """
    signers = CRLSigners((*trust.intermediates, *trust.anchors), path.anchor)
    states: list[RevocationState] = []
    for certificate, issuer in reversed(path.issued):
        above = states[-1].since if states else None
        ends = (now, certificate.not_after, issuer.not_after, above.at if above else now)
        judge = partial(
            judge_revocation,
            certificate,
            issuer=issuer,
            crls=trust.crls,
            tolerance=settings.crl_grace,
            maximum_age=settings.crl_maximum_age,
            signers=signers,
            doubt=trust.doubt,
        )
        answer = judge(at=at, known_until=max(at, min(ends)))
        later = judge(at=now) if now > at and not isinstance(answer, Revoked) else None
        states.append(RevocationState(certificate, answer, later if isinstance(later, Revoked) else None))
    return tuple(reversed(states))


def list_evidence(facts: CertificateFacts) -> tuple[CRLEvidence, ...]:
    """List the CRLs that the revocation states rest on, each once."""
    answers = (answer for state in facts.revocation for answer in (state.answer, state.since) if answer)
    return tuple(dict.fromkeys(item for answer in answers for item in answer.evidence))


_NOBODYS_WORD = frozenset(
    {"crl-absent", "crl-signature-wrong", "crl-signer-unproven", "crl-signer-unsuitable"}
)
"""Answers about a list that its issuer did not sign: its thisUpdate proves nothing."""


def find_newest_crl(facts: CertificateFacts, trust: TrustStore) -> NewestSeen | None:
    """Find the newest thisUpdate that a CA on the path vouches for: of the CRLs relied on, and of all others.

    A list from after `facts.at` matters most and nothing relies on it, so it is looked for on its own; as a
    rule there is none, and then this costs next to nothing.
    """
    seen = [
        (item.this_update, item.issuer)
        for state in facts.revocation
        if not isinstance(state.answer, Undetermined)
        for item in state.answer.evidence
    ]
    for certificate, issuer in facts.path.issued if facts.path else ():
        name = certificate.issuer_name.comparable
        seen += [
            (crl.this_update, crl.issuer)
            for crl in trust.crls
            if crl.this_update > facts.at and crl.issuer_name.comparable == name
            if _is_word_of(issuer, certificate, crl, facts.settings)
        ]
    if not seen:
        return None
    this_update, name_of_issuer = max(seen)
    return NewestSeen(this_update, f"thisUpdate of a CRL of {name_of_issuer}")


def _is_word_of(
    issuer: SigningCertificate, certificate: SigningCertificate, crl: RevocationList, settings: PolicySettings
) -> bool:
    """Tell whether the issuer signed the list: judged at its own thisUpdate, it then says something."""
    answer = judge_revocation(
        certificate,
        issuer=issuer,
        crls=(crl,),
        at=crl.this_update,
        tolerance=settings.crl_grace,
        maximum_age=settings.crl_maximum_age,
    )
    return not isinstance(answer, Undetermined) or answer.code not in _NOBODYS_WORD


def included_issuers(facts: CertificateFacts) -> tuple[SigningCertificate, ...]:
    """List the CAs to put into a signature: nearest first, without the anchor."""
    return facts.path.certificates[1:-1] if facts.path else ()
