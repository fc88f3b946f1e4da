"""What the `iki crl` commands need: configuration, CAs and store, opened together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.config.configuration import Configuration
from agent.config.policy import PolicySettings
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.pki.certificate import SigningCertificate
from agent.service.crls.assembly import list_urls, store_path
from agent.service.crls.authorities import Authorities, in_order, load_body
from agent.service.crls.files import IMPORTED, MAX_CRL_FILE, Synchronised, list_in_force, synchronise_files
from agent.service.crls.ingestion import Ingested, ingest_one
from agent.service.crls.places import write_place
from agent.service.crls.states import IssuerState, list_states
from agent.service.crls.store import CRLStore
from agent.service.files import list_files, read_file
from agent.service.trust import load_certificate_files, load_store_authorities
from agent.service.workspace import load_configuration, load_policy


@dataclass(frozen=True, slots=True)
class CRLDesk:
    """Everything at hand."""

    configuration: Configuration
    policy: PolicySettings
    authorities: Authorities
    store: CRLStore

    def synchronise(self) -> Synchronised:
        """Bring the configured files and folders into the store.

        Raises:
            UsageError: as `synchronise_files`.

        """
        now = datetime.now(UTC)
        return synchronise_files(self.store, self.configuration.crl_files, self.authorities, now)

    def import_file(self, path: Path) -> tuple[Ingested, ...]:
        """Bring the lists of a file, or of a folder's files, into the store.

        Raises:
            UsageError: the file cannot be read; `crl-folder-empty`; `crl-store-unusable`.
            DocumentError: it is no CRL.

        """
        lists = [
            crl
            for file in list_files(path, what="CRL")
            for crl in load_body(read_file(file, what="CRL", limit=MAX_CRL_FILE), where=write_place(file))
        ]
        if not lists:
            raise UsageError("crl-folder-empty", f"{path}: no file is in this folder", hint="name the CRLs")
        now = datetime.now(UTC)
        return tuple(
            ingest_one(self.store, crl, self.authorities, place=f"{IMPORTED}{crl.where}", now=now)
            for crl in in_order(lists)
        )

    def list_states(self, at: datetime) -> tuple[IssuerState, ...]:
        """List the state of every configured CA's lists."""
        return list_states(
            (*self.authorities.anchors, *self.authorities.intermediates),
            list_in_force(self.store, self.synchronise()),
            at=at,
            tolerance=self.policy.crl_grace,
            maximum_age=self.policy.crl_maximum_age,
        )

    def list_urls(self) -> tuple[str, ...]:
        """List the URLs to fetch: the configured ones, and distribution points when they are allowed.

        Raises:
            UsageError: `crl-url-missing` when there is none.

        """
        urls = list_urls(self.configuration, (*self._signers(), *self.authorities.intermediates))
        if not urls:
            raise UsageError(
                "crl-url-missing",
                f"{self.configuration.path}: no URL of a CRL is configured",
                hint="name one in [trust] crls, or set [crl] distribution_points = true",
            )
        return urls

    def _signers(self) -> tuple[SigningCertificate, ...]:
        """List the signers' certificates that are in files; those on tokens are asked for at signing."""
        paths = [signer.certificate for signer in self.configuration.signers.values() if signer.certificate]
        wanted = paths if self.configuration.crl.distribution_points else []
        return load_certificate_files(wanted, what="certificate")


@contextmanager
def open_desk(named: Path | None) -> Iterator[CRLDesk]:
    """Open what the configuration leads to.

    Raises:
        UsageError: configuration, policy, trust or store cannot be used.

    """
    configuration = load_configuration(named)
    policy = load_policy(configuration.policy_file)
    authorities = load_store_authorities(configuration)
    with CRLStore(store_path(configuration.crl)) as store:
        yield CRLDesk(configuration, policy, authorities, store)
