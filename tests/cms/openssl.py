"""The oracle `openssl cms`: another implementation of CMS, which knows nothing of countersignatures."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from agent.pki.pem import to_pem
from agent.roles import Role
from tests.cms.signing import CONTENT
from tests.support.signer import SoftwareLab
from tests.support.tools import require_tool

_SECONDS = 60


def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run openssl, whatever comes of it; skips (or fails) the test without it."""
    return subprocess.run(
        [require_tool("openssl"), *map(str, arguments)], capture_output=True, timeout=_SECONDS, check=False
    )


def do(*arguments: str | Path) -> bytes:
    """Run openssl for its effect, or its output."""
    finished = run(*arguments)
    assert finished.returncode == 0, finished.stderr.decode()
    return finished.stdout


def accepts(folder: Path, signature: bytes, root: bytes, content: bytes = CONTENT) -> bool:
    """Tell whether `openssl cms -verify -cades` accepts a signature, under a root given as DER."""
    (folder / "content").write_bytes(content)
    (folder / "signature.p7s").write_bytes(signature)
    (folder / "root.pem").write_bytes(to_pem("CERTIFICATE", root))
    finished = run(
        *("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", folder / "signature.p7s"),
        *("-content", folder / "content", "-CAfile", folder / "root.pem", "-purpose", "any"),
        *("-out", folder / "verified"),
    )
    return finished.returncode == 0


def write_signer(folder: Path, lab: SoftwareLab, role: Role) -> tuple[Path, Path]:
    """Write a party's certificate and key as PEM."""
    signer = lab.signers[role]
    certificate, key = folder / f"{role}.crt.pem", folder / f"{role}.key.pem"
    certificate.write_bytes(to_pem("CERTIFICATE", signer.certificate.der))
    key.write_bytes(signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key


def sign(
    folder: Path,
    lab: SoftwareLab,
    *options: str,
    roles: Sequence[Role] = (Role.MANUFACTURER,),
    form: str = "DER",
) -> bytes:
    """Sign `CONTENT` with `openssl cms -sign -cades` as one or several parties."""
    (folder / "content").write_bytes(CONTENT)
    (folder / "issuing.pem").write_bytes(to_pem("CERTIFICATE", lab.authority.issuing_certificate.der))
    signers: list[str | Path] = []
    for role in roles:
        certificate, key = write_signer(folder, lab, role)
        signers += ["-signer", certificate, "-inkey", key]
        signers += ["-keyopt", "rsa_padding_mode:pss"] if "pss" in options else []
    do(
        *("cms", "-sign", "-cades", "-binary", "-in", folder / "content", "-outform", form),
        *(*signers, "-certfile", folder / "issuing.pem", "-out", folder / "openssl.p7s"),
        *(option for option in options if option != "pss"),
    )
    return (folder / "openssl.p7s").read_bytes()
