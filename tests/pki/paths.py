"""What the tests of certification paths share."""

import subprocess
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from agent.pki.der import SEQUENCE, encode, encode_object_identifier
from agent.pki.path import CertificationPath, PathError, find_path
from agent.pki.pem import to_pem
from tests.pki.support import (
    NOW,
    SIGNER_EXTENSIONS,
    Extensions,
    Key,
    Party,
    ca_extensions,
    make_hierarchy,
    make_key,
    make_party,
)
from tests.support.tools import require_tool

Case = tuple[Party, list[Party], list[Party]]
"""A signer, the intermediates at hand, and the anchors."""

UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00")


def find(
    signer: Party, intermediates: Iterable[Party], anchors: Iterable[Party], at: datetime = NOW, **more: Any
) -> CertificationPath:
    """Find a path among parties."""
    return find_path(
        signer.certificate,
        intermediates=[party.certificate for party in intermediates],
        anchors=[party.certificate for party in anchors],
        at=at,
        **more,
    )


def refused(
    signer: Party, intermediates: Iterable[Party], anchors: Iterable[Party], at: datetime = NOW, **more: Any
) -> tuple[str, bool]:
    """Give the code with which a path is refused, and whether a chain was found."""
    with pytest.raises(PathError) as caught:
        find(signer, intermediates, anchors, at, **more)
    return caught.value.code, caught.value.chain_found


INVALID = ("path-invalid", True)
NOT_FOUND = ("path-not-found", False)


def make_below(
    issuing_extensions: Extensions, signer_extensions: Extensions = SIGNER_EXTENSIONS, **fields: Any
) -> Case:
    """Make a hierarchy whose issuing CA and signer carry the extensions given."""
    root = make_hierarchy().root
    issuing = make_party("TEST issuing", root, issuing_extensions, **fields)
    return make_party("TEST signer", issuing, signer_extensions), [issuing], [root]


def make_mappings(value: bytes) -> tuple[x509.ExtensionType, bool]:
    """Make policyMappings from octets."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), value), True


def make_mapping(policy: str, mapped: str) -> tuple[x509.ExtensionType, bool]:
    """Map one policy to another."""
    pair = encode(SEQUENCE, encode_object_identifier(policy) + encode_object_identifier(mapped))
    return make_mappings(encode(SEQUENCE, pair))


def identifiers(own: Key, above: Key) -> Extensions:
    """Make SKI and AKI: openssl does not try a second CA of one name without them."""
    return (
        (x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), False),
    )


def make_chain(path_length: int | None, between: int, *, self_issued: bool = False) -> Case:
    """Make a root with a path length, some CAs between, and a signer."""
    key = make_key("length root")
    root = make_party(
        "TEST length root", None, [*ca_extensions(path_length), *identifiers(key, key)], key=key
    )
    parties = [root]
    for number in range(between):
        name = "TEST length root" if self_issued else f"TEST between {number}"
        key = make_key(f"between {number}")
        named = identifiers(key, parties[-1].key)
        parties.append(make_party(name, parties[-1], [*ca_extensions(), *named], key=key))
    named = identifiers(make_key("length signer"), key)
    signer = make_party(
        "TEST signer", parties[-1], [*SIGNER_EXTENSIONS, *named], key=make_key("length signer")
    )
    return signer, parties[1:], [root]


def make_directory(organisation: str) -> x509.DirectoryName:
    """Make a subtree of one organisation."""
    return x509.DirectoryName(
        x509.Name([x509.NameAttribute(x509.oid.NameOID.ORGANIZATION_NAME, organisation)])
    )


def make_constrained(
    permitted: list[x509.GeneralName] | None, excluded: list[x509.GeneralName] | None
) -> Case:
    """Make a hierarchy whose issuing CA carries name constraints."""
    return make_below([*ca_extensions(), (x509.NameConstraints(permitted, excluded), True)])


def ask_openssl(case: Case, folder: Path) -> bool:
    """Ask `openssl verify` whether a path is valid."""
    signer, intermediates, anchors = case
    for file, parties in (("signer", [signer]), ("intermediates", intermediates), ("anchors", anchors)):
        pems = b"".join(to_pem("CERTIFICATE", party.certificate.der) for party in parties)
        (folder / file).write_bytes(pems or b"\n")
    at = str(int(NOW.timestamp()))
    command: list[str | Path] = [
        *(require_tool("openssl"), "verify", "-no-CApath", "-no-CAstore", "-attime", at),
        *("-CAfile", folder / "anchors"),
        *(("-untrusted", folder / "intermediates") if intermediates else ()),
        folder / "signer",
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
