"""TLS 1.3 with client certificates: who asks is the subject of the certificate that they show.

Source: RFC 8446. Nothing older is spoken, and nobody without a certificate of the configured CAs is heard.
"""

import ssl

from agent.audit.records import Requester
from agent.config.access import SUBJECT
from agent.config.agent import TLSSettings
from agent.daemon.peers import Peer
from agent.errors import AgentError, DocumentError, UsageError
from agent.pki.certificate import load_certificate


def build_context(settings: TLSSettings) -> ssl.SSLContext:
    """Build the context of the server.

    Raises:
        UsageError: `tls-unusable`.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    path = settings.certificate
    try:
        context.load_cert_chain(settings.certificate, settings.key)
        path = settings.client_ca
        context.load_verify_locations(settings.client_ca)
        if settings.client_crl is not None:
            path = settings.client_crl
            context.load_verify_locations(settings.client_crl)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(
            "tls-unusable",
            f"{path}: cannot be used for TLS: {error.strerror or error}",
            hint="listen.tls names PEM files: certificate with its key, CAs and CRLs of clients",
        ) from error
    return context


def identify_client(connection: ssl.SSLObject) -> Peer:
    """Identify the client by its certificate, which the handshake has verified.

    Raises:
        AgentError: `peer-refused` when it has no subject that could be listed.

    """
    der = connection.getpeercert(binary_form=True)
    if der is None:  # pragma: no cover - the handshake would have failed
        raise AgentError("peer-refused", "no client certificate was shown")
    try:
        subject = load_certificate(der, where="client certificate").subject
    except DocumentError as error:
        raise AgentError("peer-refused", error.message, hint="use another client certificate") from error
    if not subject:
        raise AgentError(
            "peer-refused", "the client certificate has no subject", hint="use one that names its holder"
        )
    return Peer(Requester(f"{SUBJECT}{subject}"), controls=False)
