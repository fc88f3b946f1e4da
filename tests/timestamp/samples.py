"""Signed workbooks with timestamps of any time, and judges with any knowledge, all in memory."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agent.errors import DocumentError
from agent.formats.package.augment import (
    iter_augmented,
    read_unsigned_properties,
    timestamped_octets_of,
)
from agent.formats.package.package import open_package
from agent.formats.package.verify import verify_package
from agent.formats.unsigned import UnsignedProperties
from agent.lab.ca import CA_NAMES
from agent.pki.crl import CertificateList, load_crl
from agent.pki.trust import TimestampTrust
from agent.policy.verdict import SIGNED, FileVerdict, Judge, judge_malformed, judge_record
from tests.pki.support import Entry
from tests.support.signer import LIMITS, NOW, SoftwareLab
from tests.support.tokens import Authority, make_token, make_tsa

SIG1, SIG2 = "/_xmlsignatures/sig1.xml", "/_xmlsignatures/sig2.xml"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STAMPED = NOW + HOUR
"""When the timestamps of these tests are made, one hour after signing."""


def add(workbook: bytes, part: str = SIG1, **properties: Any) -> bytes:
    """Add unsigned properties to those that a signature has."""
    package = open_package(workbook, LIMITS)
    merged = read_unsigned_properties(package, part).merged(UnsignedProperties(**properties))
    return b"".join(iter_augmented(package, {part: merged}))


def unsigned_of(workbook: bytes, part: str = SIG1) -> UnsignedProperties:
    """Read what has been added to a signature."""
    return read_unsigned_properties(open_package(workbook, LIMITS), part)


def stamp(
    workbook: bytes, part: str = SIG1, *, tsa: Authority | None = None, at: datetime = STAMPED, **wrong: Any
) -> bytes:
    """Add a timestamp to a signature; `wrong` is what `make_token` takes."""
    octets = timestamped_octets_of(open_package(workbook, LIMITS), part)
    token = make_token(hashlib.sha256(octets).digest(), tsa or make_tsa(), at, **wrong)
    return add(workbook, part, timestamp=token)


def lists(lab: SoftwareLab, this_update: datetime, *, life: timedelta = DAY) -> tuple[CertificateList, ...]:
    """Make the CRLs of the signers' CAs, with all that is revoked by then."""
    return tuple(
        load_crl(
            lab.authority.build_crl(name, this_update=this_update, next_update=this_update + life), where=name
        )
        for name in CA_NAMES
    )


def judge(
    lab: SoftwareLab,
    at: datetime,
    crls: Iterable[CertificateList],
    *,
    tsa: Authority | None = None,
    tsa_crls: Iterable[CertificateList] | None = None,
    revoked: Iterable[Entry] = (),
    **trust: Any,
) -> Judge:
    """Build a judge at an instant with these CRLs, and with fresh ones of the TSA's CAs."""
    authority = tsa or make_tsa()
    of_tsa = authority.crls(at, *revoked) if tsa_crls is None else tuple(tsa_crls)
    timestamps = TimestampTrust(**{"anchors": (authority.root.certificate,), **trust})
    known = replace(lab.judge().trust, crls=(*crls, *of_tsa), timestamps=timestamps)
    return replace(lab.judge(at), trust=known)


def verify(workbook: bytes, case: Judge, required: Iterable[frozenset[Any]] = SIGNED) -> FileVerdict:
    """Verify a workbook as `iki verify` does."""
    try:
        record = verify_package(open_package(workbook, LIMITS))
    except DocumentError as error:
        return judge_malformed("test", "", case, error)
    return judge_record("test", "", record, case, required=tuple(required))


def codes(verdict: FileVerdict) -> set[str]:
    """List the codes of the findings."""
    return {finding.code for finding in verdict.findings}
