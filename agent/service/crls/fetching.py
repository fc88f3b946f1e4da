"""CRLs from URLs into the store: fetched, checked, let in; the last good one is kept whatever comes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from agent.config.crl import CRLSettings
from agent.dataclass import dataclass
from agent.errors import DocumentError, IkiError
from agent.pki.crl import CertificateList
from agent.service.crls.authorities import Authorities, load_body
from agent.service.crls.errors import CRLRefusedError, CRLSourceError
from agent.service.crls.ingestion import ingest
from agent.service.crls.register import SourceRecord
from agent.service.crls.store import CRLStore
from agent.service.crls.stored import StoredList
from agent.service.http import NOTHING_KEPT, Errand, Validators, fetch_octets

_ACCEPT: Final = "application/pkix-crl, application/x-pkcs7-crl;q=0.9, */*;q=0.5"


class Change(StrEnum):
    """What a fetch brought."""

    NEW = "new"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """What came of one URL."""

    url: str
    change: Change
    lists: tuple[str, ...]
    """SHA-256 (hex) of the lists that are in force from there."""
    error: IkiError | None = None


def fetch_crl(
    store: CRLStore, url: str, settings: CRLSettings, authorities: Authorities, *, force: bool = False
) -> FetchOutcome:
    """Fetch a URL into the store; a failure is an outcome. `force` asks for the body whatever is kept.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    now = datetime.now(UTC)
    known = store.find_source(url) or SourceRecord(url, "{}", None, (), "", "", now)
    is_kept = known.lists and store.list_identities().issuperset(known.lists)
    validators = NOTHING_KEPT if force or not is_kept else Validators(**json.loads(known.stamp or "{}"))
    try:
        fetched = fetch_octets(url, _errand(settings), validators)
        if fetched is None:
            store.record_source(replace(known, code="", message="", checked=now, failures=0))
            return FetchOutcome(url, Change.UNCHANGED, store.name_lists(known.lists))
        stamp = json.dumps(
            {"etag": fetched.validators.etag, "last_modified": fetched.validators.last_modified}
        )
        record = SourceRecord(url, stamp, hashlib.sha256(fetched.body).digest(), (), "", "", now)
        lists, is_new = _let_in(store, record, load_body(fetched.body, where=url), authorities)
    except (CRLSourceError, CRLRefusedError, DocumentError) as error:
        failed = replace(
            known, code=error.code, message=error.message, checked=now, failures=known.failures + 1
        )
        store.record_source(failed)
        return FetchOutcome(url, Change.FAILED, store.name_lists(known.lists), error)
    return FetchOutcome(url, Change.NEW if is_new else Change.UNCHANGED, store.name_lists(lists))


def _errand(settings: CRLSettings) -> Errand:
    """Say what is fetched, and what a person may do when it does not come."""
    return Errand(
        settings.limits,
        _ACCEPT,
        CRLSourceError,
        "crl-http",
        "open the URL by hand, or get the CRL another way and `iki crl import` it",
    )


def _let_in(
    store: CRLStore, record: SourceRecord, crls: tuple[CertificateList, ...], authorities: Authorities
) -> tuple[tuple[str, ...], bool]:
    """Let in what came, with what is remembered of the source, in one transaction.

    One list refused refuses the fetch, though the good ones are in by then.
    """
    with store.writing():
        outcomes = ingest(store, crls, authorities, place=record.place, now=record.checked)
        refusal = next((outcome.refusal for outcome in outcomes if outcome.refusal), None)
        lists = tuple(outcome.crl.identity.hex() for outcome in outcomes)
        if refusal is None:
            store.record_source(replace(record, lists=lists))
    if refusal is not None:
        raise refusal
    return lists, any(item.is_new for item in outcomes)


def list_due(
    store: CRLStore, urls: Iterable[str], lists: Iterable[StoredList], now: datetime
) -> tuple[str, ...]:
    """List the URLs whose list is missing, or past its nextUpdate.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    sources = {source.place: source for source in store.list_sources()}
    fresh = {crl.identity.hex() for crl in lists if crl.next_update is not None and now <= crl.next_update}
    return tuple(
        url
        for url in urls
        if url not in sources or not sources[url].lists or not fresh.issuperset(sources[url].lists)
    )
