"""The timestamp that came with a signature, in whatever container: read, and held against what it is over."""

from agent.errors import DocumentError
from agent.formats.timestamp.findings import TIMESTAMP_MALFORMED
from agent.formats.timestamp.token import TimestampMismatch, TimestampToken, check_imprint, load_token
from agent.verdicts import Problem


def read_timestamp(part: str, der: bytes, octets: bytes) -> tuple[TimestampToken | None, tuple[Problem, ...]]:
    """Read the timestamp of the signature at `part`, which must be over `octets`.

    What is no token at all has no place in a signature, and fails it. A token that does not hold proves
    nothing: a warning, and the signature is judged without it (ETSI EN 319 102-1 clause 5.5.4).
    """
    try:
        token = load_token(der)
        check_imprint(token, octets)
    except DocumentError as error:
        return None, (TIMESTAMP_MALFORMED.at(part, error.message),)
    except TimestampMismatch as error:
        return None, (error.finding.at(part, error.message),)
    return token, ()
