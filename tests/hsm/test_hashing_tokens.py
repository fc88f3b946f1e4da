"""Tokens that hash for themselves: they get the message whose digest is to be signed, and no other."""

import hashlib

import pytest

from hsm import PIN, PKCS11URI, HashName, MechanismMissing, SigningFailed, TokenKey
from hsm.digests import DigestToSign
from hsm.worker.protocol import pack_sign, unpack_sign
from tests.hsm.conftest import USER_PIN
from tests.hsm.failing import Connect, OpenKey, expect_error
from tests.support.faults import FaultModule

_MESSAGE = b"<SignedInfo>what is signed</SignedInfo>"


def _digest(name: str, message: bytes = _MESSAGE) -> bytes:
    return hashlib.new(name, message).digest()


def _find(connect: Connect, label: str) -> TokenKey:
    client = connect()
    client.log_in(PIN(USER_PIN))
    return client.find_key(PKCS11URI(object=label))


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize(("label", "salt"), [("first", None), ("rsa", None), ("rsa", 32)])
def test_the_message_goes_to_the_token(
    connect: Connect, faults: FaultModule, label: str, salt: int | None, name: HashName
) -> None:
    """What comes back is verified against the digest that was to be signed."""
    faults.script("hashing")
    key = _find(connect, label)
    signature = key.sign_digest(_digest(name), name, pss_salt=salt, message=_MESSAGE)
    assert len(signature.value) == (64 if label == "first" else 256)
    assert faults.calls("C_SignInit") == 1


def test_a_token_that_signs_digests_gets_no_message(open_key: OpenKey, faults: FaultModule) -> None:
    """The raw mechanism is the first choice; the fault module would hash what the other one got."""
    key = open_key()
    assert len(key.sign_digest(_digest("sha256"), "sha256", message=_MESSAGE).value) == 64


@pytest.mark.parametrize("message", [b"another", b""], ids=["another", "nothing"])
def test_another_message_is_signed_nowhere(open_key: OpenKey, faults: FaultModule, message: bytes) -> None:
    """It is compared before anything leaves, whatever the token would do with it."""
    key = open_key()
    faults.script("hashing")
    digest = _digest("sha256")
    expect_error(
        SigningFailed, "message-mismatch", lambda: key.sign_digest(digest, "sha256", message=message)
    )
    assert faults.calls("C_SignInit") == 0


def test_it_is_compared_beside_the_module_too() -> None:
    """A frame whose message was exchanged on its way does not become a request."""
    payload = pack_sign(0, 1.0, DigestToSign(_digest("sha256"), "sha256", None, _MESSAGE))
    assert unpack_sign(payload)[2].message == _MESSAGE
    expect_error(SigningFailed, "message-mismatch", lambda: unpack_sign(payload[:-1] + b"!"))


@pytest.mark.parametrize(
    ("lines", "message", "code"),
    [
        (("hashing",), None, "mechanism-hashes"),
        (("hashing",), b"a" * 65537, "mechanism-hashes"),
        (("hide 0x1041",), _MESSAGE, "mechanism-missing"),
        (("hashing", "hide 0x1044"), _MESSAGE, "mechanism-missing"),
    ],
    ids=["no message", "too long", "neither", "another hash"],
)
def test_what_cannot_be_signed_is_refused_by_name(
    connect: Connect, faults: FaultModule, lines: tuple[str, ...], message: bytes | None, code: str
) -> None:
    """The mechanisms that would do are in the message; the token is not asked."""
    faults.script(*lines)
    key = _find(connect, "first")
    digest = _digest("sha256", message or b"")
    error = expect_error(MechanismMissing, code, lambda: key.sign_digest(digest, "sha256", message=message))
    assert "CKM_ECDSA_SHA256" in error.message
    assert faults.calls("C_SignInit") == 0


@pytest.mark.parametrize("line", ["C_Sign 1 corrupt", "C_SignInit 1 permute\nC_SignInit 1 invalidate"])
def test_faults_of_a_token_that_hashes(connect: Connect, faults: FaultModule, line: str) -> None:
    """Rubbish is thrown away, a lost handle found again: as for any token."""
    faults.script("hashing")
    key = _find(connect, "first")
    faults.script("hashing", *line.splitlines())
    if "corrupt" in line:
        digest = _digest("sha256")
        expect_error(
            SigningFailed, "signature-rubbish", lambda: key.sign_digest(digest, "sha256", message=_MESSAGE)
        )
    else:
        assert len(key.sign_digest(_digest("sha256"), "sha256", message=_MESSAGE).value) == 64
