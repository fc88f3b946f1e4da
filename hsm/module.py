"""A PKCS#11 module: loaded once per process, and the tokens in its slots."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pkcs11 import PKCS11Error, TokenFlag
from pkcs11 import types as binding

from hsm.errors import (
    ModuleUnavailable,
    Recovery,
    TokenAmbiguous,
    TokenNotFound,
    TokenUnavailable,
    URIError,
)
from hsm.library import Library
from hsm.pin_state import check_login_path, refuse_dangerous_login
from hsm.secret import Credential, ProtectedPath
from hsm.selection import matches_module, matches_token, refuse_choice
from hsm.session import TokenSession
from hsm.token import Token
from hsm.translation import translating
from hsm.uri import PKCS11URI
from hsm.values import TokenDescription


@dataclass(frozen=True, slots=True)
class SlotContents:
    """The tokens found in one walk over the slots; `binding` objects beside descriptions."""

    initialised: tuple[tuple[binding.Token, TokenDescription], ...]
    uninitialised: tuple[tuple[binding.Token, TokenDescription], ...]
    silent: int = 0
    """Slots that hold no token, or one that does not answer."""


class Module:
    """A loaded and initialised PKCS#11 module; made by `open_module`, never unloaded.

    Its methods may be called from several threads.
    """

    def __init__(self, path: Path, library: Library) -> None:
        """Keep the loaded library; `path` is absolute and without links."""
        self._path = path
        self._library = library
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._logins: Counter[int] = Counter()

    @property
    def path(self) -> Path:
        """The shared library, absolute and without links."""
        return self._path

    def list_tokens(self) -> tuple[TokenDescription, ...]:
        """List the initialised tokens; a slot that does not answer does not hide the others.

        Raises:
            TokenUnavailable: the slots themselves cannot be listed.
            ModuleUnavailable: `module-after-fork`.
        """
        return tuple(description for _, description in self.walk_slots().initialised)

    def find_token(self, uri: PKCS11URI) -> TokenDescription:
        """Find exactly one initialised token by the URI's token attributes.

        Raises:
            TokenNotFound: `token-not-found`, listing the tokens that are present.
            TokenAmbiguous: `token-ambiguous`, listing those that match.
            URIError: `uri-other-module`, the URI names another module.
            TokenUnavailable, ModuleUnavailable: as `list_tokens`.
        """
        return self._find(uri)[1]

    def find_slot(self, uri: PKCS11URI) -> tuple[binding.Token, TokenDescription]:
        """Find exactly one token, as the binding has it and described. For this package's own use.

        Raises:
            TokenNotFound, TokenAmbiguous, URIError, TokenUnavailable, ModuleUnavailable: as `find_token`.
        """
        return self._find(uri)

    def open_session(self, description: TokenDescription) -> TokenSession:
        """Open a session without a login on a token found before. For this package's own use.

        Raises:
            TokenUnavailable: the token is gone, another one is in its place, or it has no session left.
        """
        found, _ = self.find_again(description)
        return TokenSession(found, self._library.cryptoki, str(description.uri), writable=False)

    def find_again(self, description: TokenDescription) -> tuple[binding.Token, TokenDescription]:
        """Find a token that was there before, as it is now. For this package's own use.

        SoftHSM shows no token for a moment while other processes start, and none for ever after a loss.

        Raises:
            TokenUnavailable: `token-removed`, which a re-initialisation may mend.
        """
        try:
            return self._find(description.uri)
        except TokenNotFound as error:
            raise TokenUnavailable(
                "token-removed", error.message, hint=error.hint, recovery=Recovery.REINITIALISE
            ) from error

    def reinitialise(self) -> None:
        """C_Finalize and C_Initialize: every session and login of this process is over.

        Nobody may be inside the module: finalising under a signing thread crashes.

        Raises:
            TokenUnavailable: the module does not come back.
        """
        self._check_process()
        with self._lock:
            with suppress(PKCS11Error):  # it may say that it is not initialised, which is as good
                self._library.cryptoki.finalize()
            with translating("initialisation of the module"):
                self._library.cryptoki.initialize()
            self._logins.clear()

    @contextmanager
    def open_token(
        self,
        uri: PKCS11URI,
        credential: Credential | None,
        *,
        writable: bool = False,
        final_try: bool = False,
    ) -> Iterator[Token]:
        """Open a session with exactly one token, for the time of a `with` block.

        The PIN is sent once and never again after a rejection. Without a credential only public objects
        are seen. Several sessions with one token share a login, which ends with the last of them;
        the token looks at the PIN of the first only. `final_try` sends the PIN although a wrong one
        would lock the token.

        Raises:
            PINRejected: the token refused the PIN.
            PINLocked: `pin-locked`, or `pin-final-try` when a wrong PIN would lock it; none was sent.
            PINRequired: `pin-not-set`, `pin-pad-missing`, `pin-pad-demanded`.
            TokenNotFound, TokenAmbiguous, URIError, TokenUnavailable, ModuleUnavailable: as `find_token`.
        """
        found, description = self._find(uri)
        session = TokenSession(found, self._library.cryptoki, str(description.uri), writable=writable)
        logged_in = False
        try:
            if credential is not None:
                self._login(session, description, credential, final_try=final_try)
                logged_in = True
            yield Token(description, session)
        finally:
            self._close(session, description, logged_in=logged_in)

    def walk_slots(self) -> SlotContents:
        """Ask every slot for its token, leaving out those in trouble. For this package's own use.

        The binding's own token search gives up at the first slot that does not answer.

        Raises:
            TokenUnavailable, ModuleUnavailable: as `list_tokens`.
        """
        self._check_process()
        initialised: list[tuple[binding.Token, TokenDescription]] = []
        uninitialised: list[tuple[binding.Token, TokenDescription]] = []
        silent = 0
        with self._lock, translating("slot list"):
            for slot in self._library.get_slots():
                try:
                    token = slot.get_token()
                except PKCS11Error:
                    silent += 1
                    continue
                if token.flags & (TokenFlag.TOKEN_INITIALIZED | TokenFlag.USER_PIN_INITIALIZED):
                    initialised.append((token, _describe(token, self._library)))
                else:
                    uninitialised.append((token, _describe(token, self._library)))
        return SlotContents(tuple(initialised), tuple(uninitialised), silent)

    @contextmanager
    def exclusive(self) -> Iterator[Library]:
        """Lend the library to a change of the slots themselves. For this package's own use."""
        self._check_process()
        with self._lock:
            yield self._library

    def _find(self, uri: PKCS11URI) -> tuple[binding.Token, TokenDescription]:
        if not matches_module(uri, self._path):
            raise URIError(
                "uri-other-module",
                f"{uri} is not in {self._path}",
                hint="correct module-path or module-name, or [module] path",
            )
        present = self.walk_slots().initialised
        found = [pair for pair in present if matches_token(uri, pair[1])]
        if len(found) == 1:
            return found[0]
        seen = [description.uri for _, description in (found or present)]
        errors = (TokenNotFound, TokenAmbiguous)
        raise refuse_choice(len(found), "token", uri.for_token(), seen, errors)

    def _login(
        self, session: TokenSession, description: TokenDescription, credential: Credential, *, final_try: bool
    ) -> None:
        with self._lock:
            if not self._logins[description.slot_id]:
                refuse_dangerous_login(description, final_try=final_try)
                check_login_path(description, at_pad=isinstance(credential, ProtectedPath))
            session.login(credential)
            self._logins[description.slot_id] += 1

    def _close(self, session: TokenSession, description: TokenDescription, *, logged_in: bool) -> None:
        with self._lock:
            if logged_in:
                self._logins[description.slot_id] -= 1
            session.close(logout=logged_in and not self._logins[description.slot_id])

    def _check_process(self) -> None:
        # PKCS#11 v2.40 section 5.6.1: a child must initialise for itself; inherited handles lie.
        if os.getpid() != self._process:
            raise ModuleUnavailable(
                "module-after-fork",
                f"{self._path} was initialised by the parent process",
                hint="spawn a new process instead of forking",
            )


