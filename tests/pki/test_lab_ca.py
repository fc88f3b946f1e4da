"""The rehearsal CA: what it issues, revokes and publishes, with openssl as the second judge."""

import json
import stat
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.lab.ca import TestCertificationAuthority
from agent.lab.ca_builders import TEST_POLICY
from agent.lab.ca_keys import KEY_KINDS
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.crl import load_crl
from agent.pki.path import find_path
from agent.pki.pem import to_pem
from agent.pki.requests import load_certification_request
from agent.pki.revocation import Good, RevocationAnswer, Revoked, judge_revocation
from tests.pki.support import BEGIN, DAY, END, NOW, make_key
from tests.pki.test_requests import make_request
from tests.support.tools import require_tool


@pytest.fixture
def authority(tmp_path: Path) -> TestCertificationAuthority:
    """Make a rehearsal CA of the default kind."""
    return TestCertificationAuthority.create(tmp_path / "ca", not_before=BEGIN, not_after=END)


def _issue(
    authority: TestCertificationAuthority, name: str = "manufacturer", kind: str = "ec-p256"
) -> SigningCertificate:
    """Issue a certificate from a request made as a token makes it."""
    request = load_certification_request(make_request(make_key(f"lab {kind}", kind)))
    der = authority.issue(request, not_before=BEGIN + DAY, not_after=END - DAY, name=name)
    return load_certificate(der, where="lab")


def _judge(
    authority: TestCertificationAuthority, certificate: SigningCertificate, at: datetime = NOW
) -> RevocationAnswer:
    """Publish the issuing CA's list and judge a certificate by it."""
    der = authority.build_crl("issuing", this_update=at, next_update=at + DAY)
    return judge_revocation(
        certificate,
        issuer=authority.issuing_certificate,
        crls=[load_crl(der, where="lab")],
        at=at,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )


@pytest.mark.parametrize("kind", KEY_KINDS)
def test_openssl_accepts_what_the_lab_issues(kind: str, tmp_path: Path) -> None:
    """`openssl verify -crl_check_all` passes before a revocation and fails after it."""
    openssl = require_tool("openssl")
    authority = TestCertificationAuthority.create(
        tmp_path / "ca", not_before=BEGIN, not_after=END, key_kind=kind
    )
    certificate = _issue(authority, kind=kind)
    assert authority.root_certificate.key_kind == authority.issuing_certificate.key_kind == kind
    (tmp_path / "ee").write_bytes(to_pem("CERTIFICATE", certificate.der))

    def verify() -> int:
        lists = [
            to_pem("X509 CRL", authority.build_crl(which, this_update=NOW, next_update=NOW + DAY))
            for which in ("root", "issuing")
        ]
        (tmp_path / "crls").write_bytes(b"".join(lists))
        return subprocess.run(
            [
                *(openssl, "verify", "-x509_strict", "-crl_check_all", "-policy_check", "-no-CApath"),
                *("-policy", TEST_POLICY, "-attime", str(int(NOW.timestamp()))),
                *("-CAfile", str(tmp_path / "ca" / "test-root.crt.pem")),
                *("-untrusted", str(tmp_path / "ca" / "test-issuing.crt.pem")),
                *("-CRLfile", str(tmp_path / "crls"), str(tmp_path / "ee")),
            ],
            capture_output=True,
            check=False,
        ).returncode

    before = verify()
    authority.revoke("manufacturer", at=NOW - DAY, reason="keyCompromise")
    assert (before, verify() == 0) == (0, False)


def test_certificates_have_the_measured_shape(authority: TestCertificationAuthority) -> None:
    """O, role code, EUI-64, critical keyUsage and policy; AKI and SKI; no EKU, no distribution point."""
    certificate = _issue(authority)
    assert (certificate.organisation, certificate.role_code, certificate.entity_identifier) == (
        "Énergie & Fils, Ltd",
        "02",
        "90B3D51F30000001",
    )
    extensions = {
        extension.oid.dotted_string: extension.critical for extension in certificate.library.extensions
    }
    assert extensions == {"2.5.29.14": False, "2.5.29.15": True, "2.5.29.32": True, "2.5.29.35": False}
    assert certificate.key_usage == frozenset({"digitalSignature"})
    assert (certificate.policies, certificate.is_ca) == (frozenset({TEST_POLICY}), False)
    assert (certificate.not_before, certificate.not_after) == (BEGIN + DAY, END - DAY)


