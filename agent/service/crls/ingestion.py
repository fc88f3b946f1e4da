"""Into the store: a list is parsed and verified once, against the configured CAs."""

from collections.abc import Iterable
from datetime import datetime

from agent.dataclass import dataclass
from agent.pki.crl import CertificateList
from agent.service.crls.authorities import Authorities, find_signer, in_order
from agent.service.crls.errors import CRLRefusedError
from agent.service.crls.store import CRLStore


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one list."""

    crl: CertificateList
    is_new: bool
    refusal: CRLRefusedError | None = None


def ingest(
    store: CRLStore, crls: Iterable[CertificateList], authorities: Authorities, *, place: str, now: datetime
) -> tuple[Ingested, ...]:
    """Let lists in, the oldest first; a refusal is an outcome, and does not keep the others out.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    return tuple(ingest_one(store, crl, authorities, place=place, now=now) for crl in in_order(crls))


def ingest_one(
    store: CRLStore,
    crl: CertificateList,
    authorities: Authorities,
    *,
    place: str,
    now: datetime,
    archived: bool = False,
) -> Ingested:
    """Let one list in; `archived` says that old lists are expected beside the new.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    try:
        signer = find_signer(crl, authorities)
        is_new = store.add(crl, signer=signer.spki_der, place=place, now=now, archived=archived)
        return Ingested(crl, is_new)
    except CRLRefusedError as refusal:
        return Ingested(crl, is_new=False, refusal=refusal)
