"""Anchors: heads of the record, signed, to be kept where its writers cannot reach.

An anchor says: at this time the record had this many lines, and this was the hash of the last. Whoever has
one finds out later whether any of those lines was changed or removed, even if the whole log and its head file
were written anew. It is signed so that nobody can put another in its place.
"""

import base64
import binascii
import hashlib
import json
import re
from datetime import datetime
from typing import Any, Self

from agent.audit.chain import AuditHead, encode_canonical
from agent.dataclass import dataclass
from agent.errors import AuditError, IkiError, UsageError
from agent.instants import format_instant, parse_instant
from agent.pki.algorithms import SIGNATURE_ALGORITHMS, SignatureAlgorithm
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.signatures import SignatureMismatch, verify_digest_signature

LARGEST_ANCHOR = 64 * 1024
"""Octets; an anchor has two thousand."""
_TYPE = "iki-audit-anchor"
_PREFIX = b"iki audit anchor: this signs no document\0"
"""What an anchor's signed octets begin with: no SignedInfo does (XML), and no CMS or request (DER)."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AnchorStatement:
    """What an anchor says, and its key signs."""

    head: AuditHead
    at: datetime
    """When it was made, by that machine's clock; whole seconds."""
    signer: str
    """The signer's name in that configuration."""

    def describe(self) -> dict[str, object]:
        """Build the members that are signed."""
        return {
            "type": _TYPE,
            "version": 1,
            "sequence": self.head.sequence,
            "sha256": self.head.sha256,
            "time": format_instant(self.at),
            "signer": self.signer,
        }

    def digest(self, hash_name: str) -> bytes:
        """Compute the digest to sign: of a fixed prefix and the members in canonical form."""
        return hashlib.new(hash_name, self.signed_octets()).digest()

    def signed_octets(self) -> bytes:
        """Build what is signed: words that no document begins with, then the statement."""
        return _PREFIX + encode_canonical(self.describe())


@dataclass(frozen=True, slots=True)
class Anchor:
    """A statement with its signature."""

    statement: AnchorStatement
    algorithm: SignatureAlgorithm
    certificate: SigningCertificate
    """Of the key that signed; whoever verifies must know that it is the right one."""
    signature: bytes

    def encode(self) -> bytes:
        """Write it as a file."""
        members = self.statement.describe() | {
            "algorithm": self.algorithm.name,
            "certificate": base64.b64encode(self.certificate.der).decode("ascii"),
            "signature": base64.b64encode(self.signature).decode("ascii"),
        }
        return (json.dumps(members, indent=2) + "\n").encode("utf-8")

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> Self:
        """Parse a file, and verify its signature with its own certificate.

        Raises:
            AuditError: `anchor-malformed`, or `anchor-signature` when it was changed.

        """
        try:
            members = json.loads(data)
            anchor = cls._build(members, where)
        except (ValueError, KeyError, TypeError, RecursionError, IkiError) as error:
            raise _malformed(where) from error
        anchor.verify(where=where)
        return anchor

    @classmethod
    def _build(cls, members: Any, where: str) -> Self:
        sequence, sha256, signer = members["sequence"], members["sha256"], members["signer"]
        shape = members["type"] == _TYPE and members["version"] == 1
        numbers = isinstance(sequence, int) and not isinstance(sequence, bool) and sequence >= 0
        if not (shape and numbers and isinstance(signer, str) and _SHA256.fullmatch(sha256)):
            raise ValueError
        statement = AnchorStatement(AuditHead(sequence, sha256), parse_instant(members["time"]), signer)
        if format_instant(statement.at) != members["time"]:
            raise ValueError
        return cls(
            statement,
            SIGNATURE_ALGORITHMS[members["algorithm"]],
            load_certificate(_decode(members["certificate"]), where=where),
            _decode(members["signature"]),
        )

    def verify(self, *, where: str) -> None:
        """Verify the signature with the certificate that came along.

        Raises:
            AuditError: `anchor-signature`.

        """
        digest = self.statement.digest(self.algorithm.hash_name)
        try:
            verify_digest_signature(self.certificate.spki_der, self.algorithm, digest, self.signature)
        except (SignatureMismatch, IkiError) as error:
            raise AuditError(
                "anchor-signature",
                f"{where}: is not what was signed: {error}",
                hint="take the copy that was kept; this one proves nothing",
            ) from error

    def check(self, kept: dict[int, str], count: int, *, place: str, where: str) -> None:
        """Check the record against the anchor; `kept` has the hash of the anchored line, if there is one.

        Raises:
            AuditError: `anchor-mismatch`: the record is shorter than it was, or another one.

        """
        head = self.statement.head
        if head.sequence == 0 or kept.get(head.sequence) == head.sha256:
            return
        at = format_instant(self.statement.at)
        problem = (
            f"has {count} records, and had {head.sequence} at {at}: its end was cut off"
            if head.sequence not in kept
            else f"was rewritten: record {head.sequence} or one before it is not what it was at {at}"
        )
        raise AuditError(
            "anchor-mismatch",
            f"{place}: {problem} ({where})",
            hint="keep the record and the anchor as evidence",
        )


def _decode(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _malformed(where: str) -> UsageError:
    return UsageError(
        "anchor-malformed",
        f"{where}: is not an anchor",
        hint="`iki audit anchor` makes anchors",
    )
