"""The configuration and policy of a rehearsal environment, as text a person can go on with."""

from agent.lab.parties import PARTIES, LabParty

_HEAD = """\
# Rehearsal environment of the IKI signing agent: TEST keys, TEST certificates.
# Use it with `iki --config {path} …`, or set IKI_CONFIG to this file.
# Relative paths start at this file's folder.

[module]
path = {module}
environment_paths = {{ SOFTHSM2_CONF = "softhsm2.conf" }}
pin_ledger = "pin-ledger"

[trust]
anchors = ["pki/test-root.crt.pem"]
intermediates = ["pki/test-issuing.crt.pem"]
crls = ["crl"]

[crl]
store = "crls.sqlite"

# `iki sign --timestamp` is answered here while `iki lab serve` runs.
[timestamp]
urls = ["http://127.0.0.1:{port}/tsa"]
trust_anchors = [ "pki/test-root.crt.pem" ]

[policy]
file = "policy.toml"

[audit]
path = "audit.jsonl"
"""

_SIGNER = """
[signers.{name}]
role = "{role}"
token = "pkcs11:token={name};object=signing"
certificate = "certificates/{name}.pem"
pin = {{ file = "pins/{name}.pin" }}

[signers.{name}.subject]
organisation = "{organisation}"
role_code = "{role_code}"
common_name = "{common_name}"
entity_identifier = "{entity_identifier}"
"""

_POLICY_HEAD = """\
# Policy of the rehearsal environment. The Remote Party Role Codes are
# assumptions: which codes IKI Certificates of manufacturers carry is not known.

[roles]
"""


def build_configuration(path: str, module: str, port: int) -> str:
    """Write `config.toml`; `path` is its own place, for the comment, `port` that of `iki lab serve`."""
    head = _HEAD.format(path=path, module=_quoted(module), port=port)
    return head + "".join(map(_build_signer, PARTIES))


def build_policy() -> str:
    """Write `policy.toml`."""
    lines = (f'{party.role} = ["{party.subject.role_code}"]\n' for party in PARTIES)
    return _POLICY_HEAD + "".join(lines)


def _build_signer(party: LabParty) -> str:
    subject = party.subject
    return _SIGNER.format(
        name=party.name,
        role=party.role,
        organisation=subject.organisation,
        role_code=subject.role_code,
        common_name=subject.common_name,
        entity_identifier=(subject.entity_identifier or b"").hex().upper(),
    )


def _quoted(text: str) -> str:
    """Quote as a TOML basic string (TOML 1.0): Windows paths have backslashes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
