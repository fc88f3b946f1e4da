"""TLS to an agent elsewhere: 1.3, its certificate verified, ours shown (RFC 8446)."""

import os
import socket
import ssl
from typing import Final

from agent.client.problems import unreachable
from agent.endpoint import TLSEndpoint
from agent.errors import AgentError, UsageError

CERTIFICATE: Final = "IKI_AGENT_CERTIFICATE"
"""The variable that names the client certificate, PEM, with the certificates up to its root."""
KEY: Final = "IKI_AGENT_KEY"
"""The variable that names its private key; left out, it is in the same file."""
AUTHORITY: Final = "IKI_AGENT_CA"
"""The variable that names the CAs of the server; left out, those of the system."""


def connect(endpoint: TLSEndpoint, seconds: float) -> socket.socket:
    """Connect.

    Raises:
        UsageError: `agent-certificate` when a file cannot be used, or none is named.
        AgentError: `agent-untrusted` when the server cannot show who it is, or `agent-unreachable`.
        OSError: nobody answers.

    """
    context = _build_context()
    plain = socket.create_connection((endpoint.host, endpoint.port), timeout=seconds)
    try:
        return context.wrap_socket(plain, server_hostname=endpoint.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise AgentError(
            "agent-untrusted",
            f"{endpoint}: its certificate is not accepted: {error.verify_message}",
            hint=f"{AUTHORITY} names the CA that issued it",
        ) from error
    except ssl.SSLError as error:
        plain.close()
        raise unreachable(f"{endpoint}: {error.reason or error}") from error
    except BaseException:
        plain.close()
        raise


def _build_context() -> ssl.SSLContext:
    certificate = os.environ.get(CERTIFICATE, "")
    if not certificate:
        raise UsageError(
            "agent-certificate",
            "an agent elsewhere wants a client certificate",
            hint=f"{CERTIFICATE}=FILE names it, {KEY}=FILE its key",
        )
    authority = os.environ.get(AUTHORITY) or None
    path = authority or "the system's CAs"
    try:
        context = ssl.create_default_context(cafile=authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        path = certificate
        context.load_cert_chain(certificate, os.environ.get(KEY) or None, password=_refuse_password)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(
            "agent-certificate",
            f"{path}: cannot be used for TLS: {reason}",
            hint=f"{CERTIFICATE}, {KEY} and {AUTHORITY} name PEM files; the key without a password",
        ) from error
    return context


def _refuse_password() -> str:
    raise ValueError("the key has a password, and nobody is asked for it")
