"""Trust material: anchors and issuing CAs from files, CRLs from files or through the store."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from agent.config.configuration import Configuration, TrustSettings
from agent.config.timestamp import TimestampSettings
from agent.errors import UsageError
from agent.pki.certificate import SigningCertificate, load_certificate, load_certificates
from agent.pki.trust import NO_TIMESTAMPS, TimestampTrust, TrustStore
from agent.service.crls.authorities import Authorities
from agent.service.crls.loading import load_crl_files
from agent.service.files import list_files, read_file, reading_configured

_MAX_CERTIFICATE = 1024 * 1024
_MAX_CERTIFICATES = 16 * 1024 * 1024


def load_trust(settings: TrustSettings, timestamps: TimestampTrust = NO_TIMESTAMPS) -> TrustStore:
    """Load trust material from files alone: no store is read or written.

    Raises:
        UsageError: `trust-anchor-missing` when no anchor is configured, or a file cannot be read
            or is malformed.

    """
    authorities = load_authorities(settings)
    crls = load_crl_files(settings.crls)
    return TrustStore(authorities.anchors, authorities.intermediates, crls, timestamps=timestamps)


def load_timestamp_trust(settings: TimestampSettings, anchors: tuple[Path, ...] = ()) -> TimestampTrust:
    """Load whose timestamps prove anything; `anchors` take the place of the configured ones.

    Raises:
        UsageError: a file cannot be read, or is malformed.

    """
    paths = anchors or settings.trust_anchors
    certificates = load_certificate_files(paths, what="TSA trust anchor")
    return TimestampTrust(certificates, frozenset(settings.policies))


def load_store_authorities(configuration: Configuration) -> Authorities:
    """Load the CAs whose lists the store takes in: those of signers, and the trust anchors of TSAs.

    Raises:
        UsageError: `trust-anchor-missing`, or a file cannot be read, or is malformed.

    """
    timestamps = load_timestamp_trust(configuration.timestamp)
    return _with_anchors(load_authorities(configuration.trust), timestamps)


def _with_anchors(authorities: Authorities, timestamps: TimestampTrust) -> Authorities:
    return replace(authorities, anchors=tuple(dict.fromkeys((*authorities.anchors, *timestamps.anchors))))


def load_configured_trust(
    configuration: Configuration,
    *,
    anchors: tuple[Path, ...] = (),
    tsa_anchors: tuple[Path, ...] = (),
    fetch_for: Iterable[SigningCertificate] | None = None,
) -> TrustStore:
    """Load what a configuration names, its CRLs through the store.

    `anchors` and `tsa_anchors` take the place of the configured ones. With the certificates to sign with in
    `fetch_for`, URLs are fetched where what is kept is missing or past its nextUpdate.

    Raises:
        UsageError: a file cannot be read or is malformed; `crl-store-unusable`.

    """
    # sqlite3 is for those who have a store.
    from agent.service.crls.assembly import assemble_crls  # noqa: PLC0415

    trust = configuration.trust
    configured = load_authorities(trust)
    timestamps = load_timestamp_trust(configuration.timestamp, tsa_anchors)
    known = _with_anchors(configured, timestamps)
    found = assemble_crls(configuration, known, fetch_for=fetch_for)
    chosen = load_certificate_files(anchors, what="trust anchor") if anchors else configured.anchors
    return TrustStore(chosen, configured.intermediates, found.crls, found.notes, timestamps, found.doubt)


def load_authorities(settings: TrustSettings) -> Authorities:
    """Load anchors and issuing CAs.

    Raises:
        UsageError: `trust-anchor-missing`, or a file cannot be read or is malformed.

    """
    if not settings.anchors:
        raise UsageError(
            "trust-anchor-missing",
            "no trust anchor is configured, so no signature can be judged",
            hint="name the IKI root certificate: [trust] anchors in the configuration, or --trust-anchor",
        )
    return Authorities(
        load_certificate_files(settings.anchors, what="trust anchor"),
        load_certificate_files(settings.intermediates, what="CA certificate"),
    )


def load_certificate_file(path: Path) -> SigningCertificate:
    """Load a signer's certificate from its file; raises UsageError when that is missing or malformed."""
    with reading_configured():
        data = read_file(path, what="certificate", limit=_MAX_CERTIFICATE)
        return load_certificate(data, where=str(path))


def load_certificate_files(paths: Iterable[Path], *, what: str) -> tuple[SigningCertificate, ...]:
    """Load the certificates of configured files and folders; `what` names such a file in errors.

    Raises:
        UsageError: a file cannot be read, or is malformed.

    """
    with reading_configured():
        return tuple(
            certificate
            for path in paths
            for file in list_files(path, what=what)
            for certificate in load_certificates(
                read_file(file, what=what, limit=_MAX_CERTIFICATES), where=str(file)
            )
        )
