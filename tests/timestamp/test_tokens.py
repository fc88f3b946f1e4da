"""Tokens: what `openssl ts` makes is read, what we ask is read by it, and nothing bent gets through."""

import contextlib
import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import DocumentError
from agent.formats.timestamp.exchange import TimestampRequest, parse_response
from agent.formats.timestamp.token import TimestampMismatch, TimestampToken, check_imprint, load_token
from tests.pki.support import make_key
from tests.support.signer import NOW
from tests.support.tokens import (
    POLICY,
    make_chain,
    make_rejection,
    make_reply,
    make_token,
    make_tsa,
    read_request,
)
from tests.support.tools import require_tool
from tests.support.tsa import make_openssl_authority

_OCTETS = b"what a timestamp is over"
_IMPRINT = hashlib.sha256(_OCTETS).digest()
_REQUEST = TimestampRequest(_OCTETS, 0xFEDCBA9876543210)
_TOKEN = make_token(_IMPRINT, make_tsa(), NOW, nonce=_REQUEST.nonce, accuracy=1)
_REPLY = make_reply(_TOKEN)


@pytest.mark.parametrize("kind", ["ec-p256", "ec-p384", "rsa-2048"])
@pytest.mark.parametrize(("digest", "identifier"), [("sha256", "sha1"), ("sha512", "sha256")])
def test_what_openssl_answers_is_read(tmp_path: Path, kind: str, digest: str, identifier: str) -> None:
    """Keys, digests, and both versions of the attribute that names the TSA's certificate."""
    require_tool("openssl")
    tsa = make_openssl_authority(tmp_path, kind=kind, digest=digest, identifier=identifier)
    token = parse_response(tsa.reply(_REQUEST.build()), _REQUEST)
    assert (token.info.policy, token.info.nonce) == (POLICY, _REQUEST.nonce)
    assert token.info.accuracy.total_seconds() == 1.5
    assert token.certificate == tsa.authority.tsa.certificate
    assert token.certificates == (tsa.authority.issuing.certificate,)


def test_a_request_is_what_openssl_and_asn1crypto_read(tmp_path: Path) -> None:
    """Imprint, nonce and policy; the certificate is asked for."""
    request = TimestampRequest(_OCTETS, 0x7FFF_FFFF_FFFF_FFFF, "2.999.1")
    assert read_request(request.build()) == (_IMPRINT, request.nonce)
    (tmp_path / "query").write_bytes(request.build())
    command = ["ts", "-query", "-in", str(tmp_path / "query"), "-text"]
    shown = subprocess.run([require_tool("openssl"), *command], capture_output=True, text=True, check=True)
    assert "Policy OID: 2.999.1" in shown.stdout
    assert "Certificate required: yes" in shown.stdout
    assert "0x7FFFFFFFFFFFFFFF" in shown.stdout


def test_a_token_with_any_octet_changed_is_not_taken_for_the_token() -> None:
    """Each is refused, or says exactly what it said before: no other error, no other meaning."""
    der = make_token(_IMPRINT, make_tsa(), NOW, nonce=7, accuracy=2)
    whole = load_token(der)
    for position in range(len(der)):
        bent = bytearray(der)
        bent[position] ^= 0x01
        try:
            token = load_token(bytes(bent))
        except (DocumentError, TimestampMismatch):
            continue
        assert (token.info, token.certificate) == (whole.info, whole.certificate), position


@pytest.mark.parametrize("size", [0, 1, 2, 50, -1])
def test_a_token_cut_short_or_followed_by_octets_is_malformed(size: int) -> None:
    """One structure, with nothing behind it."""
    der = make_token(_IMPRINT, make_tsa(), NOW)
    for data in (der[:size], der + b"\0" * (size % 7 + 1)):
        with pytest.raises(DocumentError) as raised:
            load_token(data)
        assert raised.value.code == "timestamp-malformed"


def _code_of(der: bytes) -> str:
    with pytest.raises((DocumentError, TimestampMismatch)) as raised:
        check_imprint(load_token(der), _OCTETS)
    return raised.value.code


def test_a_token_by_another_key_over_something_else_or_of_nobody_does_not_hold() -> None:
    """Each way to be wrong by itself has its own code."""
    tsa, (root, issuing) = make_tsa(), make_chain()
    assert _code_of(make_token(_IMPRINT, tsa, NOW, key=make_key("other"))) == "timestamp-signature-wrong"
    assert _code_of(make_token(bytes(32), tsa, NOW)) == "timestamp-imprint-wrong"
    assert _code_of(make_token(bytes(31), tsa, NOW)) == "timestamp-imprint-wrong"
    assert (
        _code_of(make_token(_IMPRINT, tsa, NOW, certificates=(issuing,))) == "timestamp-certificate-missing"
    )
    assert _code_of(make_token(_IMPRINT, tsa, NOW, named=root)) == "timestamp-certificate-missing"
    assert _code_of(make_token(_IMPRINT, tsa, NOW, named=issuing)) == "timestamp-malformed"
    assert _code_of(make_token(_IMPRINT, tsa, NOW, unsigned=True)) == "timestamp-malformed"


def _answer(nonce: int) -> TimestampToken:
    token = make_token(_IMPRINT, make_tsa(), NOW, nonce=nonce)
    return parse_response(make_reply(token), _REQUEST)


def test_an_answer_to_another_question_is_no_answer() -> None:
    """Nonce, status and policy are compared with what was asked."""
    assert _answer(_REQUEST.nonce).info.gen_time == NOW
    with pytest.raises(TimestampMismatch) as raised:
        _answer(1)
    assert raised.value.code == "timestamp-nonce-wrong"
    token = make_token(_IMPRINT, make_tsa(), NOW, nonce=_REQUEST.nonce)
    for data, code in (
        (make_rejection(), "timestamp-not-granted"),
        (make_reply(token, "waiting"), "timestamp-not-granted"),
        (make_reply(make_token(_IMPRINT, make_tsa(), NOW)), "timestamp-nonce-wrong"),
        (make_rejection("granted"), "timestamp-malformed"),
        (token, "timestamp-malformed"),
    ):
        with pytest.raises((DocumentError, TimestampMismatch)) as refused:
            parse_response(data, _REQUEST)
        assert refused.value.code == code
    with pytest.raises(TimestampMismatch) as other:
        parse_response(make_reply(token), TimestampRequest(_OCTETS, _REQUEST.nonce, "2.999.1"))
    assert other.value.code == "timestamp-policy-wrong"


@given(st.binary(max_size=60), st.integers(0, 2000), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_no_octets_raise_anything_but_what_is_documented(octets: bytes, place: int, length: int) -> None:
    """Alone, and spliced into a token and an answer anywhere."""
    for load, data in ((load_token, _TOKEN), (lambda data: parse_response(data, _REQUEST), _REPLY)):
        for bent in (octets, data[:place] + octets + data[place + length :]):
            with contextlib.suppress(DocumentError, TimestampMismatch):
                load(bent)
