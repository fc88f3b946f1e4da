"""The token offers what the key signs with."""

from collections.abc import Iterator

from agent.config.signers import SignerSettings
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.service.doctor.each import each_signer
from agent.service.doctor.line import Check, Line, failed, passed
from agent.service.doctor.patient import Patient, select
from hsm import mechanism_for


def _look(patient: Patient, signer: SignerSettings) -> Iterator[Line]:
    token = patient.examine_token(signer)
    kind = _find_kind(patient, signer)
    if kind is None:
        return  # neither key nor certificate is seen; other checks say so
    wanted = mechanism_for(kind)
    if wanted is None:
        yield failed(
            signer.name,
            "key-kind-unsupported",
            f"keys of kind {kind} do not sign here",
            f"`iki key generate --as {signer.name}` makes one that does",
        )
    elif wanted not in token.mechanisms:
        offered = ", ".join(sorted(name for name in token.mechanisms if "ECDSA" in name or "RSA" in name))
        yield failed(
            signer.name,
            "mechanism-missing",
            f"the token does not offer {wanted}, which {kind} needs; of that family: {offered or 'nothing'}",
            "update the token or its module, or use a key of another kind",
        )
    else:
        yield passed(signer.name, f"{wanted} for {kind}; {len(token.mechanisms)} mechanisms in all")


def _find_kind(patient: Patient, signer: SignerSettings) -> str | None:
    keys = select(patient.parse_uri(signer), patient.examine_token(signer).public_keys)
    if keys:
        return keys[0].kind
    try:
        return patient.load_certificate(signer).key_kind
    except IkiError:
        return None


CHECK = Check("mechanism", ExitStatus.TOKEN, each_signer(_look))