def _describe(token: binding.Token, library: Library) -> TokenDescription:
    serial = token.serial.decode(errors="replace").rstrip("\0 ")
    flags = token.flags
    return TokenDescription(
        label=token.label,
        manufacturer=token.manufacturer_id,
        model=token.model,
        serial=serial,
        slot_id=token.slot.slot_id,
        login_required=bool(flags & TokenFlag.LOGIN_REQUIRED),
        protected_authentication_path=bool(flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH),
        pin_locked=bool(flags & TokenFlag.USER_PIN_LOCKED),
        pin_final_try=bool(flags & TokenFlag.USER_PIN_FINAL_TRY),
        pin_count_low=bool(flags & TokenFlag.USER_PIN_COUNT_LOW),
        uri=PKCS11URI(
            token=token.label, manufacturer=token.manufacturer_id, model=token.model, serial=serial
        ),
        initialised=bool(flags & (TokenFlag.TOKEN_INITIALIZED | TokenFlag.USER_PIN_INITIALIZED)),
        pin_set=bool(flags & TokenFlag.USER_PIN_INITIALIZED),
        read_only=bool(flags & TokenFlag.WRITE_PROTECTED),
        so_pin_locked=bool(flags & TokenFlag.SO_PIN_LOCKED),
        so_pin_final_try=bool(flags & TokenFlag.SO_PIN_FINAL_TRY),
        slot_description=token.slot.slot_description,
        slot_manufacturer=token.slot.manufacturer_id,
        library_description=library.library_description,
        library_manufacturer=library.manufacturer_id,
        library_version=".".join(map(str, library.library_version)),
    )
