"""What is mutated where a signature has timestamps: a package and a `.p7s`, each signature with its own.

A timestamp that was changed proves what it proved, or nothing.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from agent.cpl.new import build_form
from agent.formats.cms.augment import augment_signed_data, timestamped_octets_of
from agent.formats.cms.signed_data import load_signed_data
from agent.formats.unsigned import UnsignedProperties
from agent.policy.verdict import FileVerdict, Judge
from agent.roles import Role
from tests.cms.signing import FIRST, SECOND, countersign, sign
from tests.fuzz.meaning import Meaning, read_meaning
from tests.fuzz.originals import Statement, read_statement
from tests.support.signer import NOW, SoftwareLab, make_software_lab
from tests.support.tokens import make_token, make_tsa
from tests.support.zips import parts_of
from tests.timestamp.samples import DAY, HOUR, SIG1, SIG2, add, judge, lists, stamp, verify

SECOND_PART = SIG2.removeprefix("/")
_PROVEN = {Role.MANUFACTURER: {NOW + HOUR, NOW + 2 * HOUR}, Role.SUPPLIER: {NOW + 2 * HOUR}}
"""When each may be proven to have been there: by its own timestamp, or by its countersignature's."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A package and a detached CMS, countersigned, with timestamps, certificates and CRLs in them."""

    judge: Judge
    package: bytes
    parts: Mapping[str, bytes]
    meaning: Meaning
    statement: Statement
    signature: bytes
    token: bytes
    """One more, over `octets`."""
    octets: bytes


@cache
def make_stamped() -> Stamped:
    """Make both, judged three days after the timestamps."""
    later = NOW + 3 * DAY
    with tempfile.TemporaryDirectory(prefix="iki-fuzz-") as folder:
        lab = make_software_lab(Path(folder) / "pki")
        case = judge(lab, later, lists(lab, later - HOUR))
        package, signature = _make_package(lab), _make_signature(lab)
    octets = b"what is stamped"
    token = make_token(hashlib.sha256(octets).digest(), make_tsa(), NOW, nonce=1234, accuracy=1)
    statement = read_statement(verify(package, case))
    return Stamped(
        case, package, parts_of(package), read_meaning(package), statement, signature, token, octets
    )


def _make_package(lab: SoftwareLab) -> bytes:
    first = stamp(lab.sign(build_form(example=True, created=NOW)), SIG1, at=NOW + HOUR)
    both = stamp(lab.sign(first, Role.SUPPLIER), SIG2, at=NOW + 2 * HOUR)
    return add(both, SIG2, certificates=(make_tsa().issuing.certificate,), crls=lists(lab, NOW))


def _make_signature(lab: SoftwareLab) -> bytes:
    first = _stamp(sign(lab), FIRST, NOW + HOUR)
    both = _stamp(countersign(lab, first), SECOND, NOW + 2 * HOUR)
    more = UnsignedProperties(certificates=(make_tsa().issuing.certificate,), crls=lists(lab, NOW))
    return augment_signed_data(load_signed_data(both), {FIRST: more})


def _stamp(signature: bytes, part: str, at: datetime) -> bytes:
    signed_data = load_signed_data(signature)
    imprint = hashlib.sha256(timestamped_octets_of(signed_data, part)).digest()
    token = make_token(imprint, make_tsa(), at)
    return augment_signed_data(signed_data, {part: UnsignedProperties(timestamp=token)})


def check_proven(verdict: FileVerdict) -> int:
    """Check the proven times of what was accepted; returns how many there are."""
    proven = [(item.record.claimed_role, item.proven) for item in verdict.signatures if item.proven]
    assert all(one.at in _PROVEN[Role(role)] for role, one in proven)
    return len(proven)
