"""Signing without a token: the same pure code, with keys in memory, for tests that make many signatures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from agent.config.limits import DocumentLimits
from agent.config.policy import default_policy
from agent.errors import DocumentError
from agent.formats.package.package import open_package
from agent.formats.package.sign import prepare_signature
from agent.formats.package.verify import verify_package
from agent.formats.request import SignatureRequest
from agent.lab.ca import CA_NAMES, TestCertificationAuthority
from agent.pki.algorithms import SignatureAlgorithm, algorithm_for
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.crl import load_crls
from agent.pki.requests import (
    RequestSubject,
    assemble_certification_request,
    build_certification_request_info,
    load_certification_request,
)
from agent.pki.signatures import der_to_raw
from agent.pki.trust import TrustStore
from agent.policy.verdict import COUNTERSIGNED, FileVerdict, Judge, judge_malformed, judge_record
from agent.roles import Role

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
LIMITS = DocumentLimits()
_CURVES = {"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1(), "ec-p521": ec.SECP521R1()}
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class SoftwareSigner:
    """A party with its key in memory."""

    role: Role
    key: Key
    certificate: SigningCertificate

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign a digest as a token would: raw r‖s, or RSASSA-PKCS1-v1_5."""
        return self.sign_by(self.certificate.algorithm, digest)

    def sign_by(self, algorithm: SignatureAlgorithm, digest: bytes) -> bytes:
        """Sign a digest by an algorithm that the key has."""
        return _sign(self.key, algorithm, digest)


@dataclass(frozen=True, slots=True)
class SoftwareLab:
    """A test PKI with a manufacturer, a supplier and a DCC, all in memory but the CA's own files."""

    authority: TestCertificationAuthority
    signers: dict[Role, SoftwareSigner]

    def sign(self, workbook: bytes, role: Role = Role.MANUFACTURER, *, at: datetime = NOW) -> bytes:
        """Sign a workbook; a countersigning role takes in the signatures that are there."""
        package = open_package(workbook, LIMITS)
        signer = self.signers[role]
        present = tuple(record.part for record in verify_package(package).signatures)
        request = SignatureRequest(
            role=role,
            certificate=signer.certificate,
            issuers=(self.authority.issuing_certificate,),
            signing_time=at,
            comments="TEST",
            countersigned=present if role.countersigns else (),
        )
        prepared = prepare_signature(package, request)
        return b"".join(prepared.finish(signer.sign_digest(prepared.digest)))

    def judge(self, at: datetime = NOW) -> Judge:
        """Build what documents are judged against, with CRLs in force at `at`."""
        lists = [
            self.authority.build_crl(
                name, this_update=at - timedelta(hours=1), next_update=at + timedelta(days=1)
            )
            for name in CA_NAMES
        ]
        crls = tuple(crl for der in lists for crl in load_crls(der, where="test"))
        trust = TrustStore((self.authority.root_certificate,), (), crls)
        return Judge(trust, default_policy(), LIMITS, at)

    def verify(self, workbook: bytes, required: Sequence[frozenset[Role]] = COUNTERSIGNED) -> FileVerdict:
        """Verify a workbook as `iki verify` does."""
        judge = self.judge()
        sha256 = hashlib.sha256(workbook).hexdigest()
        try:
            record = verify_package(open_package(workbook, LIMITS))
        except DocumentError as error:
            return judge_malformed("test", sha256, judge, error)
        return judge_record("test", sha256, record, judge, required=required)


def make_software_lab(folder: Path, kind: str = "ec-p256") -> SoftwareLab:
    """Make a test PKI and three signers of one kind of key."""
    authority = TestCertificationAuthority.create(
        folder, not_before=NOW - timedelta(days=1), not_after=NOW + timedelta(days=900)
    )
    return SoftwareLab(authority, {role: _make_signer(authority, role, kind) for role in Role})


def _make_signer(authority: TestCertificationAuthority, role: Role, kind: str) -> SoftwareSigner:
    key = _generate(kind)
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    identifier = bytes((*range(7), list(Role).index(role)))
    subject = RequestSubject(f"TEST {role} Ltd", "02", f"TEST {role}", identifier)
    info = build_certification_request_info(subject, spki)
    algorithm = algorithm_for(spki)
    value = _sign(key, algorithm, hashlib.new(algorithm.hash_name, info).digest())
    request = load_certification_request(assemble_certification_request(info, algorithm, value))
    der = authority.issue(
        request, not_before=NOW - timedelta(days=1), not_after=NOW + timedelta(days=400), name=role.value
    )
    return SoftwareSigner(role, key, load_certificate(der, where=role.value))


def _sign(key: Key, algorithm: SignatureAlgorithm, digest: bytes) -> bytes:
    prehashed = utils.Prehashed(_hash_of(algorithm.hash_name))
    if isinstance(key, rsa.RSAPrivateKey):
        mask = padding.MGF1(_hash_of(algorithm.hash_name))
        pss = algorithm.family == "rsa-pss"
        scheme = padding.PSS(mask, algorithm.salt_length) if pss else padding.PKCS1v15()
        return key.sign(digest, scheme, prehashed)
    return der_to_raw(key.sign(digest, ec.ECDSA(prehashed)), (key.curve.key_size + 7) // 8)


def _generate(kind: str) -> Key:
    if kind.startswith("rsa-"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))
    return ec.generate_private_key(_CURVES[kind])


def _hash_of(name: str) -> hashes.HashAlgorithm:
    return {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]
