"""New tokens: initialised, with the PINs of security officer and user."""

from agent.config.pin_sources import PINEntry, PINPrompt, PINSource
from agent.errors import TokenError, UsageError
from agent.operations import Operation
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.pins.reading import read_pin
from agent.service.pins.terminal import Operator
from agent.service.provisioning.bench import Bench, open_bench
from agent.service.provisioning.confirmation import Confirmation
from agent.service.workspace import Workspace
from hsm import PIN, TokenDescription, choose_token, forbid_core_dumps, initialise_token


def run_token_init(
    name: str,
    workspace: Workspace,
    operator: Operator,
    confirmation: Confirmation,
    *,
    slot_id: int | None,
    serial: str | None,
    so_pin: PINSource,
) -> TokenDescription:
    """Initialise the token that a signer's URI names by its label.

    It is the only uninitialised one, or the one with that slot or serial number; one that is initialised
    is wiped only after its serial number was typed.

    Raises:
        UsageError: `signer-token-unnamed`, `confirmation-missing`, `confirmation-wrong`.
        PolicyRefusedError: the requester may not do it.
        TokenError: the module, the slot, the token or a PIN.

    """
    with open_bench(Operation.TOKEN_INIT, name, workspace, operator) as bench:
        label = bench.uri.token
        if not label:
            raise UsageError(
                "signer-token-unnamed",
                f"the URI of the signer {name} does not say what its token is called",
                hint=f'write it in [signers.{name}] token = "pkcs11:token=LABEL;object=…"',
            )
        with translating_hsm_errors():
            target = choose_token(bench.module, slot_id=slot_id, serial=serial)
        if target.initialised:
            # Never nothing: an empty line would confirm it.
            name_of_it = target.serial or target.label or f"slot {target.slot_id}"
            confirmation.require(
                name_of_it, f"All keys and certificates on {target.uri} will be destroyed for ever."
            )
        return _initialise(bench, target, label, so_pin)


def _initialise(bench: Bench, target: TokenDescription, label: str, so_pin: PINSource) -> TokenDescription:
    forbid_core_dumps()
    officer = f"PIN of the security officer of the token {label}"
    if target.initialised:
        so_value = read_pin(so_pin, operator=bench.operator, label=officer)
    else:
        so_value = read_new_pin(so_pin, bench.operator, officer)
    user_value = read_new_pin(bench.signer.pin, bench.operator, f"PIN of the token {label}")
    bench.trail.begun(str(target.uri))
    final_try = bench.operator.final_try
    with translating_hsm_errors():
        made = initialise_token(
            bench.module,
            label=label,
            so_pin=so_value,
            user_pin=user_value,
            target=target,
            guard=lambda: bench.ledger.attempt(target, so_value, final_try=final_try, officer=True),
        )
    bench.ledger.forget(made)
    bench.trail.done(str(made.uri))
    return made


def read_new_pin(source: PINSource, operator: Operator, label: str) -> PIN:
    """Read a PIN that is to be set; a person types it twice.

    Raises:
        TokenError: `pin-unavailable`, `pin-file-unsafe`, or `pin-typed-differently`.

    """
    first = read_pin(source, operator=operator, label=f"New {label}")
    if not isinstance(source, PINPrompt | PINEntry):
        return first
    again = read_pin(source, operator=operator, label=f"New {label}, again")
    if not again.matches(first):
        raise TokenError(
            "pin-typed-differently",
            "the two PINs differ; nothing was changed",
            hint="type the same PIN twice",
        )
    return first
