"""What tokens said of PINs, kept so that a rejected PIN is never sent again.

Not by a retry, not by a restart, not by a second process: tokens count, and lock. There is one file for
each token, known by manufacturer, model and serial number, and a lock beside it that is held from before
a PIN is sent until the answer is on disk. A PIN is known by a salted scrypt hash of it (RFC 7914), which
slows down whoever steals the file and does not stop them: PINs are short.

A PIN is noted as `sent` before it goes to the token. Should the program or the machine end before the
answer, that note stays, and the token's own flag (CKF_USER_PIN_COUNT_LOW, PKCS#11 v2.40 table 10) says
whether it was wrong.
"""

import hashlib
import hmac
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import filelock
import msgspec

from agent.errors import TokenError
from agent.instants import format_instant
from hsm import PIN, Credential, PINLocked, PINRejected, ProtectedPath, TokenDescription

_LOCK_SECONDS = 60.0
"""Longer than a login takes, with a person at a PIN pad."""
_LARGEST = 1024 * 1024
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_SALT_OCTETS = 16
_HASH_OCTETS = 64
_COST = 2**14
"""scrypt's N: with r = 8, 16 MiB and some 30 ms for each guess."""


class _State(StrEnum):
    SENT = "sent"
    REJECTED = "rejected"


class _Note(msgspec.Struct, forbid_unknown_fields=True):
    """What is known of one PIN."""

    hash: str
    state: _State
    at: str


class _Page(msgspec.Struct, forbid_unknown_fields=True):
    """The file of one token."""

    token: str
    salt: str
    notes: list[_Note]


class PINLedger:
    """The ledger in a folder of the user's own."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when first needed."""
        self._folder = folder

    @contextmanager
    def attempt(
        self, token: TokenDescription, pin: Credential, *, final_try: bool, officer: bool = False
    ) -> Iterator[None]:
        """Hold the token's page while the PIN is sent inside the `with` block, and keep what came of it.

        The PINs of the security officer (`officer`) have a page of their own. What a person enters at the
        token's own pad nobody sees, so nothing is noted of it; only that one at a time is asked.

        Raises:
            TokenError: `pin-rejected-before`, `pin-outcome-unknown`, `token-login-busy`, or
                `pin-ledger-unusable`; the block is not entered then.

        """
        path = self._folder / f"{_identify(token)}{'-so' if officer else ''}.json"
        if isinstance(pin, ProtectedPath):
            with self._locked(path):
                yield
            return
        with self._locked(path):
            page = _load(path) or _Page(str(token.uri), os.urandom(_SALT_OCTETS).hex(), [])
            digest = _hash(pin, page.salt)
            known = next((note for note in page.notes if hmac.compare_digest(note.hash, digest)), None)
            if known is not None and not final_try:
                _refuse(known, token)
            others = [note for note in page.notes if note is not known]
            sent = _Note(digest, _State.SENT, format_instant(datetime.now(UTC)))
            _store(path, page, [*others, sent])
            try:
                yield
            except PINRejected:
                _settle(path, page, [*others, msgspec.structs.replace(sent, state=_State.REJECTED)])
                raise
            except PINLocked:
                _settle(path, page, page.notes)  # no PIN was looked at
                raise
            _settle(path, page, others)

    def forget(self, token: TokenDescription) -> None:
        """Forget what was rejected as the user's PIN: the token was made anew, with another one.

        Raises:
            TokenError: `token-login-busy`, or `pin-ledger-unusable`.

        """
        path = self._folder / f"{_identify(token)}.json"
        with self._locked(path):
            page = _load(path)
            if page is not None:
                _store(path, page, [])

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        lock = filelock.FileLock(path.with_suffix(".lock"), timeout=_LOCK_SECONDS, mode=0o600)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout as error:
            raise TokenError(
                "token-login-busy",
                "another process has been logging in to this token for a minute",
                hint="end it, or wait for it, and try again",
            ) from error
        except OSError as error:
            raise _unusable(path, error.strerror or "cannot be written") from error
        try:
            yield
        finally:
            lock.release()


def _refuse(known: _Note, token: TokenDescription) -> None:
    """Refuse to send a PIN again that was wrong, or may have been."""
    if known.state is _State.REJECTED:
        raise TokenError(
            "pin-rejected-before",
            f"{token.label} rejected this PIN at {known.at}; it was not sent again",
            hint="give the right PIN; if it was changed to this one since, add --final-try",
        )
    if token.pin_count_low:
        raise TokenError(
            "pin-outcome-unknown",
            f"{token.label} has seen a wrong PIN, perhaps this one of {known.at}; it was not sent again",
            hint="make sure that the PIN is right, then add --final-try",
        )


def _identify(token: TokenDescription) -> str:
    """Name a token's page: serial numbers are unique for a manufacturer's model alone."""
    identity = f"{token.manufacturer}\0{token.model}\0{token.serial}"
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def _hash(pin: PIN, salt: str) -> str:
    salted = bytes.fromhex(salt)
    return hashlib.scrypt(pin.lend(), salt=salted, n=_COST, r=8, p=1, dklen=_HASH_OCTETS).hex()


def _load(path: Path) -> _Page | None:
    """Load a page, whole or not at all: a note that is not understood may be the one that matters."""
    try:
        descriptor = os.open(path, _OPEN)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error.strerror or "cannot be read") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unusable(path, "is no regular file")
        try:
            data = file.read(_LARGEST + 1)
            page = msgspec.json.decode(data, type=_Page)
            _check(page, len(data))
        except OSError as error:
            raise _unusable(path, error.strerror or "cannot be read") from error
        except (msgspec.MsgspecError, ValueError) as error:
            raise _unusable(path, "is damaged") from error
    return page


def _check(page: _Page, size: int) -> None:
    """Raise ValueError for what no program of ours has written."""
    if size > _LARGEST:
        raise ValueError("its size")
    octets = [(page.salt, _SALT_OCTETS), *((note.hash, _HASH_OCTETS) for note in page.notes)]
    if any(bytes.fromhex(text).hex() != text or len(text) != 2 * length for text, length in octets):
        raise ValueError("a salt or a hash")
    for note in page.notes:
        datetime.fromisoformat(note.at)


def _settle(path: Path, page: _Page, notes: list[_Note]) -> None:
    """Note what the token said; where that cannot be kept, its answer is told, and no error of ours.

    The note that the PIN was sent stays then, and the next login looks at the token's own count.
    """
    with suppress(TokenError):
        _store(path, page, notes)


def _store(path: Path, page: _Page, notes: list[_Note]) -> None:
    """Replace the page on disk; it is there before the PIN goes out."""
    data = msgspec.json.encode(msgspec.structs.replace(page, notes=notes))
    fresh = path.with_suffix(".new")  # one name suffices under the lock
    try:
        with suppress(FileNotFoundError):
            fresh.unlink()
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise _unusable(path, error.strerror or "cannot be written") from error


def _unusable(path: Path, reason: str) -> TokenError:
    return TokenError(
        "pin-ledger-unusable",
        f"{path}: the record of rejected PINs {reason}; no PIN was sent",
        hint="it must be in a folder of yours: [module] pin_ledger in the configuration",
    )
