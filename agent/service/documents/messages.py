"""What a process and its worker say to each other: plain values, checked for their types at both ends.

Certificates, CRLs and timestamps go as the DER they are, and are parsed again where they are used: of an
object that was parsed, the parts could be made to disagree.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from agent.config.limits import DocumentLimits
from agent.containers import ContainerFormat
from agent.cpl.entries import SubmissionForm
from agent.cpl.mapping import FormMapping
from agent.findings import Observation
from agent.pki.algorithms import SignatureAlgorithm
from agent.roles import Role
from agent.verdicts import Problem


class Placed(NamedTuple):
    """A certificate or CRL, and where it was read."""

    der: bytes
    where: str


class Message(msgspec.Struct, frozen=True, tag=True):
    """A request to a worker."""


class Setup(Message, frozen=True, tag=True):
    """The first of all: how documents are read. Answered with None, when the worker is ready."""

    limits: DocumentLimits
    mapping: FormMapping


class Open(Message, frozen=True, tag=True):
    """Open a document for signing, and inspect what is signed already. Answered with `Opened`."""

    file: str
    container: ContainerFormat
    signature: str | None
    hash_name: str


class Examine(Message, frozen=True, tag=True):
    """Examine a document for a verdict. Answered with `Examined`."""

    file: str
    container: ContainerFormat
    signature: str | None


class Follow(Message, frozen=True, tag=True):
    """Find out whether an output is a document with one signature more. Answered with `Followed`."""

    file: str
    container: ContainerFormat
    signature: str | None
    output: str


class Prepare(Message, frozen=True, tag=True):
    """Build the next signature of the open document. Answered with `Prepared`."""

    role: Role
    certificate: Placed
    issuers: tuple[Placed, ...]
    signing_time: datetime
    comments: str
    countersigned: tuple[str, ...]
    algorithm: SignatureAlgorithm


class Stamped(Message, frozen=True, tag=True):
    """Build what a timestamp of the prepared signature is over. Answered with octets."""

    value: bytes


class Finish(Message, frozen=True, tag=True):
    """Put the value in. Answered with pieces of the output, then None."""

    value: bytes
    timestamp: bytes
    certificates: tuple[Placed, ...]
    crls: tuple[Placed, ...]


class Close(Message, frozen=True, tag=True):
    """Let go of the open document. Not answered."""


Request = Setup | Open | Examine | Follow | Prepare | Stamped | Finish | Close


class Signature(msgspec.Struct, frozen=True, array_like=True):
    """A `SignatureRecord`; the timestamp is its token's DER."""

    part: str
    claimed_role: str
    certificate: Placed | None
    issuers: tuple[Placed, ...]
    claimed_time: datetime | None
    algorithm: str
    value: bytes
    comments: str
    covers: tuple[str, ...]
    uncovered: tuple[str, ...]
    countersigns: tuple[str, ...]
    timestamp: bytes | None
    crls: tuple[Placed, ...]
    problems: tuple[Problem, ...]


class Record(msgspec.Struct, frozen=True, array_like=True):
    """A `DocumentRecord`."""

    signatures: tuple[Signature, ...]
    problems: tuple[Problem, ...]
    untrusted: tuple[str, ...]


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """An error, in the words of `IkiError`."""

    kind: str
    """`document`, `usage`, or `defect`."""
    code: str
    message: str
    hint: str
    clause: str = ""


class Opened(msgspec.Struct, frozen=True, array_like=True):
    """What was found in a document that is to be signed."""

    sha256: str
    form: SubmissionForm | None
    record: Record
    observations: tuple[Observation, ...]
    failure: Failure | None
    """Why there is no record: a part could not be read to its end."""


class Examined(msgspec.Struct, frozen=True, array_like=True):
    """An `Examination`."""

    sha256: str
    record: Record
    observations: tuple[Observation, ...]
    form: SubmissionForm | None
    remarks: tuple[Problem, ...]
    error: Failure | None


class Followed(msgspec.Struct, frozen=True, array_like=True):
    """What an output is to its input."""

    continues: bool
    """Whether it is the input with one signature more, and nothing else changed."""
    record: Record
    """The signatures of the output."""


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """A signature that lacks nothing but its value."""

    digest: bytes
    signed_octets: bytes
    """What that is the digest of."""
    signature_part: str
    signing_time: datetime


def _encode(value: Any) -> object:
    """Build what stands for a value that msgspec does not know."""
    if isinstance(value, range):
        return (value.start, value.stop, value.step)
    raise NotImplementedError(type(value).__name__)


def _decode(wanted: Any, value: Any) -> object:
    """Build such a value again."""
    if wanted is range:
        return range(*msgspec.convert(value, tuple[int, int, int]))
    raise NotImplementedError(wanted)


ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_encode)
REQUESTS: Final = msgspec.msgpack.Decoder(Request)
FAILURES: Final = msgspec.msgpack.Decoder(Failure)
OPENED: Final = msgspec.msgpack.Decoder(Opened, dec_hook=_decode)
EXAMINED: Final = msgspec.msgpack.Decoder(Examined, dec_hook=_decode)
FOLLOWED: Final = msgspec.msgpack.Decoder(Followed, dec_hook=_decode)
PREPARED: Final = msgspec.msgpack.Decoder(Prepared)
OCTETS: Final = msgspec.msgpack.Decoder(bytes)
NOTHING: Final = msgspec.msgpack.Decoder(None)


def path_or_none(text: str | None) -> Path | None:
    """Build a path that may be absent."""
    return None if text is None else Path(text)
