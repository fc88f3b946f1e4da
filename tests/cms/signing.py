"""Detached CMS signed and judged with keys in memory, through the same pure code as `iki`."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from agent.errors import DocumentError
from agent.formats.cms.build import Attributes
from agent.formats.cms.sign import prepare_countersignature, prepare_signature
from agent.formats.cms.signed_data import load_signed_data
from agent.formats.cms.verify import list_hashes, verify_signed_data
from agent.formats.records import DocumentRecord
from agent.formats.request import SignatureRequest
from agent.pki.algorithms import SignatureAlgorithm
from agent.pki.certificate import SigningCertificate
from agent.policy.verdict import COUNTERSIGNED, FileVerdict, Judge, judge_malformed, judge_record
from agent.roles import Role
from tests.support.signer import NOW, SoftwareLab

CONTENT = b"TEST submission, of any type.\n" * 100
HASHES = ("sha256", "sha384", "sha512")
FIRST, SECOND = "signerInfo[0]", "signerInfo[0]/countersignature[0]"


def digests_of(content: bytes) -> dict[str, bytes]:
    """Hash content by every hash that is allowed."""
    return {name: hashlib.new(name, content).digest() for name in HASHES}


def sign(
    lab: SoftwareLab,
    content: bytes = CONTENT,
    role: Role = Role.MANUFACTURER,
    *,
    algorithm: SignatureAlgorithm | None = None,
    unsigned: Attributes | None = None,
    crls: Sequence[bytes] = (),
    at: datetime = NOW,
) -> bytes:
    """Sign content as a party; whatever role, it is a first signature."""
    chosen = algorithm or lab.signers[role].certificate.algorithm
    prepared = prepare_signature(digests_of(content), request_of(lab, role, at), chosen)
    value = lab.signers[role].sign_by(chosen, prepared.digest)
    return b"".join(prepared.finish(value, unsigned=unsigned or {}, crls=crls))


def countersign(
    lab: SoftwareLab,
    signature: bytes,
    role: Role = Role.SUPPLIER,
    *,
    algorithm: SignatureAlgorithm | None = None,
    at: datetime = NOW,
) -> bytes:
    """Countersign the one signature that is there."""
    chosen = algorithm or lab.signers[role].certificate.algorithm
    prepared = prepare_countersignature(load_signed_data(signature), request_of(lab, role, at), chosen)
    return b"".join(prepared.finish(lab.signers[role].sign_by(chosen, prepared.digest)))


def request_of(
    lab: SoftwareLab, role: Role, at: datetime, certificate: SigningCertificate | None = None
) -> SignatureRequest:
    """Build what a party asks for, with its own certificate unless another is given."""
    return SignatureRequest(
        role=role,
        certificate=certificate or lab.signers[role].certificate,
        issuers=(lab.authority.issuing_certificate,),
        signing_time=at,
        comments="",
    )


def verify(signature: bytes, content: bytes = CONTENT) -> DocumentRecord:
    """Verify what the container says; raises DocumentError for what cannot be opened."""
    signed_data = load_signed_data(signature)
    return verify_signed_data(
        signed_data, {name: hashlib.new(name, content).digest() for name in list_hashes(signed_data)}
    )


def judge(
    judge_of: Judge,
    signature: bytes,
    content: bytes = CONTENT,
    required: Sequence[frozenset[Role]] = COUNTERSIGNED,
) -> FileVerdict:
    """Judge as `iki verify --format cms` does."""
    try:
        record = verify(signature, content)
    except DocumentError as error:
        return judge_malformed("test", "", judge_of, error)
    return judge_record("test", "", record, judge_of, required=required)


def codes_of(record: DocumentRecord) -> dict[str, list[str]]:
    """List the codes of problems by place: `""` for the container, else the signature's part."""
    found = {item.part: [problem.finding.code for problem in item.problems] for item in record.signatures}
    return {"": [problem.finding.code for problem in record.problems]} | found
