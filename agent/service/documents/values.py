"""Records, examinations and errors as messages, and back."""

from collections.abc import Iterable

from agent.errors import DocumentError, IkiError, UsageError
from agent.exits import ExitStatus
from agent.formats.records import DocumentRecord, SignatureRecord
from agent.formats.timestamp.token import load_token
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.crl import CertificateList, load_crl
from agent.service.documents.messages import Examined, Failure, Placed, Record, Signature
from agent.service.examination import Examination


class WorkerDefect(IkiError):  # noqa: N818 - a defect of the program, told as what it is
    """A defect of this program, met by a worker process."""

    exit_status = ExitStatus.INTERNAL


def place(item: SigningCertificate | CertificateList) -> Placed:
    """Build the message of a certificate or CRL."""
    return Placed(item.der, item.where)


def place_all(items: Iterable[SigningCertificate | CertificateList]) -> tuple[Placed, ...]:
    """Build the messages of several."""
    return tuple(map(place, items))


def read_certificate(placed: Placed) -> SigningCertificate:
    """Read a certificate again; raises DocumentError."""
    return load_certificate(placed.der, where=placed.where)


def read_certificates(placed: Iterable[Placed]) -> tuple[SigningCertificate, ...]:
    """Read several; raises DocumentError."""
    return tuple(map(read_certificate, placed))


def read_crls(placed: Iterable[Placed]) -> tuple[CertificateList, ...]:
    """Read CRLs again; raises DocumentError."""
    return tuple(load_crl(each.der, where=each.where) for each in placed)


def pack_record(record: DocumentRecord) -> Record:
    """Build the message of a record."""
    return Record(tuple(map(_pack_signature, record.signatures)), record.problems, record.untrusted)


def unpack_record(record: Record) -> DocumentRecord:
    """Build the record again; a timestamp is verified by itself once more.

    Raises:
        IkiError: a timestamp is not what the worker took it for.

    """
    return DocumentRecord(tuple(map(_unpack_signature, record.signatures)), record.problems, record.untrusted)


def _pack_signature(record: SignatureRecord) -> Signature:
    return Signature(
        record.part,
        record.claimed_role,
        place(record.certificate) if record.certificate else None,
        place_all(record.issuers),
        record.claimed_time,
        record.algorithm,
        record.value,
        record.comments,
        record.covers,
        record.uncovered,
        record.countersigns,
        record.timestamp.der if record.timestamp else None,
        place_all(record.crls),
        record.problems,
    )


def _unpack_signature(signature: Signature) -> SignatureRecord:
    return SignatureRecord(
        part=signature.part,
        claimed_role=signature.claimed_role,
        certificate=read_certificate(signature.certificate) if signature.certificate else None,
        issuers=read_certificates(signature.issuers),
        claimed_time=signature.claimed_time,
        algorithm=signature.algorithm,
        value=signature.value,
        comments=signature.comments,
        covers=signature.covers,
        uncovered=signature.uncovered,
        countersigns=signature.countersigns,
        timestamp=None if signature.timestamp is None else load_token(signature.timestamp),
        crls=read_crls(signature.crls),
        problems=signature.problems,
    )


def pack_examination(examination: Examination) -> Examined:
    """Build the message of an examination."""
    return Examined(
        examination.sha256,
        pack_record(examination.record),
        examination.observations,
        examination.form,
        examination.remarks,
        None if examination.error is None else pack_error(examination.error),
    )


def unpack_examination(examined: Examined) -> Examination:
    """Build the examination again; raises as `unpack_record`."""
    error = None if examined.error is None else unpack_error(examined.error)
    if error is not None and not isinstance(error, DocumentError):
        raise error
    return Examination(
        examined.sha256,
        unpack_record(examined.record),
        examined.observations,
        examined.form,
        examined.remarks,
        error,
    )


def pack_error(error: Exception) -> Failure:
    """Build the message of an error; what is none of ours is a defect."""
    match error:
        case DocumentError():
            return Failure("document", error.code, error.message, error.hint, error.clause)
        case UsageError():
            return Failure("usage", error.code, error.message, error.hint)
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return Failure(
        "defect",
        "internal",
        f"internal: {text}",
        "this is a defect of iki: report it, with the document if you may",
    )


def unpack_error(failure: Failure) -> IkiError:
    """Build the error again."""
    if failure.kind == "document":
        return DocumentError(failure.code, failure.message, hint=failure.hint, clause=failure.clause)
    if failure.kind == "usage":
        return UsageError(failure.code, failure.message, hint=failure.hint)
    return WorkerDefect(failure.code, failure.message, hint=failure.hint)
