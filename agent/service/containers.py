"""Where signatures are kept, as signing sees it: one protocol, an implementation for each container.

A container was opened and checked before it is one of these; it shows what is signed already, and prepares
the next signature, which lacks nothing but the value that the key gives.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from agent.dataclass import dataclass
from agent.errors import DocumentError, UsageError
from agent.findings import Observation
from agent.formats.cms import augment
from agent.formats.cms.sign import prepare_countersignature
from agent.formats.cms.sign import prepare_signature as prepare_detached_signature
from agent.formats.cms.signed_data import SignedData, load_signed_data
from agent.formats.cms.verify import verify_signed_data
from agent.formats.package.augment import (
    iter_augmented,
    read_unsigned_properties,
    timestamped_octets_of,
)
from agent.formats.package.package import Package, open_package
from agent.formats.package.sign import prepare_signature
from agent.formats.package.verify import verify_package
from agent.formats.records import DocumentRecord
from agent.formats.request import SignatureRequest
from agent.formats.spreadsheet.lint import ContentScan
from agent.formats.unsigned import NO_UNSIGNED_PROPERTIES, UnsignedProperties
from agent.pki.algorithms import SignatureAlgorithm
from agent.service.detached import look_through


class PreparedSignature(Protocol):
    """A signature that lacks nothing but its value."""

    @property
    def digest(self) -> bytes:
        """What the key signs."""

    @property
    def signed_octets(self) -> bytes:
        """What that is the digest of."""

    @property
    def signature_part(self) -> str:
        """Where it will stand."""

    @property
    def signing_time(self) -> datetime:
        """What it claims."""

    def timestamped_octets(self, signature_value: bytes) -> bytes:
        """Build what a timestamp of it is over; the value is raw, r‖s for ECDSA."""

    def finish(
        self, signature_value: bytes, properties: UnsignedProperties = NO_UNSIGNED_PROPERTIES
    ) -> Iterator[bytes | memoryview]:
        """Yield the output; the value is raw."""


class Container(Protocol):
    """A document with the signatures that it has."""

    @property
    def freezes(self) -> bool:
        """Whether a countersignature takes in the whole signature, which nothing can be added to then."""

    def inspect(self) -> tuple[DocumentRecord, tuple[Observation, ...]]:
        """Verify what is signed already, and look through the content in the same pass: once."""

    def prepare(self, request: SignatureRequest, algorithm: SignatureAlgorithm) -> PreparedSignature:
        """Build the next signature: a first one, or a countersignature of the one that is there.

        Raises:
            DocumentError: this container cannot hold it.

        """

    def read_added(self, part: str) -> UnsignedProperties:
        """Read what has been added to a signature so far, and can be there once."""

    def timestamped_octets(self, part: str) -> bytes:
        """Find what a timestamp of a signature is over."""

    def augment(self, additions: Mapping[str, UnsignedProperties]) -> bytes:
        """Build the document, or the `.p7s`, with these in its signatures, by the name of their part."""

    def reopen(self, data: bytes) -> "Container":
        """Open what `augment` built."""


@dataclass(frozen=True, slots=True)
class PackageContainer:
    """A workbook that carries its signatures itself."""

    package: Package
    scan: ContentScan | None = None
    """The scan of its content, begun; None when only the signatures are of interest."""
    freezes: bool = True

    def inspect(self) -> tuple[DocumentRecord, tuple[Observation, ...]]:
        """Verify the package's signatures and lint its content; raises DocumentError for a damaged part."""
        if self.scan is None:
            return verify_package(self.package), ()
        return verify_package(self.package, self.scan.find_tap), self.scan.finish()

    def prepare(self, request: SignatureRequest, algorithm: SignatureAlgorithm) -> PreparedSignature:
        """Build the next package signature.

        Raises:
            UsageError: `algorithm-not-in-container` for RSASSA-PSS.
            DocumentError: `relationship-ampersand`, `content-type-conflict`, or `zip-data`.

        """
        if algorithm.family == "rsa-pss":
            raise UsageError(
                "algorithm-not-in-container",
                "Office's package signatures have no RSASSA-PSS",
                hint="sign beside the file with --format cms, or with a signer of another key",
            )
        return prepare_signature(self.package, request)

    def read_added(self, part: str) -> UnsignedProperties:
        """Read a signature's unsigned properties; raises DocumentError."""
        return read_unsigned_properties(self.package, part)

    def timestamped_octets(self, part: str) -> bytes:
        """Canonicalize the SignatureValue element; raises DocumentError."""
        return timestamped_octets_of(self.package, part)

    def augment(self, additions: Mapping[str, UnsignedProperties]) -> bytes:
        """Build the workbook; raises DocumentError `embedded-crl-too-large`."""
        return b"".join(iter_augmented(self.package, additions))

    def reopen(self, data: bytes) -> "PackageContainer":
        """Open the workbook built; raises DocumentError."""
        return PackageContainer(open_package(data, self.package.limits))


@dataclass(frozen=True, slots=True)
class DetachedContainer:
    """A file of any type, and the `.p7s` beside it when there is one already."""

    content_digests: Mapping[str, bytes]
    """The file's digests by hash name."""
    existing: SignedData | None
    scan: ContentScan | None
    """The scan of the file, begun, when it is a workbook."""
    freezes: bool = False

    def inspect(self) -> tuple[DocumentRecord, tuple[Observation, ...]]:
        """Verify the `.p7s`, and lint a workbook; raises DocumentError for a damaged part."""
        observations = look_through(self.scan) if self.scan else ()
        if self.existing is None:
            return DocumentRecord(()), observations
        return verify_signed_data(self.existing, self.content_digests), observations

    def prepare(self, request: SignatureRequest, algorithm: SignatureAlgorithm) -> PreparedSignature:
        """Build the signature, or the countersignature; raises DocumentError `cms-structure`."""
        if self.existing is None:
            return prepare_detached_signature(self.content_digests, request, algorithm)
        return prepare_countersignature(self.existing, request, algorithm)

    def read_added(self, part: str) -> UnsignedProperties:
        """Read a signature's timestamp; raises DocumentError."""
        return augment.read_unsigned_properties(self._signed_data, part)

    def timestamped_octets(self, part: str) -> bytes:
        """Find a signature's value; raises DocumentError."""
        return augment.timestamped_octets_of(self._signed_data, part)

    def augment(self, additions: Mapping[str, UnsignedProperties]) -> bytes:
        """Build the `.p7s`; raises DocumentError."""
        return augment.augment_signed_data(self._signed_data, additions)

    def reopen(self, data: bytes) -> "DetachedContainer":
        """Open the `.p7s` built; raises DocumentError."""
        return DetachedContainer(self.content_digests, load_signed_data(data), None)

    @property
    def _signed_data(self) -> SignedData:
        if self.existing is None:
            raise DocumentError("cms-structure", "there is no signature to add to")
        return self.existing
