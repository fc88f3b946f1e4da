"""Certificates written beside their keys."""

from pathlib import Path

from agent.dataclass import dataclass
from agent.errors import TokenError, UsageError
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.service.files import read_file
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.pins.terminal import Operator
from agent.service.provisioning.bench import Bench, open_bench
from agent.service.workspace import Workspace
from hsm import CertificateObject, KeyDescription, Token

_MAX_CERTIFICATE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportedCertificate:
    """A certificate on a token."""

    certificate: SigningCertificate
    uri: str
    replaced: tuple[SigningCertificate, ...]
    """Those that had its place before and are gone."""
    is_new: bool
    """False when it was there already, and nothing was done."""
    is_used: bool
    """False when the configuration lets the signer use a file instead."""


def run_certificate_import(
    name: str, path: Path, workspace: Workspace, operator: Operator, *, replace: bool
) -> ImportedCertificate:
    """Write a certificate, PEM or DER, to the token of a signer, beside the key that it certifies.

    Raises:
        UsageError: the file cannot be read; `certificate-other-key`, `certificate-exists` without `replace`.
        DocumentError: it is not exactly one certificate.
        PolicyRefusedError: the requester may not do it.
        TokenError: the token, the PIN or the key; `public-key-missing`; what the token answered.

    """
    data = read_file(path, what="certificate", limit=_MAX_CERTIFICATE)
    certificate = load_certificate(data, where=str(path))
    with (
        open_bench(Operation.CERTIFICATE_IMPORT, name, workspace, operator) as bench,
        bench.open_token() as token,
    ):
        with translating_hsm_errors():
            key = token.find_key(bench.uri).description
            there = token.list_certificates()
        _check_key(key, certificate)
        return _write(bench, token, key, certificate, there, replace=replace)


def _check_key(key: KeyDescription, certificate: SigningCertificate) -> None:
    if key.public_key is None:
        raise TokenError(
            "public-key-missing",
            f"the token does not show the public key of {key.uri}, so it cannot be matched",
            hint="import the public key object with the same CKA_ID as the private key",
        )
    if key.public_key != certificate.spki_der:
        raise UsageError(
            "certificate-other-key",
            f"{certificate.where}: certifies another key than {key.uri}",
            hint="is it the answer to this signer's request? `iki csr` makes the request with the key",
        )


def _write(
    bench: Bench,
    token: Token,
    key: KeyDescription,
    certificate: SigningCertificate,
    there: tuple[CertificateObject, ...],
    *,
    replace: bool,
) -> ImportedCertificate:
    is_used = bench.signer.certificate is None
    same = next((each for each in there if each.der == certificate.der and each.id == key.id), None)
    if same is not None:
        return ImportedCertificate(certificate, str(same.uri), (), is_new=False, is_used=is_used)
    old = tuple(load_certificate(each.der, where=str(each.uri)) for each in there if each.id == key.id)
    if old and not replace:
        raise UsageError(
            "certificate-exists",
            f"the key {key.uri} has a certificate already: serial {old[0].serial_hex}",
            hint="add --replace if the new one is to take its place",
        )
    bench.trail.begun(str(key.uri))
    with translating_hsm_errors():
        write = token.replace_certificate if old else token.import_certificate
        made = write(certificate.der, label=key.label, key_id=key.id)
    bench.trail.done(str(made.uri), certificate)
    return ImportedCertificate(certificate, str(made.uri), old, is_new=True, is_used=is_used)
