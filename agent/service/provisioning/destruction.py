"""The end of a key, and of its certificate object if that is wanted."""

from collections.abc import Iterator
from datetime import UTC, datetime

from agent.errors import IkiError
from agent.instants import format_instant
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.service.files import read_file
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.pins.terminal import Operator
from agent.service.provisioning.bench import Bench, open_bench
from agent.service.provisioning.confirmation import Confirmation
from agent.service.workspace import Workspace
from hsm import KeyDescription, Token

_MAX_CERTIFICATE = 1024 * 1024


def run_key_destroy(
    name: str,
    workspace: Workspace,
    operator: Operator,
    confirmation: Confirmation,
    *,
    with_certificate: bool,
) -> tuple[str, ...]:
    """Destroy the key of a signer once its label was typed; returns the URIs of what is gone.

    A certificate of it that is in force still is warned of first.

    Raises:
        UsageError: `confirmation-missing`, `confirmation-wrong`; nothing was destroyed.
        PolicyRefusedError: the requester may not do it.
        TokenError: the token, the PIN or the key; `function-not-supported`, `officer-login-required`,
            `destruction-failed`.

    """
    with (
        open_bench(Operation.KEY_DESTROY, name, workspace, operator) as bench,
        bench.open_token() as token,
    ):
        with translating_hsm_errors():
            key = token.find_key(bench.uri).description
        now = datetime.now(UTC)
        for certificate in _list_certificates(bench, token, key):
            if certificate.not_before <= now <= certificate.not_after:
                confirmation.warn(
                    f"{certificate.display_name}: the certificate of this key is in force until"
                    f" {format_instant(certificate.not_after)} (serial {certificate.serial_hex})"
                )
        confirmation.require(
            key.label or key.id.hex() or str(key.uri),
            f"The key {key.uri} will be destroyed for ever; there is no copy.",
        )
        bench.trail.begun(str(key.uri))
        with translating_hsm_errors():
            gone = token.destroy_key(key.uri)
            if with_certificate and key.id:
                gone += token.destroy_certificate(key_id=key.id)
        bench.trail.done(str(key.uri))
        return tuple(map(str, gone))


def _list_certificates(bench: Bench, token: Token, key: KeyDescription) -> Iterator[SigningCertificate]:
    """List the certificates of the key, on the token and in the signer's file, each once.

    One that cannot be read is no reason to keep a key.
    """
    with translating_hsm_errors():
        sources = [(each.der, str(each.uri)) for each in token.list_certificates()]
    path = bench.signer.certificate
    seen: set[bytes] = set()
    try:
        if path is not None:
            sources.append((read_file(path, what="certificate", limit=_MAX_CERTIFICATE), str(path)))
    except IkiError:
        pass
    for data, where in sources:
        try:
            certificate = load_certificate(data, where=where)
        except IkiError:
            continue
        if certificate.spki_der == key.public_key and certificate.der not in seen:
            seen.add(certificate.der)
            yield certificate
