"""The same token for a person: `iki` with a configuration that names its module."""

import subprocess
import tomllib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.exits import ExitStatus
from tests.backends.backend import Place
from tests.backends.trust import TestPKI
from tests.cli.expect import audited, expect_refused, nothing_changes
from tests.support.lab import Lab, sha256
from tests.support.tools import require_tool


def test_signed_and_verified(lab: Lab, tmp_path: Path) -> None:
    """`iki sign` with the certificate on the token, then `iki verify` of what came out, which passes."""
    form = lab.write_form(tmp_path / "form.xlsx")
    before = sha256(form)
    with audited(lab, ("sign", "allowed", ())):
        run = lab.iki("sign", form, "--as", "manufacturer", "--image", form.with_suffix(".bin"))
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    signed = form.with_name("form.signed.xlsx")
    assert sha256(form) == before
    verified = lab.iki("verify", signed, "--require", "manufacturer")
    assert (verified.status, verified.stdout.splitlines()[0]) == (ExitStatus.OK, f"{signed}: TOTAL-PASSED")


def test_a_file_is_signed_beside_it(lab: Lab, pki: TestPKI, tmp_path: Path) -> None:
    """Detached CMS by the token's key: openssl reads and verifies it."""
    file = tmp_path / "firmware.bin"
    file.write_bytes(b"TEST image" * 100)
    lab.do("sign", file, "--format", "cms", "--as", "manufacturer")
    finished = subprocess.run(
        [
            *(require_tool("openssl"), "cms", "-verify", "-binary", "-inform", "DER"),
            *("-in", f"{file}.p7s", "-content", str(file), "-out", str(tmp_path / "out")),
            *("-CAfile", str(pki.root), "-certfile", str(pki.issuing), "-purpose", "any"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def test_a_request_made_on_the_token(pki: TestPKI, place: Place, tmp_path: Path, kind: str) -> None:
    """`iki csr` with each kind of key: openssl verifies it, and it asks for the key's own public key."""
    key = place.key(kind)
    lab = pki.configure(tmp_path / "lab", place, key)
    request = tmp_path / "request.pem"
    lab.do("csr", "--as", "manufacturer", "-o", request)
    openssl = require_tool("openssl")
    finished = subprocess.run(
        [openssl, "req", "-verify", "-noout", "-in", str(request)], capture_output=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    asked = x509.load_pem_x509_csr(request.read_bytes()).public_key()
    assert asked.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == key.public_key


def test_the_key_of_another_certificate_signs_nothing(pki: TestPKI, place: Place, tmp_path: Path) -> None:
    """A key is matched to its certificate by the public key, whatever label and id they share."""
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    certificate = tmp_path / "other.der"
    certificate.write_bytes(pki.certify(other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)))
    lab = pki.configure(tmp_path / "lab", place, place.keys[0], certificate=str(certificate))
    documents = tmp_path / "documents"
    documents.mkdir()
    form = lab.write_form(documents / "form.xlsx")
    with nothing_changes(documents), audited(lab, ("sign", "refused", ("key-matches-certificate",))):
        expect_refused(lab.iki("sign", form, "--as", "manufacturer"), "key-matches-certificate")


def test_lists_print_what_can_be_pasted(lab: Lab, place: Place) -> None:
    """`iki token list` and `iki key list` name the token and its keys by URIs that find them."""
    tokens = lab.iki("token", "list", "--json").json
    wanted = {"serial": place.token.serial, "label": place.token.token}
    found = [token for token in tokens if all(value in (None, token[name]) for name, value in wanted.items())]
    assert len(found) == 1
    keys = lab.iki("key", "list", "--as", "manufacturer", "--json").json
    assert {key["kind"] for key in keys} >= {key.kind for key in place.keys}


def test_the_doctor_finds_nothing_wrong(lab: Lab) -> None:
    """`iki doctor`: the module loads in processes of its own, and two threads may use it at once."""
    run = lab.iki("doctor", "--as", "manufacturer", "--json")
    lines = run.json["lines"]
    assert (run.status, [line for line in lines if line["health"] == "fail"]) == (ExitStatus.OK, [])
    assert {"module", "token", "pin", "mechanism", "concurrency"} <= {line["check"] for line in lines}


@pytest.mark.backends
def test_a_soak_measures_it(lab: Lab, tmp_path: Path) -> None:
    """`iki token soak`: as many sessions as it bears, and a profile that follows; a slow one may be noted."""
    profile = tmp_path / "profile.toml"
    words = ("--for", "6s", "--confirm", "manufacturer", "-o", profile)
    run = lab.iki("token", "soak", "--as", "manufacturer", *words)
    assert run.status == ExitStatus.OK
    assert all(line.startswith("iki: note: ") for line in run.stderr.splitlines())  # a card may take its time
    measured = tomllib.loads(profile.read_text(encoding="utf-8"))["module"]["profile"]
    assert 1 <= measured["sessions"] <= 30
