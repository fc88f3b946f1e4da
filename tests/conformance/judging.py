"""What this program says of a certificate: its path, its validity, and the revocation of all on the path."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.pki.certificate import SigningCertificate
from agent.pki.crl import CertificateList
from agent.pki.crl_signers import CRLSigners
from agent.pki.path import PathError, find_path
from agent.pki.revocation import Good, judge_revocation


@dataclass(frozen=True, slots=True)
class Opinion:
    """A judge's answer, with its words for a table or a failed assertion."""

    valid: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """What every judge is given."""

    certificate: SigningCertificate
    intermediates: Sequence[SigningCertificate]
    anchors: Sequence[SigningCertificate]
    crls: Sequence[CertificateList]
    at: datetime


def judge(material: Material, **inputs: Any) -> Opinion:
    """Judge as `certification-path`, `certificate-validity` and `revocation` do; `inputs` are find_path's."""
    certificate, at = material.certificate, material.at
    if not certificate.not_before <= at <= certificate.not_after:
        return Opinion(valid=False, why="the end entity is outside its validity")
    try:
        path = find_path(
            certificate, intermediates=material.intermediates, anchors=material.anchors, at=at, **inputs
        )
    except PathError as error:
        return Opinion(valid=False, why=error.message)
    signers = CRLSigners((*material.intermediates, *material.anchors), path.anchor)
    for subject, issuer in path.issued:
        answer = judge_revocation(
            subject,
            issuer=issuer,
            crls=material.crls,
            at=at,
            tolerance=timedelta(0),
            maximum_age=timedelta(days=7),
            signers=signers,
        )
        if not isinstance(answer, Good):
            return Opinion(valid=False, why=f"{subject.subject}: {answer}")
    return Opinion(valid=True)
