"""What is looked at: the configuration and what it leads to, each thing asked for once."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from agent.config.configuration import Configuration
from agent.config.policy import PolicySettings
from agent.config.signers import SignerSettings
from agent.config.state import SQLiteDatabase
from agent.errors import IkiError, TokenError
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.service.addressing import parse_signer_uri
from agent.service.crls.desk import open_desk
from agent.service.crls.states import IssuerState
from agent.service.files import read_file
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.keys import find_module
from agent.service.places import state_path
from agent.service.recording import audit_file
from agent.service.workspace import load_policy
from hsm import PKCS11URI, ModuleExamination, TokenExamination, examine_module, examine_token

_T = TypeVar("_T")
_MAX_CERTIFICATE = 1024 * 1024


class _Named(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def id(self) -> bytes: ...


_NamedT = TypeVar("_NamedT", bound=_Named)


class Patient:
    """One configuration at one instant; every method raises IkiError for what cannot be had."""

    def __init__(
        self, configuration: Configuration, signers: tuple[SignerSettings, ...], at: datetime
    ) -> None:
        """Look at nothing yet."""
        self.configuration = configuration
        self.signers = signers
        self.at = at
        self._known: dict[object, Any] = {}

    @property
    def audit_path(self) -> Path | None:
        """The audit log, or the database of SQLite; None for one on a server."""
        state = self.configuration.audit.state
        if state is None:
            return audit_file(self.configuration)
        return state.database.path if isinstance(state.database, SQLiteDatabase) else None

    @property
    def ledger_path(self) -> Path:
        """The folder of the PIN ledger."""
        return self.configuration.module.pin_ledger or state_path("pin-ledger")

    @property
    def patience(self) -> float:
        """Seconds that a look at the module or a token may take: as long as a request to it."""
        return self.configuration.module.profile.deadline_seconds

    def load_policy(self) -> PolicySettings:
        """Load the policy and the party register."""
        paths = self.configuration.policy_file, self.configuration.parties_file
        return self._once("policy", lambda: load_policy(*paths))

    def find_module(self) -> Path:
        """Find the PKCS#11 module."""
        return self._once("path", lambda: find_module(self.configuration.module))

    def examine_module(self) -> ModuleExamination:
        """Let another process load the module."""
        settings = self.configuration.module
        examine = partial(examine_module, reserved=settings.reserved, seconds=self.patience)
        return self._once("module", lambda: _translated(examine, self.find_module(), settings.environment))

    def examine_token(self, signer: SignerSettings) -> TokenExamination:
        """Let another process look at a signer's token."""
        self.examine_module()  # what is wrong with the module is said once, of the module
        settings = self.configuration.module
        examine = partial(examine_token, reserved=settings.reserved, seconds=self.patience)
        uri = self.parse_uri(signer).for_token()
        return self._once(uri, lambda: _translated(examine, self.find_module(), settings.environment, uri))

    def load_certificate(self, signer: SignerSettings) -> SigningCertificate:
        """Load a signer's certificate, from its file or its token."""
        return self._once(("certificate", signer.name), lambda: self._load_certificate(signer))

    def list_crl_states(self) -> tuple[IssuerState, ...]:
        """List how fresh the CRLs of each configured CA are."""
        return self._once("crls", self._list_crl_states)

    def parse_uri(self, signer: SignerSettings) -> PKCS11URI:
        """Parse a signer's URI."""
        return parse_signer_uri(signer)

    def _load_certificate(self, signer: SignerSettings) -> SigningCertificate:
        if signer.certificate is not None:
            data = read_file(signer.certificate, what="certificate", limit=_MAX_CERTIFICATE)
            return load_certificate(data, where=str(signer.certificate))
        found = select(self.parse_uri(signer), self.examine_token(signer).certificates)
        if len(found) != 1:
            raise TokenError(
                "certificate-ambiguous" if found else "certificate-not-found",
                f"{len(found) or 'no'} certificates on the token have the label or id of {signer.token}",
                hint=f"`iki cert import --as {signer.name} FILE` writes one; "
                'or name a file: certificate = "…"',
            )
        return load_certificate(found[0].der, where=str(found[0].uri))

    def _list_crl_states(self) -> tuple[IssuerState, ...]:
        with open_desk(self.configuration.path) as desk:
            return desk.list_states(self.at)

    def _once(self, key: object, make: Callable[[], _T]) -> _T:
        """Ask once; an error is an answer as well, the same one each time."""
        if key not in self._known:
            try:
                self._known[key] = make()
            except IkiError as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, IkiError):
            raise found
        answer: _T = found
        return answer


def select(uri: PKCS11URI, candidates: tuple[_NamedT, ...]) -> list[_NamedT]:
    """List those with the URI's label and id."""
    return [
        each
        for each in candidates
        if uri.object in (None, each.label) and (uri.id is None or uri.id == each.id)
    ]


def _translated(ask: Callable[..., _T], *arguments: object) -> _T:
    with translating_hsm_errors():
        return ask(*arguments)
