"""The CRLs that a configuration leads to: from the store, brought up to date first."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from agent.config.configuration import Configuration
from agent.config.crl import CRLSettings
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.findings import Finding
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList
from agent.pki.crl_points import list_distribution_urls
from agent.service.crls.authorities import Authorities
from agent.service.crls.files import build_note, list_in_force, synchronise_files
from agent.service.crls.loading import load_crl_files
from agent.service.crls.store import CRLStore
from agent.service.places import state_path


@dataclass(frozen=True, slots=True)
class AssembledCRLs:
    """What the sources and the store gave."""

    crls: tuple[RevocationList, ...]
    notes: tuple[Finding, ...] = ()
    doubt: str = ""
    """Why there may be others that were seen (`TrustStore.doubt`)."""


def store_path(settings: CRLSettings) -> Path:
    """Name the store's file: the configured one, else that in the user's state folder."""
    if settings.store is not None:
        return settings.store
    return state_path("crls.sqlite")


def list_urls(configuration: Configuration, certificates: Iterable[SigningCertificate]) -> tuple[str, ...]:
    """List the configured URLs, and those that the certificates name when that is allowed."""
    urls = list(configuration.crl_urls)
    if configuration.crl.distribution_points:
        urls += [url for certificate in certificates for url in list_distribution_urls(certificate)]
    return tuple(dict.fromkeys(urls))


def assemble_crls(
    configuration: Configuration,
    authorities: Authorities,
    *,
    fetch_for: Iterable[SigningCertificate] | None = None,
) -> AssembledCRLs:
    """Bring the store up to date and list its CRLs, with notes on what went wrong.

    Files and folders are looked at. URLs are fetched only for signing: `fetch_for` are the signer's
    certificates then, and only where the list kept is missing or past its nextUpdate.

    Raises:
        UsageError: `crl-store-unusable`, or a file cannot be read or never was a CRL.

    """
    path = store_path(configuration.crl)
    urls = () if fetch_for is None else list_urls(configuration, (*fetch_for, *authorities.intermediates))
    if not (configuration.crl_files or urls or _exists(path)):
        return AssembledCRLs(())
    has_memory = _exists(path)  # something may have been seen before
    try:
        return _assemble(configuration, authorities, path, urls)
    except UsageError as error:
        if fetch_for is not None or error.code != "crl-store-unusable":
            raise
        # Whoever may only read can verify; what goes unnoticed then is said. Nothing is ever signed so. But a
        # store that is there has a memory, and what it would revoke is not known: nothing else vouches then.
        notes = (build_note(error.code, str(path), error.message),)
        doubt = error.code if has_memory else ""
        return AssembledCRLs(load_crl_files(configuration.crl_files), notes, doubt)


def _exists(path: Path) -> bool:
    """Tell whether there is a store; one that cannot even be looked at may be there."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def _assemble(
    configuration: Configuration, authorities: Authorities, path: Path, urls: tuple[str, ...]
) -> AssembledCRLs:
    """Bring the store up to date and list what is in it."""
    store = CRLStore(path)
    now = datetime.now(UTC)
    synchronised = synchronise_files(store, configuration.crl_files, authorities, now)
    notes = list(synchronised.notes)
    if urls and configuration.crl.fetch_on_demand:
        # http.client, ssl and urllib.request: `iki verify` fetches nothing, and starts without them.
        from agent.service.crls.fetching import fetch_crl, list_due  # noqa: PLC0415

        for url in list_due(store, urls, store.list_crls(), now):
            failure = fetch_crl(store, url, configuration.crl, authorities).error
            if failure is not None:
                notes.append(build_note(failure.code, url, failure.message))
    # The store stays open for as long as its lists are used: to the end of the process.
    return AssembledCRLs((*list_in_force(store, synchronised), *synchronised.loose), tuple(notes))
