"""The rehearsal's own keys, of its CAs and its TSA: plain files that say in name and text what they are."""

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from agent.errors import UsageError
from agent.lab.ca_builders import CAKey

KEY_KINDS: Final = ("ec-p256", "ec-p384", "rsa-2048", "rsa-3072")
"""The kinds of key that the lab makes, named as `agent.pki.algorithms.key_kind` names them."""

_NOTICE: Final = b"""\
TEST ONLY. The private key of a rehearsal CA or time-stamping authority, unprotected on purpose.
Nothing that it signs is worth trusting: never configure its certificate outside the rehearsal.
"""


def generate_ca_key(kind: str) -> CAKey:
    """Generate a CA key.

    Raises:
        UsageError: `lab-key-kind-unknown` for a kind that is not in `KEY_KINDS`.

    """
    if kind not in KEY_KINDS:
        raise UsageError(
            "lab-key-kind-unknown", f"no such kind of key: {kind!r}", hint=f"one of {', '.join(KEY_KINDS)}"
        )
    family, size = kind.split("-")
    if family == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=int(size))
    return ec.generate_private_key(ec.SECP256R1() if size == "p256" else ec.SECP384R1())


def save_ca_key(path: Path, key: CAKey) -> None:
    """Write a key file that did not exist, readable by its owner alone.

    Raises:
        UsageError: `lab-not-writable`.

    """
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_NOTICE + pem)
    except OSError as error:
        raise UsageError(
            "lab-not-writable",
            f"{path}: cannot be written: {error.strerror}",
            hint="choose a directory that is empty and that you may write to",
        ) from error


def load_ca_key(path: Path) -> CAKey:
    """Load a key file.

    Raises:
        UsageError: `lab-key-malformed` when it is missing or is not such a key.

    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _malformed(path) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise _malformed(path)
    return key


def _malformed(path: Path) -> UsageError:
    """Build the error about a key file."""
    return UsageError(
        "lab-key-malformed",
        f"{path}: cannot be read as a key of the rehearsal CA",
        hint="make a new lab with `iki lab up`",
    )
