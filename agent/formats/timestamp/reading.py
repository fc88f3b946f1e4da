"""The timestamp that came with a signature, in whatever container: read, and held against what it is over."""

from agent.errors import DocumentError
from agent.findings import Finding, Level
from agent.formats.timestamp.token import TimestampMismatch, TimestampToken, check_imprint, load_token
from agent.verdicts import Problem, SubIndication, problem

_CLAUSE = "RFC 3161 2.4.2"


def read_timestamp(part: str, der: bytes, octets: bytes) -> tuple[TimestampToken | None, tuple[Problem, ...]]:
    """Read the timestamp of the signature at `part`, which must be over `octets`.

    What is no token at all has no place in a signature, and fails it. A token that does not hold proves
    nothing: a warning, and the signature is judged without it (ETSI EN 319 102-1 clause 5.5.4).
    """
    try:
        token = load_token(der)
        check_imprint(token, octets)
    except DocumentError as error:
        return None, (problem(error.code, part, error.message, _CLAUSE, SubIndication.FORMAT_FAILURE),)
    except TimestampMismatch as error:
        return None, (Problem(Finding(error.code, Level.WARN, part, error.message, _CLAUSE), None),)
    return token, ()
