"""Timestamp tokens made in memory, of any time and as wrong as a test wants them; asn1crypto writes them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final

import asn1crypto.cms
import asn1crypto.core
import asn1crypto.tsp
import asn1crypto.x509
from cryptography import x509

from agent.pki.crl import CertificateList
from agent.pki.der import SEQUENCE, encode
from tests.pki.support import (
    Entry,
    Extensions,
    Key,
    Party,
    ca_extensions,
    make_crl,
    make_key,
    make_party,
    sign,
    usage,
)
from tests.support.signer import NOW

POLICY: Final = "2.999.168.3161"
"""Under the arc for examples, so it can never be a real policy."""
TIME_STAMPING: Final = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")])
TSA_EXTENSIONS: Final[Extensions] = ((usage("digital_signature"), True), (TIME_STAMPING, True))
BEGIN: Final = NOW - timedelta(days=2000)
END: Final = NOW + timedelta(days=4000)
TSA_SERIAL: Final = 0x7501

# Untyped: asn1crypto has no annotations.
_cms: Any = asn1crypto.cms
_tsp: Any = asn1crypto.tsp
_core: Any = asn1crypto.core
_x509: Any = asn1crypto.x509


@dataclass(frozen=True)
class Authority:
    """A TSA and the CAs above it."""

    root: Party
    issuing: Party
    tsa: Party

    def crls(
        self, at: datetime, *entries: Entry, life: timedelta = timedelta(days=1)
    ) -> tuple[CertificateList, ...]:
        """Make the lists of root and issuing CA that are fresh at an instant."""
        make = partial(make_crl, this_update=at - timedelta(hours=1), next_update=at + life)
        return make(self.root), make(self.issuing, entries)


@cache
def make_chain() -> tuple[Party, Party]:
    """Make the root and the issuing CA of TSAs."""
    root = make_party("TEST TSA root", None, ca_extensions(), begin=BEGIN, end=END)
    return root, make_party("TEST TSA issuing", root, ca_extensions(0), begin=BEGIN, end=END)


def make_tsa(
    extensions: Extensions = TSA_EXTENSIONS,
    *,
    begin: datetime = BEGIN,
    end: datetime = END,
    kind: str = "ec-p256",
) -> Authority:
    """Make a TSA; the arguments are its certificate's."""
    root, issuing = make_chain()
    key = make_key(f"tsa-{kind}", kind)
    tsa = make_party("TEST TSA", issuing, extensions, key=key, begin=begin, end=end, serial=TSA_SERIAL)
    return Authority(root, issuing, tsa)


def make_token(
    imprint: bytes,
    authority: Authority,
    at: datetime,
    *,
    nonce: int | None = None,
    accuracy: int = 0,
    policy: str = POLICY,
    key: Key | None = None,
    certificates: Iterable[Party] | None = None,
    tsa_name: x509.Name | None = None,
    named: Party | None = None,
    unsigned: bool = False,
) -> bytes:
    """Make a token over a SHA-256; `key` signs, `named` is named, in place of the TSA's."""
    info = _build_info(imprint, at, nonce, accuracy, policy, tsa_name)
    tsa = authority.tsa.certificate
    digest = hashlib.sha256((named or authority.tsa).certificate.der).digest()
    attributes = _cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
            {"type": "signing_certificate_v2", "values": [{"certs": [{"cert_hash": digest}]}]},
        ]
    )
    signer: dict[str, Any] = {
        "version": "v1",
        "sid": {
            "issuer_and_serial_number": {
                "issuer": _x509.Name.load(tsa.issuer_name.der),
                "serial_number": tsa.serial,
            }
        },
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": sign(key or authority.tsa.key, attributes.dump()),
    }
    if unsigned:
        signer["unsigned_attrs"] = [{"type": "1.3.6.1.4.1.99999.1", "values": [_core.Null()]}]
    included = (authority.tsa, authority.issuing) if certificates is None else certificates
    data = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "tst_info", "content": _core.ParsableOctetString(info)},
        "certificates": [_x509.Certificate.load(item.certificate.der) for item in included],
        "signer_infos": [signer],
    }
    return bytes(_cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())


def make_reply(token: bytes, status: str = "granted") -> bytes:
    """Make the TimeStampResp of a token."""
    return encode(SEQUENCE, _tsp.PKIStatusInfo({"status": status}).dump() + token)


def make_rejection(status: str = "rejection") -> bytes:
    """Make the TimeStampResp of a TSA that does not want to."""
    info = {"status": status, "status_string": ["no, \x1b[31mreally"], "fail_info": {"bad_alg"}}
    return encode(SEQUENCE, _tsp.PKIStatusInfo(info).dump())


def read_request(data: bytes) -> tuple[bytes, int]:
    """Read hashed message and nonce of a TimeStampReq."""
    request = _tsp.TimeStampReq.load(data, strict=True)
    assert request["cert_req"].native is True
    assert request["message_imprint"]["hash_algorithm"]["algorithm"].native == "sha256"
    return request["message_imprint"]["hashed_message"].native, request["nonce"].native


def _build_info(
    imprint: bytes, at: datetime, nonce: int | None, accuracy: int, policy: str, tsa_name: x509.Name | None
) -> bytes:
    fields: dict[str, Any] = {
        "version": "v1",
        "policy": policy,
        "message_imprint": {
            "hash_algorithm": {"algorithm": "sha256"},
            "hashed_message": imprint,
        },
        "serial_number": 1,
        "gen_time": at,
    }
    if accuracy:
        fields["accuracy"] = {"seconds": accuracy}
    if nonce is not None:
        fields["nonce"] = nonce
    if tsa_name is not None:
        fields["tsa"] = _x509.GeneralName("directory_name", _x509.Name.load(tsa_name.public_bytes()))
    return bytes(_tsp.TSTInfo(fields).dump())
