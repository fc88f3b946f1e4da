"""Signers' PKCS#11 URIs: what in them is believed, and what must be allowed by the configuration."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from agent.config.pin_sources import PINFile, PINProgram, PINSource
from agent.config.signers import SignerSettings
from agent.errors import TokenError
from agent.service.hsm_errors import translating_hsm_errors
from hsm import PKCS11URI


def parse_signer_uri(signer: SignerSettings) -> PKCS11URI:
    """Parse the URI of a signer's key.

    `pin-source` (RFC 7512 section 2.4) may be there when it says what `pin` of the signer says: a file, or a
    program after `|`. It adds nothing then and is left out of the answer.

    Raises:
        TokenError: what `PKCS11URI.parse` says, or `uri-pin-source-refused`.

    """
    with translating_hsm_errors():
        uri = PKCS11URI.parse(signer.token)
    if uri.pin_source is not None and not _is_configured(uri.pin_source, signer.pin):
        raise TokenError(
            "uri-pin-source-refused",
            f"the URI of the signer {signer.name} carries a pin-source that its pin does not name",
            hint=f"leave pin-source out; [signers.{signer.name}] pin says where the PIN comes from",
        )
    return replace(uri, pin_source=None)


def _is_configured(pin_source: str, pin: PINSource) -> bool:
    if pin_source.startswith("|"):
        return isinstance(pin, PINProgram) and pin.arguments == (pin_source[1:],)
    try:
        parts = urlsplit(pin_source)
    except ValueError:
        return False
    if parts.scheme not in {"", "file"} or parts.netloc not in {"", "localhost"}:
        return False
    return isinstance(pin, PINFile) and Path(parts.path) == pin.path