def test_the_issuing_ca_is_part_of_a_valid_path(authority: TestCertificationAuthority) -> None:
    """The verifier of the product accepts the rehearsal PKI, and every subject of it says TEST."""
    path = find_path(
        _issue(authority),
        intermediates=[authority.issuing_certificate],
        anchors=[authority.root_certificate],
        at=NOW,
    )
    assert len(path.certificates) == 3
    assert all("TEST" in certificate.subject for certificate in path.certificates[1:])


def test_the_lab_survives_a_restart(authority: TestCertificationAuthority) -> None:
    """Loaded again it has the same keys, registry and CRL numbers."""
    certificate = _issue(authority)
    first = load_crl(authority.build_crl("root", this_update=NOW, next_update=NOW + DAY), where="lab")
    again = TestCertificationAuthority.load(authority.directory)
    second = load_crl(again.build_crl("root", this_update=NOW, next_update=NOW + DAY), where="lab")
    assert (first.number, second.number) == (1, 2)
    assert again.certificates == authority.certificates
    assert [record.name for record in again.list_issued()] == ["root", "issuing", "manufacturer"]
    assert again.revoke(certificate.serial, at=NOW).name == "manufacturer"
    assert isinstance(_judge(again, certificate), Revoked)


def test_a_revocation_tells_date_and_reason(authority: TestCertificationAuthority) -> None:
    """By name, the newest certificate of that name; the older one stays as it is."""
    old, new = _issue(authority), _issue(authority)
    authority.revoke("manufacturer", at=NOW - DAY, reason="superseded")
    answer = _judge(authority, new)
    assert isinstance(answer, Revoked)
    assert (answer.at, answer.reason) == (NOW - DAY, "superseded")
    assert isinstance(_judge(authority, old), Good)
    authority.revoke("manufacturer", at=NOW - DAY)
    assert isinstance(_judge(authority, old), Revoked)


def test_a_hold_may_become_a_revocation(authority: TestCertificationAuthority) -> None:
    """What is only held can still be revoked for good, once."""
    certificate = _issue(authority)
    authority.revoke("manufacturer", at=NOW - DAY, reason="certificateHold")
    authority.revoke("manufacturer", at=NOW, reason="keyCompromise")
    answer = _judge(authority, certificate)
    assert isinstance(answer, Revoked)
    assert answer.reason == "keyCompromise"
    with pytest.raises(UsageError) as caught:
        authority.revoke("manufacturer", at=NOW)
    assert caught.value.code == "lab-certificate-revoked"


def test_the_root_revokes_the_issuing_ca(authority: TestCertificationAuthority) -> None:
    """It is in the registry like any other certificate."""
    authority.revoke("issuing", at=NOW - DAY, reason="cACompromise")
    crl = load_crl(authority.build_crl("root", this_update=NOW, next_update=NOW + DAY), where="lab")
    assert crl.entry_for(authority.issuing_certificate.serial) is not None


def test_serial_numbers_are_not_used_twice(authority: TestCertificationAuthority) -> None:
    """A chosen serial number is taken once; zero and more than 20 octets never."""
    request = load_certification_request(make_request(make_key("lab ec-p256")))
    codes = []
    for serial in (0x42, 0x42, 0, 2**160):
        try:
            der = authority.issue(request, not_before=BEGIN, not_after=END, serial=serial)
            codes.append(load_certificate(der, where="lab").serial_hex)
        except UsageError as error:
            codes.append(error.code)
    assert codes == ["42", "lab-serial-taken", "lab-serial-invalid", "lab-serial-invalid"]


def test_the_common_name_serves_without_a_label(authority: TestCertificationAuthority) -> None:
    """A certificate is revoked by the name its subject carries."""
    request = load_certification_request(make_request(make_key("lab ec-p256")))
    authority.issue(request, not_before=BEGIN, not_after=END)
    assert authority.revoke("release system 1", at=NOW).revoked_at == NOW


def test_keys_are_marked_and_private(authority: TestCertificationAuthority) -> None:
    """The file's name and first words say TEST ONLY; only the owner may read it."""
    files = sorted(authority.directory.glob("*.key.pem"))
    assert [file.name for file in files] == ["test-only-issuing.key.pem", "test-only-root.key.pem"]
    for file in files:
        assert file.read_bytes().startswith(b"TEST ONLY")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    registry = json.loads((authority.directory / "test-only-registry.json").read_text())
    assert registry["comment"].startswith("TEST ONLY")


