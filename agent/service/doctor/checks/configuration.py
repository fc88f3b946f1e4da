"""The configuration and the policy can be read and mean something."""

from collections.abc import Iterator

from agent.exits import ExitStatus
from agent.service.doctor.line import Check, Line, passed, warned
from agent.service.doctor.patient import Patient


def _look(patient: Patient) -> Iterator[Line]:
    configuration = patient.configuration
    yield passed(str(configuration.path), f"read; {len(configuration.signers)} signers")
    if not configuration.signers:
        yield warned(
            str(configuration.path),
            "signer-missing",
            "no signer is configured: this machine can verify and not sign",
            "add a [signers.NAME] table; see config/iki.example.toml",
        )
    policy = patient.load_policy()
    yield passed(policy.where, f"read; {len(policy.levels)} rules have another level than their own")


CHECK = Check("configuration", ExitStatus.USAGE, _look)
