"""The rehearsal's time-stamping authority: a TEST certificate, a key in a file, and this machine's clock.

Its tokens are as good as RFC 3161 asks for; what nobody may trust is its key.
"""

import secrets
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.timestamp.issuing import (
    TimestampQuery,
    UnsignedToken,
    build_grant,
    build_rejection,
    build_tst_info,
    parse_query,
)
from agent.lab.ca import TestCertificationAuthority, certificate_path
from agent.lab.ca_builders import CAKey
from agent.lab.ca_keys import generate_ca_key, load_ca_key, save_ca_key
from agent.lab.files import read_file, write_file
from agent.lab.layout import LabLayout
from agent.lab.parties import TSA_NAME
from agent.pki.algorithms import algorithm_for
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.pem import to_pem

TSA_POLICY: Final = "2.999.168.3161"
"""The TSA policy of the rehearsal: under the arc for examples, as its certificate policy."""
_ACCURACY: Final = 1
"""Seconds: genTime is cut to whole ones."""
_HASHES: Final = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


def create_tsa(
    layout: LabLayout,
    authority: TestCertificationAuthority,
    key_kind: str,
    *,
    not_before: datetime,
    not_after: datetime,
) -> None:
    """Create the TSA of an environment: a key in a file, and a certificate by the issuing CA.

    Raises:
        UsageError: `lab-key-kind-unknown`, `lab-not-writable`, `lab-unwritable` or `lab-validity-invalid`.

    """
    key = generate_ca_key(key_kind)
    der = authority.issue_tsa(key, not_before=not_before, not_after=not_after, name=TSA_NAME)
    save_ca_key(layout.tsa_key, key)
    write_file(layout.certificate(TSA_NAME), to_pem("CERTIFICATE", der))


@dataclass(frozen=True, slots=True)
class TestTimestampAuthority:
    """The TSA of one rehearsal environment; every instant is a parameter."""

    __test__ = False  # not a test class, whatever its name begins with

    certificate: SigningCertificate
    issuer: SigningCertificate
    _key: CAKey = field(repr=False)

    @classmethod
    def load(cls, layout: LabLayout) -> "TestTimestampAuthority":
        """Load it from an environment.

        Raises:
            UsageError: `lab-damaged` or `lab-key-malformed` when a file is missing or is none.
            DocumentError: `certificate-malformed`.

        """
        paths: tuple[Path, Path] = (
            layout.certificate(TSA_NAME),
            certificate_path(layout.authority, "issuing"),
        )
        certificate, issuer = (load_certificate(read_file(path), where=str(path)) for path in paths)
        return cls(certificate, issuer, load_ca_key(layout.tsa_key))

    def answer(self, request: bytes, now: datetime) -> bytes:
        """Answer a TimeStampReq with a TimeStampResp, DER; one that is not granted says why."""
        try:
            query = parse_query(request)
        except DocumentError as error:
            kind = "badAlg" if error.code == "cms-digest-algorithm" else "badDataFormat"
            return build_rejection(kind, error.message)
        if query.policy not in ("", TSA_POLICY):
            return build_rejection("unacceptedPolicy", f"the policy of this TEST TSA is {TSA_POLICY}")
        if query.has_extensions:
            return build_rejection("unacceptedExtension", "no extension of a request is known")
        return build_grant(self._stamp(query, now))

    def _stamp(self, query: TimestampQuery, now: datetime) -> bytes:
        info = build_tst_info(
            query,
            policy=TSA_POLICY,
            serial=secrets.randbits(63) | 1 << 63,
            gen_time=now.replace(microsecond=0),
            accuracy=_ACCURACY,
            tsa=self.certificate,
        )
        token = UnsignedToken(info, self.certificate, algorithm_for(self.certificate.spki_der))
        algorithm = _HASHES[token.algorithm.hash_name]
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            value = self._key.sign(token.signed_octets, ec.ECDSA(algorithm))
        else:
            value = self._key.sign(token.signed_octets, padding.PKCS1v15(), algorithm)
        included = (self.certificate.der, self.issuer.der) if query.wants_certificate else ()
        return token.build(value, included)
