"""A countersigned signature verified without any code of iki: asn1crypto takes it apart, openssl verifies.

openssl's own `cms -verify` ignores countersignatures, so their digest and value are checked here over the
octets that asn1crypto finds.
"""
# asn1crypto has no annotations:
# mypy: allow-untyped-calls

import hashlib
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, tsp

from agent.pki.pem import to_pem
from agent.roles import Role
from tests.cms import openssl
from tests.cms.conftest import LabOf
from tests.cms.signing import CONTENT, countersign, sign
from tests.support.signer import NOW, SoftwareLab


def _attributes(signer: Any) -> dict[str, Any]:
    return {item["type"].native: item["values"] for item in signer["signed_attrs"]}


def _openssl_verifies(folder: Path, signer: Any, certificate_der: bytes) -> bool:
    """Verify the value over the DER of the signed attributes with `openssl dgst`."""
    (folder / "certificate.pem").write_bytes(to_pem("CERTIFICATE", certificate_der))
    key = openssl.do("x509", "-in", folder / "certificate.pem", "-pubkey", "-noout")
    (folder / "key.pem").write_bytes(key)
    octets = signer["signed_attrs"].untag().dump()
    assert octets[:1] == b"\x31"
    (folder / "attributes").write_bytes(octets)
    (folder / "value").write_bytes(signer["signature"].native)
    hash_name = signer["digest_algorithm"]["algorithm"].native
    finished = openssl.run(
        *("dgst", f"-{hash_name}", "-verify", folder / "key.pem"),
        *("-signature", folder / "value", folder / "attributes"),
    )
    return finished.returncode == 0


@pytest.mark.parametrize("kind", ["ec-p256", "ec-p521", "rsa-2048"])
def test_both_signatures_hold_for_others(lab_of: LabOf, tmp_path: Path, kind: str) -> None:
    """The first is over the file's digest, the countersignature over the digest of the first one's value."""
    lab = lab_of(kind)
    info = cms.ContentInfo.load(countersign(lab, sign(lab)), strict=True)
    (first,) = info["content"]["signer_infos"]
    (unsigned,) = first["unsigned_attrs"]
    (second,) = unsigned["values"]
    for signer, role, over in (
        (first, Role.MANUFACTURER, CONTENT),
        (second, Role.SUPPLIER, first["signature"].native),
    ):
        hash_name = signer["digest_algorithm"]["algorithm"].native
        assert _attributes(signer)["message_digest"].native == [hashlib.new(hash_name, over).digest()]
        assert _openssl_verifies(tmp_path, signer, lab.signers[role].certificate.der)


def test_the_attributes_are_those_of_cades(lab: SoftwareLab, signature: bytes) -> None:
    """Exactly these; the countersignature has no content-type; the certificate is named by its digest."""
    info = cms.ContentInfo.load(signature, strict=True)
    (first,) = info["content"]["signer_infos"]
    (second,) = first["unsigned_attrs"][0]["values"]
    common = {
        *("message_digest", "signing_time", "signing_certificate_v2"),
        *("0.4.0.19122.1.1", "1.2.840.113549.1.9.16.2.16"),
    }
    assert set(_attributes(first)) == common | {"content_type"}
    assert set(_attributes(second)) == common
    for signer, role in ((first, Role.MANUFACTURER), (second, Role.SUPPLIER)):
        (value,) = _attributes(signer)["signing_certificate_v2"]
        assert isinstance(value, tsp.SigningCertificateV2)
        (named,) = value["certs"]
        assert named["cert_hash"].native == lab.signers[role].certificate.sha256
        assert _attributes(signer)["signing_time"].native == [NOW]


def test_the_chain_is_there_without_the_root(lab: SoftwareLab, signature: bytes) -> None:
    """Both end entities and the issuing CA, each once."""
    info = cms.ContentInfo.load(signature, strict=True)
    found = {item.chosen.dump() for item in info["content"]["certificates"]}
    ends = {lab.signers[role].certificate.der for role in (Role.MANUFACTURER, Role.SUPPLIER)}
    assert found == ends | {lab.authority.issuing_certificate.der}


def test_it_is_der(signature: bytes) -> None:
    """Encoded anew from its values by another library it is the same, octet for octet."""
    info = cms.ContentInfo.load(signature, strict=True)
    assert info.dump(force=True) == signature


def test_crls_and_unsigned_attributes_are_carried(lab: SoftwareLab) -> None:
    """What is embedded on request stands where CMS has it."""
    crl = lab.authority.build_crl("issuing", this_update=NOW, next_update=lab.judge().at.replace(year=2027))
    token = bytes.fromhex("3003020101")
    signature = sign(lab, unsigned={"1.2.840.113549.1.9.16.2.14": (token,)}, crls=[crl])
    data = cms.ContentInfo.load(countersign(lab, signature), strict=True)["content"]
    assert [item.chosen.dump() for item in data["crls"]] == [crl]
    kinds = {item["type"].dotted for item in data["signer_infos"][0]["unsigned_attrs"]}
    assert kinds == {"1.2.840.113549.1.9.6", "1.2.840.113549.1.9.16.2.14"}
