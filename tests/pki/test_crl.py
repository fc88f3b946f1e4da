"""CRLs as they are read."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DocumentError, IkiError
from agent.pki.crl import load_crl, load_crls
from agent.pki.der import BIT_STRING, SEQUENCE, encode, parse_element
from agent.pki.pem import to_pem
from tests.pki.support import (
    DAY,
    NOW,
    Entry,
    bend_crl,
    issuing_point,
    make_crl,
    make_hierarchy,
    null_parameters,
    sign,
)
from tests.support.tools import require_tool

_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.8"), b"\x05\x00")


def test_a_list_is_read() -> None:
    """Issuer, number, dates and entries."""
    issuing = make_hierarchy().issuing
    crl = make_crl(issuing, [Entry(7), Entry(0x1001, NOW - DAY, "keyCompromise")], number=2**70)
    assert (
        crl.issuer,
        crl.issuer_name.comparable,
        crl.number,
        crl.this_update,
        crl.next_update,
        len(crl),
        crl.base_number,
        crl.unknown_critical,
    ) == (
        issuing.certificate.subject,
        issuing.certificate.subject_name.comparable,
        2**70,
        NOW - DAY,
        NOW + DAY,
        2,
        None,
        (),
    )
    entry = crl.entry_for(0x1001)
    assert entry is not None
    assert (entry.revoked_at, entry.reason) == (NOW - DAY, "keyCompromise")
    assert (crl.entry_for(7) or entry).reason == "unspecified"
    assert crl.entry_for(8) is None


def test_openssl_reads_the_same(tmp_path: Path) -> None:
    """Number, dates and fingerprint are those that `openssl crl` prints."""
    openssl = require_tool("openssl")
    crl = make_crl(make_hierarchy().issuing, number=0x1F)
    (tmp_path / "crl").write_bytes(crl.der)
    options = ("-noout", "-crlnumber", "-lastupdate", "-fingerprint", "-sha256")
    lines = subprocess.run(
        [openssl, "crl", "-inform", "DER", "-in", tmp_path / "crl", *options],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()
    values = [line.split("=")[1] for line in lines]
    at = datetime.strptime(values[1], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    assert (values[0], at, values[2].replace(":", "")) == (
        "0x1F",
        crl.this_update,
        crl.sha256.hex().upper(),
    )


def test_a_list_without_number_or_next_update_is_read() -> None:
    """Both are absent from lists of the field, and None here."""
    issuing = make_hierarchy().issuing

    def bend(structure: Any) -> None:
        structure["tbs_cert_list"]["next_update"] = None

    crl = load_crl(bend_crl(make_crl(issuing, number=None).der, issuing.key, bend), where="test")
    assert (crl.number, crl.next_update) == (None, None)


def test_null_parameters_of_ecdsa_are_read() -> None:
    """The oddity of certificates may be in their issuer's CRLs too."""
    issuing = make_hierarchy().issuing
    crl = load_crl(bend_crl(make_crl(issuing, [Entry(9)]).der, issuing.key, null_parameters), where="test")
    assert crl.entry_for(9) is not None


def test_unknown_critical_extensions_are_named() -> None:
    """On the list and on any entry, also when known critical ones stand beside them."""
    issuing = make_hierarchy().issuing
    point = issuing_point(only_contains_user_certs=True)
    on_list = make_crl(issuing, extensions=[(_UNKNOWN, True), (point, True)])
    on_entry = make_crl(issuing, [Entry(1), Entry(2, extensions=(_UNKNOWN,))], extensions=[(point, True)])
    not_critical = make_crl(issuing, extensions=[(_UNKNOWN, False), (point, True)])
    assert (on_list.unknown_critical, on_entry.unknown_critical, not_critical.unknown_critical) == (
        ("2.999.8",),
        ("2.999.8",),
        (),
    )


def test_several_lists_load_together_from_pem() -> None:
    """A bundle is loaded in order, and not where one list is expected."""
    made = make_hierarchy()
    lists = (make_crl(made.root), make_crl(made.issuing))
    data = b"# both\r\n" + b"".join(to_pem("X509 CRL", crl.der) for crl in lists).replace(b"\n", b"\r\n")
    assert load_crls(data, where="test") == lists
    with pytest.raises(DocumentError) as caught:
        load_crl(data, where="test")
    assert caught.value.code == "crl-malformed"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not here</html>",
        b"\x30\x00",
        b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    """One error of one code, whatever is wrong."""
    with pytest.raises(DocumentError) as caught:
        load_crls(data, where="test")
    assert caught.value.code == "crl-malformed"


def test_truncation_is_refused() -> None:
    """A download that broke off is not a shorter list."""
    der = make_crl(make_hierarchy().issuing, [Entry(number) for number in range(1, 50)]).der
    for size in range(0, len(der), 37):
        with pytest.raises(DocumentError):
            load_crl(der[:size], where="test")


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_list_raises_nothing_foreign(changes: list[tuple[int, int]]) -> None:
    """Whatever octets are changed, it loads and answers, or it raises an error of this program."""
    der = bytearray(_damageable())
    for position, octet in changes:
        der[position % len(der)] = octet
    try:
        crl = load_crl(bytes(der), where="test")
        assert crl.entry_for(2) is None or len(crl) > 0
    except IkiError:
        return


_MADE: list[bytes] = []


def _damageable() -> bytes:
    """Make one list with every kind of field, once: ECDSA signatures differ in length from run to run."""
    if not _MADE:
        point = issuing_point(full_name=[x509.UniformResourceIdentifier("http://crl.invalid/1")])
        entries = [Entry(1, reason="keyCompromise"), Entry(2, extensions=(_UNKNOWN,))]
        _MADE.append(make_crl(make_hierarchy().issuing, entries, extensions=[(point, True)]).der)
    return _MADE[0]


def test_extensions_without_their_version_are_malformed() -> None:
    """A CRL of version 1 has none, neither of its own nor in entries (RFC 5280 clause 5.1.2.1)."""
    issuing = make_hierarchy().issuing
    for crl in (make_crl(issuing, number=5), make_crl(issuing, [Entry(7, reason="superseded")], number=5)):
        fields = parse_element(crl.signed.tbs).children()
        plain = [field.encoded for field in fields[1:]]
        for kept in (plain, plain[:-1]):
            tbs = encode(SEQUENCE, b"".join(kept))
            value = encode(BIT_STRING, b"\0" + sign(issuing.key, tbs))
            der = encode(SEQUENCE, tbs + parse_element(crl.der).children()[1].encoded + value)
            if kept is plain or crl.revoked is not None:
                with pytest.raises(DocumentError) as caught:
                    load_crl(der, where="test")
                assert caught.value.code == "crl-malformed"
            else:
                assert load_crl(der, where="test").number is None
