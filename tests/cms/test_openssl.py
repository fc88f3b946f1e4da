"""openssl accepts what iki signs, and iki what `openssl cms -sign -cades` signs, for every kind of key."""

from pathlib import Path

import pytest

from agent.errors import DocumentError
from agent.pki.algorithms import SIGNATURE_ALGORITHMS
from agent.roles import Role
from agent.verdicts import Indication
from tests.cms import openssl, tree
from tests.cms.attacks import corrupt_countersignature
from tests.cms.conftest import LabOf
from tests.cms.signing import CONTENT, FIRST, codes_of, countersign, judge, sign, verify
from tests.support.signer import SoftwareLab

ALGORITHMS = (
    ("ec-p256", "ecdsa-sha256"),
    ("ec-p384", "ecdsa-sha384"),
    ("ec-p521", "ecdsa-sha512"),
    ("rsa-2048", "rsa-sha256"),
    ("rsa-2048", "rsa-pss-sha256"),
    ("rsa-2048", "rsa-pss-sha512"),
)


@pytest.mark.parametrize(("kind", "algorithm"), ALGORITHMS)
def test_openssl_accepts_what_iki_signs(lab_of: LabOf, tmp_path: Path, kind: str, algorithm: str) -> None:
    """Signed and countersigned, the signature is CAdES for openssl too, and another file is not signed."""
    lab = lab_of(kind)
    chosen = SIGNATURE_ALGORITHMS[algorithm]
    first = sign(lab, algorithm=chosen)
    both = countersign(lab, first, algorithm=chosen)
    root = lab.authority.root_certificate.der
    assert openssl.accepts(tmp_path, first, root)
    assert openssl.accepts(tmp_path, both, root)
    assert not openssl.accepts(tmp_path, both, root, CONTENT + b"\n")
    verdict = judge(lab.judge(), both)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert {item.record.algorithm for item in verdict.signatures} == {algorithm}


@pytest.mark.parametrize(
    ("kind", "options", "algorithm"),
    [
        ("ec-p256", (), "ecdsa-sha256"),
        ("ec-p384", ("-md", "sha384"), "ecdsa-sha384"),
        ("ec-p521", ("-md", "sha512"), "ecdsa-sha512"),
        ("ec-p521", (), "ecdsa-sha256"),
        ("rsa-2048", (), "rsa-sha256"),
        ("rsa-2048", ("-md", "sha512", "-nosmimecap"), "rsa-sha512"),
        ("rsa-2048", ("pss",), "rsa-pss-sha256"),
        ("rsa-2048", ("pss", "-md", "sha384"), "rsa-pss-sha384"),
        ("rsa-2048", ("-keyid",), "rsa-sha256"),
    ],
)
def test_iki_accepts_what_openssl_signs(
    lab_of: LabOf, tmp_path: Path, kind: str, options: tuple[str, ...], algorithm: str
) -> None:
    """The signature itself passes; as it claims no role, the file is still asked for its manufacturer."""
    lab = lab_of(kind)
    signature = openssl.sign(tmp_path, lab, *options)
    assert codes_of(verify(signature)) == {"": [], FIRST: []}
    verdict = judge(lab.judge(), signature)
    assert [item.verdict.indication for item in verdict.signatures] == [Indication.TOTAL_PASSED]
    assert verdict.signatures[0].record.algorithm == algorithm
    assert {finding.code for finding in verdict.findings} == {"role-missing"}
    assert codes_of(verify(signature, CONTENT + b"\n"))[FIRST] == ["message-digest-mismatch"]


def test_each_of_several_signatures_is_judged(lab: SoftwareLab, tmp_path: Path) -> None:
    """Of two parallel signatures one is spoilt: the other is still shown to be right."""
    signature = openssl.sign(tmp_path, lab, roles=(Role.MANUFACTURER, Role.SUPPLIER))
    assert [item.problems for item in verify(signature).signatures] == [(), ()]
    root = tree.load(signature)
    value = tree.signers(root).at(1, tree.VALUE)
    value.contents = value.contents[:-1] + bytes((value.contents[-1] ^ 1,))
    record = verify(root.dump())
    assert codes_of(record) == {"": [], FIRST: [], "signerInfo[1]": ["signature-value-wrong"]}


def test_a_key_identifier_must_be_the_signer_s(lab: SoftwareLab, tmp_path: Path) -> None:
    """`sid` may name the key instead of the certificate; another's key is confusion."""
    root = tree.load(openssl.sign(tmp_path, lab, "-keyid"))
    sid = tree.signer(root).at(tree.SID)
    sid.contents = bytes(len(sid.contents))
    assert codes_of(verify(root.dump()))[FIRST] == ["cms-certificate-confusion"]


def test_openssl_does_not_look_at_countersignatures(
    lab: SoftwareLab, tmp_path: Path, signature: bytes
) -> None:
    """A corrupted countersignature verifies there: this is why its check must be ours."""
    corrupted = tree.changed(signature, corrupt_countersignature)
    assert openssl.accepts(tmp_path, corrupted, lab.authority.root_certificate.der)
    assert judge(lab.judge(), corrupted).verdict.indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize(
    ("options", "form", "code"),
    [(("-stream",), "DER", "cms-not-der"), ((), "PEM", "cms-pem")],
)
def test_what_openssl_writes_otherwise_is_refused(
    lab: SoftwareLab, tmp_path: Path, options: tuple[str, ...], form: str, code: str
) -> None:
    """BER, as streaming makes it, and armour are refused by name."""
    signature = openssl.sign(tmp_path, lab, *options, form=form)
    with pytest.raises(DocumentError) as caught:
        verify(signature)
    assert caught.value.code == code


def test_content_inside_is_refused(lab: SoftwareLab, tmp_path: Path) -> None:
    """Openssl can put the content into the signature; then it is not the file that was signed."""
    assert codes_of(verify(openssl.sign(tmp_path, lab, "-nodetach"))) == {
        "": ["cms-content-encapsulated"],
        FIRST: [],
    }


def test_a_signature_without_its_certificates_names_nobody(lab: SoftwareLab, tmp_path: Path) -> None:
    """Without certificates the signer is not found, whatever the verifier knows."""
    signature = openssl.sign(tmp_path, lab, "-nocerts")
    assert "signing-certificate-missing" in codes_of(verify(signature))[FIRST]