def test_openssl_reads_the_marked_key(authority: TestCertificationAuthority) -> None:
    """The notice before the key is explanatory text as RFC 7468 allows it."""
    openssl = require_tool("openssl")
    path = authority.directory / "test-only-root.key.pem"
    result = subprocess.run([openssl, "pkey", "-in", path, "-noout"], capture_output=True, check=False)
    assert result.returncode == 0


@pytest.mark.parametrize(
    ("which", "reason", "at", "code"),
    [
        ("nobody", "unspecified", NOW, "lab-certificate-unknown"),
        (7, "unspecified", NOW, "lab-certificate-unknown"),
        ("issuing", "removeFromCRL", NOW, "lab-reason-unknown"),
        ("issuing", "bored", NOW, "lab-reason-unknown"),
        ("issuing", "unspecified", NOW.replace(year=1949), "lab-revocation-date-invalid"),
    ],
)
def test_what_cannot_be_revoked_is_refused(
    authority: TestCertificationAuthority, which: int | str, reason: str, at: datetime, code: str
) -> None:
    """Unknown names, reasons and dates that no complete CRL can say."""
    with pytest.raises(UsageError) as caught:
        authority.revoke(which, at=at, reason=reason)
    assert caught.value.code == code


def test_a_second_lab_does_not_overwrite_the_first(authority: TestCertificationAuthority) -> None:
    """Its keys would be lost."""
    with pytest.raises(UsageError) as caught:
        TestCertificationAuthority.create(authority.directory, not_before=BEGIN, not_after=END)
    assert caught.value.code == "lab-exists"


def test_absent_and_broken_labs_are_told_apart(authority: TestCertificationAuthority, tmp_path: Path) -> None:
    """No lab, an unreadable key, an unreadable registry: three codes."""
    with pytest.raises(UsageError) as absent:
        TestCertificationAuthority.load(tmp_path / "nowhere")
    (authority.directory / "test-only-registry.json").write_text('{"issued": [{}]}')
    with pytest.raises(UsageError) as registry:
        authority.list_issued()
    (authority.directory / "test-only-root.key.pem").write_text("nothing")
    with pytest.raises(UsageError) as key:
        TestCertificationAuthority.load(authority.directory)
    assert (absent.value.code, registry.value.code, key.value.code) == (
        "lab-absent",
        "lab-registry-malformed",
        "lab-key-malformed",
    )


def test_bad_days_are_possible_and_impossible_ones_are_not(authority: TestCertificationAuthority) -> None:
    """Expired, future and stale are made on request; an end before its beginning is refused."""
    request = load_certification_request(make_request(make_key("lab ec-p256")))
    der = authority.issue(request, not_before=NOW + DAY, not_after=NOW + 2 * DAY)
    assert load_certificate(der, where="lab").not_before == NOW + DAY
    stale = load_crl(authority.build_crl("root", this_update=BEGIN, next_update=BEGIN + DAY), where="lab")
    assert stale.next_update == BEGIN + DAY
    with pytest.raises(UsageError) as caught:
        authority.issue(request, not_before=NOW, not_after=NOW)
    with pytest.raises(UsageError) as list_caught:
        authority.build_crl("root", this_update=NOW, next_update=NOW - DAY)
    assert caught.value.code == list_caught.value.code == "lab-validity-invalid"


def test_an_unknown_kind_of_key_is_refused(tmp_path: Path) -> None:
    """And nothing is written."""
    with pytest.raises(UsageError) as caught:
        TestCertificationAuthority.create(
            tmp_path / "ca", not_before=BEGIN, not_after=END, key_kind="rsa-1024"
        )
    assert (caught.value.code, (tmp_path / "ca").exists()) == ("lab-key-kind-unknown", False)


def test_a_failed_write_keeps_the_old_registry(
    authority: TestCertificationAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk at the wrong moment loses the change, not the registry, and leaves no other file."""
    before = (authority.directory / "test-only-registry.json").read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(UsageError) as caught:
        authority.revoke("issuing", at=NOW)
    assert caught.value.code == "lab-not-writable"
    assert (authority.directory / "test-only-registry.json").read_bytes() == before
    assert len(list(authority.directory.iterdir())) == 5
