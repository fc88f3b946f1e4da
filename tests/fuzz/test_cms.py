"""A detached CMS that was changed and is accepted has the same signed attributes, over the same octets."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import asn1crypto.cms
from hypothesis import given
from hypothesis import strategies as st

from agent.policy.verdict import Judge
from agent.verdicts import PASSED
from tests.cms.signing import CONTENT, countersign, judge, sign
from tests.fuzz.der import edited_der
from tests.fuzz.edits import Octets, edited
from tests.fuzz.profile import FAST
from tests.support.signer import make_software_lab

_COUNTERSIGNATURE = "1.2.840.113549.1.9.6"
_WORDS = (b"\x30\x80", b"\x00\x00", b"\x05\x00", b"\x30\x00", b"\x31\x00", b"\xa0\x00", b"\xa1\x00")
# Untyped: asn1crypto has no annotations.
_cms: Any = asn1crypto.cms


@dataclass(frozen=True, slots=True)
class _Original:
    judge: Judge
    signature: bytes
    signed: frozenset[bytes]


@cache
def _make_original() -> _Original:
    with tempfile.TemporaryDirectory(prefix="iki-fuzz-") as folder:
        lab = make_software_lab(Path(folder) / "pki")
        signature = countersign(lab, sign(lab))
        return _Original(lab.judge(), signature, read_signed(signature))


def read_signed(signature: bytes) -> frozenset[bytes]:
    """List the signed attributes of all signers and countersigners, read by asn1crypto."""
    signers = list(_cms.ContentInfo.load(signature, strict=True)["content"]["signer_infos"])
    for signer in tuple(signers):
        for attribute in signer["unsigned_attrs"] or ():
            if attribute["type"].dotted == _COUNTERSIGNATURE:
                signers += [_cms.SignerInfo.load(value.dump()) for value in attribute["values"]]
    return frozenset(bytes(signer["signed_attrs"].contents) for signer in signers)


def _check(signature: bytes, content: bytes = CONTENT) -> bool:
    """Judge; what is accepted must be what was signed. Any exception is a failure."""
    original = _make_original()
    verdict = judge(original.judge, signature, content)
    assert not any("\n" in finding.message for finding in verdict.findings)
    if verdict.verdict != PASSED:
        return False
    assert content == CONTENT
    assert read_signed(signature) == original.signed
    return True


@FAST
@given(st.deferred(lambda: edited(_make_original().signature, range(0, 3000, 11), _WORDS)).map(Octets))
def test_cms_octets(signature: bytes) -> None:
    """Octets of the signature changed."""
    _check(signature)


@FAST
@given(st.deferred(lambda: edited_der(_make_original().signature)).map(Octets))
def test_cms_elements(signature: bytes) -> None:
    """Elements of the signature dropped, doubled, exchanged, retagged."""
    _check(signature)


@FAST
@given(edited(CONTENT))
def test_cms_content(content: bytes) -> None:
    """The file changed, its signature kept."""
    assert _check(_make_original().signature, content) == (content == CONTENT)


def test_the_original_is_accepted() -> None:
    """The invariant is not kept by refusing everything."""
    assert _check(_make_original().signature)
