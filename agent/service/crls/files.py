"""CRL files and folders, brought into the store whenever they have changed."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from agent.dataclass import dataclass
from agent.errors import DocumentError, UsageError
from agent.findings import Finding, Level
from agent.pki.crl import CertificateList
from agent.service.crls.authorities import Authorities, in_order, load_body
from agent.service.crls.ingestion import Ingested, ingest_one
from agent.service.crls.places import read_place, write_place
from agent.service.crls.register import SourceRecord
from agent.service.crls.store import CRLStore
from agent.service.crls.stored import StoredList
from agent.service.files import is_there, list_files, read_file, reading_configured

MAX_CRL_FILE: Final = 256 * 1024 * 1024
"""Octets of one CRL file."""
IMPORTED: Final = "imported from "
"""How the place of a list begins that `iki crl import` brought: it stays when its file goes."""
_CLAUSE: Final = "docs/crl.md"
_SETTLED: Final = frozenset({"", "crl-rollback", "crl-fork"})
"""Outcomes that stay what they are as long as the file does; others hang on the configured CAs."""
_CHEAP_OCTETS: Final = 1024 * 1024
"""A file so small is hashed sooner than its new stamp is written down."""
_RACY_NANOSECONDS: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What came of the files."""

    notes: tuple[Finding, ...]
    loose: tuple[CertificateList, ...]
    """Lists that no configured CA signed: they stay out of the store. A signature may bring their CA."""
    held: frozenset[str]
    """TBSCertLists (SHA-256, hex) of the lists that the configured files and the URLs hold, or held last."""


@dataclass(frozen=True, slots=True)
class _Changed:
    record: SourceRecord
    crls: tuple[CertificateList, ...]


def synchronise_files(
    store: CRLStore, paths: Iterable[Path], authorities: Authorities, now: datetime
) -> Synchronised:
    """Bring files and folders into the store; what has not changed is not read.

    Raises:
        UsageError: a file cannot be read; `crl-malformed` or `crl-page` of a file that never was a CRL;
            `crl-store-unusable`.

    """
    known = {source.place: source for source in store.list_sources() if "://" not in source.place}
    stored = store.list_identities()
    # A file or folder that is not there is no CRL: revocation is then undetermined, and says so.
    files = [file for path in paths if is_there(path, what="CRL") for file in list_files(path, what="CRL")]
    notes: list[Finding] = []
    changed: list[_Changed] = []
    for file in files:
        record = known.pop(write_place(file), None)
        # What it is said to hold must be there: a record alone vouches for nothing.
        found = _look_at(
            store, file, record, now, is_whole=record is not None and stored.issuperset(record.lists)
        )
        if isinstance(found, _Changed):
            changed.append(found)
        elif found.code:
            notes.append(build_note(found.code, found.place, found.message))
    store.forget_sources(place for place in known if not read_place(place).exists())
    outcomes = _ingest(store, changed, authorities, now)
    notes += [
        build_note(item.refusal.code, item.crl.where, item.refusal.message)
        for item in outcomes
        if item.refusal is not None and item.refusal.code in _SETTLED
    ]
    loose = tuple(item.crl for item in outcomes if item.refusal and item.refusal.code not in _SETTLED)
    return Synchronised(tuple(notes), loose, _held(store, {write_place(file) for file in files}))


def list_in_force(store: CRLStore, synchronised: Synchronised) -> tuple[StoredList, ...]:
    """List the lists that may answer: fetched, imported, or in a file that is still there.

    A file that was removed vouches for nothing any more; the store remembers its list against a rollback.
    A superseded list that is kept for the revocations which its successor omits goes with that successor, and
    so does one that was put aside.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    lists = store.list_crls()
    given = {
        item
        for item in lists
        if "://" in item.where or item.where.startswith(IMPORTED) or item.identity.hex() in synchronised.held
    }
    slots = {item.slot for item in given if item.current}
    return tuple(
        item for item in lists if item in given or ((item.standing or item.refused) and item.slot in slots)
    )


def _held(store: CRLStore, places: set[str]) -> frozenset[str]:
    return frozenset(
        digest
        for source in store.list_sources()
        if source.place in places or "://" in source.place
        for digest in source.lists
    )


def build_note(code: str, where: str, message: str) -> Finding:
    """Build the note about a source that did not deliver; what it means is for the revocation rule to say."""
    hint = "see `iki crl status`; the last good list is kept"
    return Finding(code, Level.WARN, where, message.removeprefix(f"{where}: "), _CLAUSE, hint)


def _look_at(
    store: CRLStore, file: Path, known: SourceRecord | None, now: datetime, *, is_whole: bool
) -> SourceRecord | _Changed:
    """Find out whether a file has changed, by its stamp, then by its octets; parse it if it has.

    `is_whole` says that the store has every list that the file is known to hold.
    """
    place, stamp = write_place(file), _stamp(file, now)
    settled = known if known is not None and is_whole and known.code in _SETTLED else None
    if settled is not None and stamp and settled.stamp == stamp:
        return settled
    with reading_configured():
        data = read_file(file, what="CRL", limit=MAX_CRL_FILE)
    digest = hashlib.sha256(data).digest()
    if settled is not None and settled.sha256 == digest:
        if len(data) > _CHEAP_OCTETS:
            store.record_source(replace(settled, stamp=stamp, checked=now))
        return settled
    lists = known.lists if known else ()
    record = SourceRecord(place, stamp, digest, lists, "", "", now)
    try:
        return _Changed(record, load_body(data, where=place))
    except DocumentError as error:
        if not lists:
            raise UsageError(error.code, error.message, hint=error.hint) from error
        damaged = replace(record, code=error.code, message=error.message)
        store.record_source(damaged)
        return damaged


def _ingest(
    store: CRLStore, changed: list[_Changed], authorities: Authorities, now: datetime
) -> list[Ingested]:
    """Ingest the lists of all changed files together, the oldest first, with what became of each file.

    All in one transaction: a file must not count as taken in when its lists are not.
    """
    if not changed:
        return []
    with store.writing():
        # Held before they are let in: a list that a file still has is not pruned when its successor comes.
        for item in changed:
            store.record_source(replace(item.record, stamp="", lists=_digests(item.crls)))
        outcomes = [
            ingest_one(store, crl, authorities, place=crl.where, now=now, archived=True)
            for crl in in_order(crl for item in changed for crl in item.crls)
        ]
        for item in changed:
            own = [outcome for outcome in outcomes if outcome.crl.where == item.record.place]
            store.record_source(_outcome_of(item.record, own))
    return outcomes


def _outcome_of(record: SourceRecord, own: list[Ingested]) -> SourceRecord:
    """Say what became of a file."""
    refused = next((outcome.refusal for outcome in own if outcome.refusal), None)
    good = _digests(outcome.crl for outcome in own if outcome.refusal is None)
    code, message = (refused.code, refused.message) if refused else ("", "")
    return replace(record, lists=good or record.lists, code=code, message=message)


def _digests(crls: Iterable[CertificateList]) -> tuple[str, ...]:
    return tuple(crl.identity.hex() for crl in crls)


def _stamp(file: Path, now: datetime) -> str:
    """Say what changes when a file does; empty for a file written just now, which is read again."""
    stat = file.stat()
    if abs(now.timestamp() * 1e9 - max(stat.st_mtime_ns, stat.st_ctime_ns)) < _RACY_NANOSECONDS:
        return ""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"
