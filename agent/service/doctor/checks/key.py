"""Key and certificate are of one pair, as far as that can be seen without a login."""

from collections.abc import Iterator

from agent.config.signers import SignerSettings
from agent.exits import ExitStatus
from agent.service.doctor.each import each_signer
from agent.service.doctor.line import Check, Line, failed, passed, warned
from agent.service.doctor.patient import Patient, select


def _look(patient: Patient, signer: SignerSettings) -> Iterator[Line]:
    token = patient.examine_token(signer)
    uri = patient.parse_uri(signer)
    private = [key.public_key for key in select(uri, token.private_keys)]
    shown = {key for key in private or [key.public_key for key in select(uri, token.public_keys)] if key}
    if not shown:
        yield warned(
            signer.name,
            "login-needed",
            f"the token shows nothing of the key {signer.token} without a login",
            f"`iki key list --as {signer.name}` logs in and shows it",
        )
        return
    if len(shown) > 1:
        yield failed(
            signer.name,
            "key-ambiguous",
            f"{len(shown)} keys have the label or id of {signer.token}",
            "add object or id to the URI; `iki key list` prints it ready to paste",
        )
        return
    certificate = patient.load_certificate(signer)
    if certificate.spki_der in shown:
        yield passed(signer.name, f"the {certificate.key_kind} key is that of {certificate.where}")
    else:
        yield failed(
            signer.name,
            "key-certificate-mismatch",
            f"{certificate.where} certifies another key than the one on the token",
            f"correct the URI or the certificate; `iki cert import --as {signer.name} FILE` checks the match",
        )


CHECK = Check("key", ExitStatus.REFUSED, each_signer(_look))
