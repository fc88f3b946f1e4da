"""Revocation beside `openssl verify -crl_check`: one list, one certificate, the same answer."""

import subprocess
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509

from agent.pki.crl import CertificateList
from agent.pki.pem import to_pem
from agent.pki.revocation import Good, judge_revocation
from tests.pki.support import DAY, NOW, SECOND, Entry, issuing_point, make_crl, make_hierarchy, make_key
from tests.support.tools import require_tool

_MADE = make_hierarchy()
_SERIAL = _MADE.signer.certificate.serial
_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.8"), b"\x05\x00")
_SOME = frozenset({x509.ReasonFlags.superseded})


@cache
def _lists() -> dict[str, CertificateList]:
    """Make one list of each kind that openssl can be asked about."""
    issuing = _MADE.issuing
    return {
        "good": make_crl(issuing, [Entry(_SERIAL + 1)]),
        "revoked": make_crl(issuing, [Entry(_SERIAL, reason="keyCompromise")]),
        "hold": make_crl(issuing, [Entry(_SERIAL, reason="certificateHold")]),
        "stale": make_crl(issuing, next_update=NOW - SECOND),
        "future": make_crl(issuing, this_update=NOW + SECOND),
        "forged": make_crl(issuing, key=make_key("forger")),
        "other": make_crl(_MADE.root),
        "unknown": make_crl(issuing, extensions=[(_UNKNOWN, True)]),
        "unknown-on-entry": make_crl(issuing, [Entry(5, extensions=(_UNKNOWN,))]),
        "user": make_crl(issuing, extensions=[(issuing_point(only_contains_user_certs=True), True)]),
        "ca": make_crl(issuing, extensions=[(issuing_point(only_contains_ca_certs=True), True)]),
        "reasons": make_crl(issuing, extensions=[(issuing_point(only_some_reasons=_SOME), True)]),
        "delta": make_crl(issuing, extensions=[(x509.DeltaCRLIndicator(1), True)]),
    }


_NAMES = (
    *("good", "revoked", "hold", "stale", "future", "forged", "other", "unknown", "unknown-on-entry"),
    *("user", "ca", "reasons", "delta"),
)


@pytest.mark.parametrize("name", _NAMES)
def test_openssl_agrees(name: str, tmp_path: Path) -> None:
    """What it accepts is GOOD here, and nothing else is."""
    openssl = require_tool("openssl")
    crl = _lists()[name]
    parties = {"anchor": _MADE.root, "issuing": _MADE.issuing, "signer": _MADE.signer}
    for file, party in parties.items():
        (tmp_path / file).write_bytes(to_pem("CERTIFICATE", party.certificate.der))
    (tmp_path / "crl").write_bytes(to_pem("X509 CRL", crl.der))
    result = subprocess.run(
        [
            *(openssl, "verify", "-crl_check", "-extended_crl", "-no-CApath", "-no-CAstore"),
            *("-attime", str(int(NOW.timestamp())), "-CAfile", str(tmp_path / "anchor")),
            *("-untrusted", str(tmp_path / "issuing"), "-CRLfile", str(tmp_path / "crl")),
            str(tmp_path / "signer"),
        ],
        capture_output=True,
        check=False,
    )
    answer = judge_revocation(
        _MADE.signer.certificate,
        issuer=_MADE.issuing.certificate,
        crls=[crl],
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )
    assert isinstance(answer, Good) == (result.returncode == 0), (answer, result.stderr)
