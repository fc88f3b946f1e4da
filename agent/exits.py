"""The exit statuses of every `iki` command: documented, stable, and the same for all of them."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """What a process tells its caller; a status never changes its meaning between releases."""

    OK = 0
    """Done, or TOTAL-PASSED."""
    USAGE = 2
    """The command line, a file named on it, or the configuration is wrong."""
    REFUSED = 3
    """Policy refused the operation."""
    FAILED = 4
    """TOTAL-FAILED."""
    INDETERMINATE = 5
    """INDETERMINATE."""
    TOKEN = 6
    """The token, its module or its PIN."""
    AGENT = 7
    """The daemon is unreachable, or refused the peer."""
    DOCUMENT = 8
    """The document is malformed or over a limit."""
    INTERNAL = 70
    """A defect of this program (EX_SOFTWARE of sysexits.h)."""
    INTERRUPTED = 130
    """Interrupted or terminated (128 + SIGINT, as shells have it)."""
    READER_GONE = 141
    """The reader of standard output has gone (128 + SIGPIPE)."""
