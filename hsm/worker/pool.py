"""The sessions of one token: as many as the profile says, each used by one thread at a time.

Login belongs to the application, not to a session (PKCS#11 v2.40 section 5.6.7): it lasts while any
session is open, so the last one is replaced before it is closed.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hsm.errors import HSMError, Recovery, TokenUnavailable
from hsm.session import TokenSession
from hsm.worker.deadline import Deadline


class SessionPool:
    """Lends sessions; one that was in use when an error came is never lent again."""

    def __init__(self, opener: Callable[[], TokenSession], size: int) -> None:
        """Open sessions with `opener`, when they are first needed and at most `size`."""
        self._opener = opener
        self._size = size
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._waiting = 0
        self._idle: list[TokenSession] = []
        self._lent: set[TokenSession] = set()
        self._opening = 0
        self._closed = False

    def take_idle(self) -> TokenSession | None:
        """Lend one that is idle, without waiting; signatures are many, and most find one."""
        with self._lock:
            if self._closed or not self._idle:
                return None
            session = self._idle.pop()
            self._lent.add(session)
            return session

    @contextmanager
    def borrow(self, deadline: Deadline) -> Iterator[TokenSession]:
        """Lend a session to one operation.

        Raises:
            TokenUnavailable: `token-deadline` when none came free in time, or the token has none to give.
            HSMError: what the token answered.
        """
        session = self.take(deadline)
        try:
            yield session
        except BaseException:
            self.discard(session)
            raise
        self.give_back(session)

    def close(self, deadline: Deadline) -> None:
        """Lend nothing more, and close every session when nobody uses one any more; this ends the login.

        Raises:
            TokenUnavailable: `token-deadline`, when somebody still uses one.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: not self._lent and not self._opening, deadline.remaining):
                raise TokenUnavailable(
                    "token-deadline", "a call is still inside the module", recovery=Recovery.REPLACE
                )
            idle, self._idle = self._idle, []
        for session in idle:
            session.close(logout=session is idle[-1])

    def take(self, deadline: Deadline) -> TokenSession:
        """Lend one until `give_back` or `discard`; signatures are many, and `borrow` costs them too much.

        Raises:
            HSMError: as `borrow`.
        """
        with self._changed:
            while not self._closed and not self._idle and len(self._lent) + self._opening >= self._size:
                self._waiting += 1
                try:
                    if not self._changed.wait(deadline.remaining):
                        deadline.check()
                finally:
                    self._waiting -= 1
            if self._closed:
                raise TokenUnavailable(
                    "session-lost", "the sessions were closed", hint="try again", recovery=Recovery.FIND_KEY
                )
            if self._idle:
                session = self._idle.pop()
                self._lent.add(session)
                return session
            self._opening += 1
        return self._open(deadline)

    def _open(self, deadline: Deadline) -> TokenSession:
        """Open one more; a token that has no more to give makes the pool smaller."""
        try:
            session = self._opener()
        except HSMError as error:
            with self._changed:
                self._opening -= 1
                others = len(self._lent) + len(self._idle)
                self._changed.notify()
                if error.recovery is not Recovery.WAIT or not others:
                    raise
                self._size = others
            return self.take(deadline)
        except BaseException:
            with self._changed:
                self._opening -= 1
            raise
        with self._changed:
            self._opening -= 1
            self._lent.add(session)
        return session

    def give_back(self, session: TokenSession) -> None:
        """Take a session back, for the next operation."""
        with self._lock:
            self._lent.discard(session)
            self._idle.append(session)
            if self._waiting or self._closed:
                self._changed.notify_all()

    def discard(self, session: TokenSession) -> None:
        """Close a session after an error: an operation may be active in there for ever."""
        with self._changed:
            is_last = not self._idle and len(self._lent) == 1
        replacement = self._open_replacement() if is_last else None
        session.close(logout=False)
        with self._changed:
            self._lent.discard(session)
            if replacement is not None:
                self._idle.append(replacement)
            self._changed.notify()

    def _open_replacement(self) -> TokenSession | None:
        try:
            return self._opener()
        except HSMError:
            return None
