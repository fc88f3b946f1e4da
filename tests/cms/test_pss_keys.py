"""Certificates whose key is for RSASSA-PSS alone (RFC 4055): issued and used by openssl, judged by iki."""

from pathlib import Path

import pytest

from agent.pki.algorithms import algorithm_for, is_same_key, key_strength
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.pem import to_pem
from agent.verdicts import Indication
from tests.cms import openssl, tree
from tests.cms.conftest import LabOf
from tests.cms.signing import CONTENT, FIRST, codes_of, judge, verify
from tests.support.signer import SoftwareLab

_EXTENSIONS = "keyUsage=critical,digitalSignature\nauthorityKeyIdentifier=keyid\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of PEM files."""
    return tmp_path_factory.mktemp("pss")


@pytest.fixture(scope="module", params=[(), ("sha384", "48"), ("sha256", "0")], ids=str)
def certificate(lab_of: LabOf, folder: Path, request: pytest.FixtureRequest) -> SigningCertificate:
    """Let openssl make a key for RSASSA-PSS, restricted or not, and the lab's CA certify it."""
    restriction = request.param
    options = ["-pkeyopt", "rsa_keygen_bits:2048"]
    for name, value in zip(("md", "saltlen"), restriction, strict=False):
        options += ["-pkeyopt", f"rsa_pss_keygen_{name}:{value}"]
    if restriction:
        options += ["-pkeyopt", f"rsa_pss_keygen_mgf1_md:{restriction[0]}"]
    authority = lab_of("rsa-2048").authority
    (folder / "issuing.pem").write_bytes(to_pem("CERTIFICATE", authority.issuing_certificate.der))
    (folder / "extensions").write_text(_EXTENSIONS)
    openssl.do("genpkey", "-algorithm", "RSA-PSS", *options, "-out", folder / "key.pem")
    subject = "/O=TEST PSS Ltd/OU=7F/CN=TEST PSS"
    openssl.do("req", "-new", "-key", folder / "key.pem", "-subj", subject, "-out", folder / "csr.pem")
    (ca_key,) = authority.directory.glob("*issuing*key*")
    openssl.do(
        *("x509", "-req", "-in", folder / "csr.pem", "-CA", folder / "issuing.pem", "-CAkey", ca_key),
        *("-set_serial", "4711", "-days", "30", "-extfile", folder / "extensions"),
        *("-out", folder / "crt.pem"),
    )
    return load_certificate((folder / "crt.pem").read_bytes(), where="openssl")


def _sign(folder: Path, hash_name: str) -> bytes:
    (folder / "content").write_bytes(CONTENT)
    openssl.do(
        *(
            "cms",
            "-sign",
            "-cades",
            "-binary",
            "-in",
            folder / "content",
            "-outform",
            "DER",
            "-md",
            hash_name,
        ),
        *("-signer", folder / "crt.pem", "-inkey", folder / "key.pem", "-keyopt", "rsa_padding_mode:pss"),
        *(
            "-keyopt",
            f"rsa_mgf1_md:{hash_name}",
            "-keyopt",
            "rsa_pss_saltlen:digest",
            "-certfile",
            folder / "issuing.pem",
        ),
        *("-out", folder / "pss.p7s"),
    )
    return (folder / "pss.p7s").read_bytes()


def test_the_algorithm_follows_the_certificate(certificate: SigningCertificate) -> None:
    """Without being asked for; a restriction to a hash is kept to."""
    strength = key_strength(certificate.spki_der)
    assert (strength.kind, strength.family) == ("rsa-pss-2048", "rsa-pss")
    hash_name = strength.pss_hash or "sha256"
    algorithm = algorithm_for(certificate.spki_der)
    assert (algorithm.name, algorithm.salt_length) == (f"rsa-pss-{hash_name}", algorithm.digest_length)


def test_openssl_s_signature_is_accepted(folder: Path, certificate: SigningCertificate) -> None:
    """As with any other key; the certificate's path is another matter."""
    signature = _sign(folder, key_strength(certificate.spki_der).pss_hash or "sha256")
    assert codes_of(verify(signature)) == {"": [], FIRST: []}


def test_such_a_key_does_nothing_else(lab_of: LabOf, folder: Path, certificate: SigningCertificate) -> None:
    """A signature that calls itself PKCS#1 v1.5 is refused, and so is another hash than the key's."""
    hash_name = key_strength(certificate.spki_der).pss_hash or "sha256"
    root = tree.load(_sign(folder, hash_name))
    rsa = tree.load(bytes.fromhex("300d06092a864886f70d0101010500"))
    tree.signer(root).children[tree.ALGORITHM] = rsa
    assert codes_of(verify(root.dump()))[FIRST] == ["key-algorithm-mismatch"]
    assert judge(lab_of("rsa-2048").judge(), root.dump()).verdict.indication is Indication.TOTAL_FAILED


def test_a_short_salt_is_refused(lab_of: LabOf, tmp_path: Path) -> None:
    """A salt is at least as long as the hash; openssl can be asked for less, or for none."""
    for salt in ("0", "20"):
        signature = openssl.sign(tmp_path, lab_of("rsa-2048"), "pss", "-keyopt", f"rsa_pss_saltlen:{salt}")
        assert codes_of(verify(signature))[FIRST] == ["cms-signature-algorithm"]


def test_a_token_knows_the_key_by_its_numbers(lab_of: LabOf, certificate: SigningCertificate) -> None:
    """A token shows an RSA key; the certificate's restriction does not make it another one."""
    shown = tree.load(certificate.spki_der)
    shown.children[0] = tree.load(bytes.fromhex("300d06092a864886f70d0101010500"))
    assert is_same_key(shown.dump(), certificate.spki_der)
    other = next(iter(lab_of("rsa-2048").signers.values())).certificate.spki_der
    assert not is_same_key(other, certificate.spki_der)


def test_padding_on_request_leaves_ec_keys_alone(lab: SoftwareLab, lab_of: LabOf) -> None:
    """`rsa_padding` speaks of RSA keys."""
    for name, expected in (("ec-p256", "ecdsa-sha256"), ("rsa-2048", "rsa-pss-sha256")):
        spki = next(iter(lab_of(name).signers.values())).certificate.spki_der
        assert algorithm_for(spki, pss=True).name == expected
