"""New keys, made on the token, which they never leave."""

import secrets

from agent.errors import UsageError
from agent.operations import Operation
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.pins.terminal import Operator
from agent.service.provisioning.bench import open_bench
from agent.service.workspace import Workspace
from hsm import KeyDescription, KeyKind

_ID_OCTETS = 8


def run_key_generate(name: str, kind: str, workspace: Workspace, operator: Operator) -> KeyDescription:
    """Generate the key that a signer's URI names: sensitive, not extractable, for signing only.

    Its CKA_ID is the one in the URI, or a random one.

    Raises:
        UsageError: `key-kind-unknown`, `signer-key-unnamed`.
        PolicyRefusedError: the requester may not do it.
        TokenError: the token, the PIN; `key-exists`, `certificate-exists`, `mechanism-missing`,
            `function-not-supported`, `officer-login-required`, `generation-failed`.

    """
    wanted = _find_kind(kind)
    with open_bench(Operation.KEY_GENERATE, name, workspace, operator) as bench:
        label = bench.uri.object
        if not label:
            raise UsageError(
                "signer-key-unnamed",
                f"the URI of the signer {name} does not say what its key is called",
                hint=f'write it in [signers.{name}] token = "pkcs11:token=…;object=LABEL"',
            )
        key_id = bench.uri.id or secrets.token_bytes(_ID_OCTETS)
        with bench.open_token() as token, translating_hsm_errors():
            bench.trail.begun(bench.signer.token)
            made = token.generate_key(wanted, label=label, key_id=key_id).description
        bench.trail.done(str(made.uri))
        return made


def _find_kind(text: str) -> KeyKind:
    try:
        return KeyKind(text)
    except ValueError as error:
        kinds = ", ".join(KeyKind)
        raise UsageError(
            "key-kind-unknown", f"{text[:64]!r} is no kind of key", hint=f"the kinds are {kinds}"
        ) from error
