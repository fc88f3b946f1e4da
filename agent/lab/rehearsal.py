"""The rehearsal: tokens, certificates and CRLs, made in one go, and the bad days on demand."""

import secrets
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.config.configuration import ModuleSettings
from agent.config.pin_sources import PINFile
from agent.config.signers import SignerSettings
from agent.config.token_profile import TokenProfile
from agent.errors import UsageError
from agent.lab.ca import CA_NAMES, TestCertificationAuthority
from agent.lab.ca_registry import IssuedCertificate
from agent.lab.configuration import build_configuration, build_policy
from agent.lab.files import read_file, write_file
from agent.lab.layout import LabLayout
from agent.lab.parties import PARTIES, TSA_NAME, LabParty, find_party
from agent.lab.tsa import create_tsa
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.pem import to_pem
from agent.pki.requests import load_certification_request
from agent.service.crls.store import CRLStore
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.keys import TokenDoor, open_signer_key
from agent.service.module_loading import load_module
from agent.service.pins.terminal import operator_at_terminal
from agent.service.requests import sign_request
from hsm import PIN, PKCS11URI, KeyKind, Module, find_softhsm, initialise_token

KEY_KINDS = ("ec-p256", "ec-p384", "rsa-2048", "rsa-3072")
"""The kinds of key a rehearsal can be made with."""
_KEY_LABEL = "signing"
_KEY_ID = b"\x01"
_LIFE = timedelta(days=365)
_CA_LIFE = timedelta(days=3650)
_CA_BACKDATED = timedelta(days=3650)
"""The CAs are older than any certificate that `iki lab issue` is asked for to make a bad day."""
_CRL_LIFE = timedelta(days=30)
_PORTS = range(20_000, 30_000)
"""Where `iki lab serve` listens: one for each environment, so that two may run."""
_BACKDATED = timedelta(hours=1)
"""Certificates begin in the past, so that a clock a little behind does not spoil a rehearsal."""


def raise_lab(folder: Path, key_kind: str, now: datetime) -> LabLayout:
    """Make a rehearsal environment: tokens with keys on them, CAs, certificates, CRLs, configuration.

    Raises:
        UsageError: `lab-exists`, `lab-unwritable`.
        TokenError: SoftHSM is missing, or said no.

    """
    layout = LabLayout(folder.absolute())
    if layout.folder.exists() and (not layout.folder.is_dir() or any(layout.folder.iterdir())):
        raise UsageError(
            "lab-exists",
            f"{folder}: is not empty",
            hint="name a new folder with --dir; nothing is overwritten",
        )
    try:
        _furnish(layout, key_kind, now)
    except BaseException:
        # half an environment would only be in the way of the next try
        shutil.rmtree(layout.folder, ignore_errors=True)
        raise
    return layout


def _furnish(layout: LabLayout, key_kind: str, now: datetime) -> None:
    module = _prepare_module(layout)
    authority = TestCertificationAuthority.create(
        layout.authority, not_before=now - _CA_BACKDATED, not_after=now + _CA_LIFE, key_kind=key_kind
    )
    for party in PARTIES:
        _make_token(layout, party, KeyKind(key_kind), load_module(module))
        _make_request(layout, party, module)
        certificate = _issue(layout, authority, party, now - _BACKDATED, now + _LIFE)
        _import_certificate(layout, party, load_module(module), certificate)
    create_tsa(layout, authority, key_kind, not_before=now - _BACKDATED, not_after=now + _LIFE)
    publish_crls(layout, this_update=now, next_update=now + _CRL_LIFE)
    write_file(layout.policy, build_policy().encode())
    text = build_configuration(str(layout.configuration), str(module.path), secrets.choice(_PORTS))
    write_file(layout.configuration, text.encode())


def _prepare_module(layout: LabLayout) -> ModuleSettings:
    write_file(
        layout.softhsm_configuration,
        f"directories.tokendir = {layout.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n".encode(),
    )
    layout.tokens.mkdir(mode=0o700, exist_ok=True)
    environment = {"SOFTHSM2_CONF": str(layout.softhsm_configuration)}
    with translating_hsm_errors():
        # this process has the module loaded already, to make the tokens
        return ModuleSettings(find_softhsm(), environment, layout.pin_ledger, TokenProfile(process="own"))


