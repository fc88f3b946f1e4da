"""The endpoint for digests made elsewhere: for whom the configuration names with the key, and nobody else."""

import os
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from agent.errors import UsageError
from agent.service.doctor.checks import raw_digest
from agent.service.doctor.line import Health
from agent.service.doctor.patient import Patient
from agent.service.workspace import load_configuration
from tests.cli.test_schemas import check
from tests.daemon.test_api import post, problem
from tests.support.daemon import Daemon, daemon_of
from tests.support.lab import Lab
from tests.support.signer import NOW

_ME = f"uid:{os.getuid()}"
_DIGEST = bytes(range(32))
_JSON = "Content-Type: application/json"


def name(lab: Lab, signer: str, *lines: str) -> None:
    """Put lines into a signer's table."""
    table = f"[signers.{signer}]\n"
    lab.configure(table, table + "".join(f"{line}\n" for line in lines))


def ask(daemon: Daemon, signer: str, digest: bytes = _DIGEST) -> tuple[int, dict[str, str], bytes]:
    """Ask for a signature."""
    body = f'{{"signer": "{signer}", "digest": "{digest.hex()}", "name": "build 7"}}'
    return post(daemon, "/sign-digest", body.encode(), _JSON)


def find_value(answer: tuple[int, dict[str, str], bytes]) -> bytes:
    """Find the signature value in an answer."""
    status, _, body = answer
    assert status == 200, body
    found = re.search(rb"Content-Length: 64\r\n\r\n(.{64})\r\n--", body, re.DOTALL)
    assert found
    return found[1]


def test_a_digest_is_signed_for_whom_the_configuration_names(agent_lab: Lab) -> None:
    """With that key alone; on record, counted by the quota, judged by the certificate's rules."""
    name(agent_lab, "manufacturer", f'raw_digest_requesters = ["{_ME}"]', "quota_per_hour = 1")
    name(agent_lab, "supplier", f'raw_digest_requesters = ["{_ME}"]')
    agent_lab.revoke("supplier")
    with daemon_of(agent_lab) as daemon:
        value = find_value(ask(daemon, "manufacturer"))
        key = load_pem_x509_certificate(agent_lab.certificate("manufacturer").read_bytes()).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        der = encode_dss_signature(int.from_bytes(value[:32]), int.from_bytes(value[32:]))
        key.verify(der, _DIGEST, ec.ECDSA(Prehashed(SHA256())))
        [record] = agent_lab.read_audit()
        check("audit-record", record)
        named = ("operation", "outcome", "signer", "signed_digest", "file")
        expected = ["sign-digest", "allowed", "manufacturer", _DIGEST.hex(), "build 7"]
        assert [record[member] for member in named] == expected
        found = [
            problem(ask(daemon, *asked))
            for asked in (("manufacturer",), ("supplier",), ("dcc",), ("nobody",), ("supplier", bytes(48)))
        ]
    assert [(each["status"], each["code"]) for each in found] == [
        (403, "quota"),
        (403, "revocation"),
        (404, "path-unknown"),
        (404, "path-unknown"),
        (400, "digest-length"),
    ]
    assert [record["outcome"] for record in agent_lab.read_audit()] == ["allowed", "refused", "refused"]


def test_the_doctor_warns_of_each_key_and_requester(agent_lab: Lab) -> None:
    """Nobody is named: that passes. Who is named may have anything signed."""

    def look() -> list[Any]:
        configuration = load_configuration(agent_lab.configuration)
        return list(raw_digest.CHECK.look(Patient(configuration, tuple(configuration.signers.values()), NOW)))

    assert [line.health for line in look()] == [Health.PASS]
    name(agent_lab, "manufacturer", 'raw_digest_requesters = ["ann", "uid:7"]')
    [line] = look()
    assert (line.health, line.subject, line.code) == (Health.WARN, "manufacturer", "raw-digest-allowed")
    assert "ann, uid:7" in line.message
    assert line.hint


@pytest.mark.parametrize(
    "lines",
    [
        ("raw_digest_requesters = []",),
        ('raw_digest_requesters = ["subject:CN=ann"]',),
        ('requesters = ["ann"]', 'raw_digest_requesters = ["bob"]'),
        ('raw_digest_requesters = ["ann", "ann"]',),
        ('raw_digest_requesters = ["uid:x"]',),
    ],
)
def test_who_may_not_use_the_key_may_not_be_named(agent_lab: Lab, lines: tuple[str, ...]) -> None:
    """Neither may a list be empty, or hold what is nobody."""
    name(agent_lab, "manufacturer", *lines)
    with pytest.raises(UsageError) as caught:
        load_configuration(agent_lab.configuration)
    assert caught.value.code == "configuration-invalid"
