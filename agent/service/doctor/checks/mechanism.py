"""The token offers what the key signs with."""

from collections.abc import Iterator

from agent.config.signers import SignerSettings
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.service.doctor.each import each_signer
from agent.service.doctor.line import Check, Line, failed, passed
from agent.service.doctor.patient import Patient, select
from hsm import HashName, hashing_mechanism, mechanism_for

_HASHES: dict[str, HashName] = {"ec-p384": "sha384", "ec-p521": "sha512"}
"""What keys of these kinds are hashed with (agent.pki.algorithms); all others with SHA-256."""


def _look(patient: Patient, signer: SignerSettings) -> Iterator[Line]:
    token = patient.examine_token(signer)
    kind = _find_kind(patient, signer)
    if kind is None:
        return  # neither key nor certificate is seen; other checks say so
    # An RSA key whose signer asks for PSS signs CMS by it, and workbooks and requests without.
    choices = (False, True) if signer.rsa_padding == "pss" else (False,)
    wanted = dict.fromkeys(mechanism_for(kind, pss=pss) for pss in choices)
    for mechanism in wanted:
        yield _judge(signer, kind, mechanism, token.mechanisms)


def _judge(signer: SignerSettings, kind: str, wanted: str | None, offered: frozenset[str]) -> Line:
    if wanted is None:
        return failed(
            signer.name,
            "key-kind-unsupported",
            f"keys of kind {kind} do not sign here",
            f"`iki key generate --as {signer.name}` makes one that does",
        )
    hashing = hashing_mechanism(wanted, _HASHES.get(kind, "sha256"))
    if wanted not in offered and hashing in offered:
        return passed(signer.name, f"{hashing} for {kind}; {len(offered)} mechanisms in all")
    if wanted not in offered:
        family = ", ".join(sorted(name for name in offered if "ECDSA" in name or "RSA" in name)) or "nothing"
        return failed(
            signer.name,
            "mechanism-missing",
            f"the token offers neither {wanted} nor {hashing} for {kind}; of that family: {family}",
            "update the token or its module, or use a key of another kind",
        )
    return passed(signer.name, f"{wanted} for {kind}; {len(offered)} mechanisms in all")


def _find_kind(patient: Patient, signer: SignerSettings) -> str | None:
    keys = select(patient.parse_uri(signer), patient.examine_token(signer).public_keys)
    if keys:
        return keys[0].kind
    try:
        return patient.load_certificate(signer).key_kind
    except IkiError:
        return None


CHECK = Check("mechanism", ExitStatus.TOKEN, each_signer(_look))