def _make_token(layout: LabLayout, party: LabParty, kind: KeyKind, module: Module) -> None:
    pins = {}
    for path in (layout.pin(party.name), layout.security_officer_pin(party.name)):
        text = f"{secrets.randbelow(10**8):08d}"
        write_file(path, f"{text}\n".encode(), private=True)
        pins[path] = PIN(text)
    user_pin, so_pin = pins.values()
    with translating_hsm_errors():
        token = initialise_token(module, label=party.name, so_pin=so_pin, user_pin=user_pin)
        with module.open_token(token.uri, user_pin, writable=True) as opened:
            opened.generate_key(kind, label=_KEY_LABEL, key_id=_KEY_ID)


def _make_request(layout: LabLayout, party: LabParty, module: ModuleSettings) -> None:
    """The request is signed on the token: the private key is never anywhere else."""
    signer = SignerSettings(
        name=party.name,
        role=party.role,
        token=f"pkcs11:token={party.name};object={_KEY_LABEL}",
        certificate=None,
        pin=PINFile(layout.pin(party.name)),
        subject=None,
    )
    with TokenDoor(module) as door:
        request, _ = sign_request(open_signer_key(signer, door, operator_at_terminal()), party.subject)
    write_file(layout.request(party.name), to_pem("CERTIFICATE REQUEST", request))


def _issue(
    layout: LabLayout,
    authority: TestCertificationAuthority,
    party: LabParty,
    not_before: datetime,
    not_after: datetime,
) -> SigningCertificate:
    path = layout.request(party.name)
    request = load_certification_request(read_file(path), where=str(path))
    der = authority.issue(request, not_before=not_before, not_after=not_after, name=party.name)
    write_file(layout.certificate(party.name), to_pem("CERTIFICATE", der))
    return load_certificate(der, where=str(layout.certificate(party.name)))


def _import_certificate(
    layout: LabLayout, party: LabParty, module: Module, certificate: SigningCertificate
) -> None:
    pin = PIN(read_file(layout.pin(party.name)).decode().strip())
    uri = PKCS11URI(token=party.name)
    with translating_hsm_errors(), module.open_token(uri, pin, writable=True) as token:
        token.import_certificate(certificate.der, label=_KEY_LABEL, key_id=_KEY_ID)


def publish_crls(layout: LabLayout, *, this_update: datetime, next_update: datetime) -> tuple[Path, ...]:
    """Build the next CRL of both CAs and put them where the configuration looks; returns their paths.

    Raises:
        UsageError: `lab-missing`, `lab-unwritable`, or the times make no sense.

    """
    authority = TestCertificationAuthority.load(layout.authority)
    paths = []
    for name in CA_NAMES:
        der = authority.build_crl(name, this_update=this_update, next_update=next_update)
        path = layout.crls / f"{name}.crl"
        write_file(path, der)
        paths.append(path)
    return tuple(paths)


def forget_crls(layout: LabLayout) -> None:
    """Empty the environment's store of CRLs, for which going back in time would be a rollback.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    if layout.crl_store.exists():
        with CRLStore(layout.crl_store) as store:
            store.forget_everything()


def revoke(layout: LabLayout, name: str, *, reason: str, at: datetime) -> IssuedCertificate:
    """Revoke a party's certificate in force, or the TSA's (`tsa`), and publish new CRLs.

    Raises:
        UsageError: the party or reason is unknown, or there is no environment.

    """
    layout.require_present()
    path = layout.certificate(TSA_NAME if name == TSA_NAME else find_party(name).name)
    certificate = load_certificate(read_file(path), where=str(path))
    authority = TestCertificationAuthority.load(layout.authority)
    record = authority.revoke(certificate.serial, at=at, reason=reason)
    now = max(datetime.now(UTC), at)
    publish_crls(layout, this_update=now, next_update=now + _CRL_LIFE)
    return record


def reissue(layout: LabLayout, name: str, *, not_before: datetime, not_after: datetime) -> SigningCertificate:
    """Issue a party a new certificate for the same key, with the dates given, and put it in force.

    Raises:
        UsageError: the party is unknown, the dates make no sense, or there is no environment.

    """
    layout.require_present()
    authority = TestCertificationAuthority.load(layout.authority)
    return _issue(layout, authority, find_party(name), not_before, not_after)
