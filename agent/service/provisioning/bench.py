"""What every change of a token needs: its signer, leave to do it, the module, and the record of it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from agent.config.signers import SignerSettings
from agent.dataclass import dataclass
from agent.errors import TokenError
from agent.operations import Operation
from agent.policy.engine import decide_access
from agent.service.access import collect_access
from agent.service.addressing import parse_signer_uri
from agent.service.audit_trail import AuditTrail
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.logins import credential_for, guard_login
from agent.service.module_loading import load_module
from agent.service.pins.ledger import PINLedger
from agent.service.pins.terminal import Operator
from agent.service.places import state_path
from agent.service.recording import open_audit
from agent.service.workspace import Workspace
from hsm import PKCS11URI, Module, Token, TokenDescription, refuse_dangerous_login


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything at hand for one change."""

    signer: SignerSettings
    uri: PKCS11URI
    module: Module
    ledger: PINLedger
    trail: AuditTrail
    operator: Operator

    def find_token(self) -> TokenDescription:
        """Find the signer's token.

        Raises:
            TokenError: there is not exactly one, or it is read-only.

        """
        with translating_hsm_errors():
            token = self.module.find_token(self.uri.for_token())
        if token.read_only:
            raise TokenError(
                "token-read-only",
                f"{token.uri} is write-protected: nothing on it can be made or destroyed",
                hint="remove its write protection with the vendor's tool",
            )
        return token

    @contextmanager
    def open_token(self) -> Iterator[Token]:
        """Open the signer's token for writing, logged in with the signer's PIN, which is asked for once.

        Raises:
            TokenError: the token or the PIN.

        """
        token = self.find_token()
        operator = self.operator
        if not operator.final_try:
            with translating_hsm_errors():
                refuse_dangerous_login(token)  # before anybody is asked for a PIN
        credential = credential_for(self.signer, token, operator)
        with ExitStack() as stack:
            with (
                translating_hsm_errors(),
                guard_login(self.ledger, token, operator)(credential),
            ):
                opened = stack.enter_context(
                    self.module.open_token(token.uri, credential, writable=True, final_try=operator.final_try)
                )
            yield opened


@contextmanager
def open_bench(operation: Operation, name: str, workspace: Workspace, operator: Operator) -> Iterator[Bench]:
    """Ask policy for leave and load the module; whatever ends the block with an error is on record.

    Raises:
        UsageError: the signer is unknown.
        PolicyRefusedError: the requester may not do it, or the clock is wrong.
        AuditError: it could not be recorded, so it is not done.
        TokenError: the module.

    """
    signer = workspace.configuration.find_signer(name)
    settings = workspace.configuration.module
    log = open_audit(workspace.configuration)
    log.ensure_writable()
    trail = AuditTrail(log, workspace, signer, operation)
    with trail.recording():
        decide_access(collect_access(operation, signer, workspace, at=datetime.now(UTC))).require_allowed()
        uri = parse_signer_uri(signer)
        ledger = PINLedger(settings.pin_ledger or state_path("pin-ledger"))
        yield Bench(signer, uri, load_module(settings), ledger, trail, operator)
