"""What a worker process gives up before it sees a document.

Limits of processor time and memory, core dumps, and the writing of files everywhere; on Linux also new rights
(`no_new_privs`) and, where the kernel has Landlock, opening any file but to read the program's own (modules
and codecs are loaded when they are needed), TCP, signals to and tracing of other processes. What a kernel
does not have is not asked for, and the rest holds all the same.

Source: setrlimit(2), prctl(2), landlock(7).
"""

import ctypes
import os
import struct
import sys
from contextlib import suppress
from typing import Final

from agent.config.limits import DocumentLimits
from hsm import forbid_core_dumps

_FILES: Final = 64
"""Descriptors: the two files of a document, the socket, and some."""
_PR_SET_NO_NEW_PRIVS: Final = 38
_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_ADD_RULE: Final = 445
_LANDLOCK_RESTRICT_SELF: Final = 446
_PATH_BENEATH: Final = 1
_READ: Final = 1 << 2 | 1 << 3  # LANDLOCK_ACCESS_FS_READ_FILE, _READ_DIR
_LIBRARIES: Final = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")
_VERSION: Final = 1  # LANDLOCK_CREATE_RULESET_VERSION
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 5: 16}
"""Version of Landlock to the number of rights over files that it knows."""
_TCP_SINCE: Final = 4
_TCP: Final = 0b11  # bind, connect
_SCOPES_SINCE: Final = 6
_SCOPES: Final = 0b11  # abstract Unix sockets, signals


def confine(limits: DocumentLimits) -> None:
    """Give up what is not needed any more, for ever: the files of documents come as open ones."""
    forbid_core_dumps()
    if os.name != "posix":
        return
    import resource  # noqa: PLC0415 - not there on Windows

    for kind, most in (
        (resource.RLIMIT_AS, limits.max_memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        _lower(kind, most)
    sys.dont_write_bytecode = True
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            _confine_by_kernel(ctypes.CDLL(None))


def allow_processor_time(seconds: int) -> None:
    """Allow that much more of it than was used: the kernel ends this process with SIGXCPU then."""
    if os.name != "posix":
        return
    import resource  # noqa: PLC0415

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _lower(kind: int, most: int) -> None:
    """Lower a limit, to stay; one that is lower already stays so."""
    import resource  # noqa: PLC0415

    _, hard = resource.getrlimit(kind)
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (limit, limit))


def _confine_by_kernel(library: ctypes.CDLL) -> None:
    library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    version = library.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return
    rights = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
    fields = [(1 << rights) - 1]
    if version >= _TCP_SINCE:
        fields.append(_TCP)
    if version >= _SCOPES_SINCE:
        fields.append(_SCOPES)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = library.syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return
    for folder in {*filter(None, sys.path), sys.prefix, sys.base_prefix, *_LIBRARIES}:
        _allow_reading(library, ruleset, folder)
    library.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow_reading(library: ctypes.CDLL, ruleset: int, folder: str) -> None:
    """Allow to read what is in a folder; one that is not there is not needed."""
    try:
        descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError:
        return
    rule = struct.pack("=Qi", _READ, descriptor)
    library.syscall(_LANDLOCK_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    os.close(descriptor)
