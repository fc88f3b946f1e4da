"""Random faults under load, and what may not come of them: wrong or double signatures, hangs, a PIN again."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from hsm import PKCS11URI, HSMError, TokenClient, TokenKey
from hsm.digests import DigestToSign
from hsm.verification import build_verification
from tests.bench.tokens_place import TokenPlace
from tests.support.faults import FaultModule

_SESSIONS: Final = 4
_THREADS: Final = 12
_SECONDS: Final = 5.0
"""All that a request may take; a call that hangs is ended a second before."""
_HANG: Final = 4.0
_GRACE: Final = 0.5
"""Seconds that a busy machine may add to a deadline."""
# One in so many calls, together one in a hundred signatures; a crash costs a process, a hang four seconds.
_SCRIPT: Final = (
    *(f"C_SignInit ~1000 return {code}" for code in ("0x30", "0x90", "0xB3", "0x60", "0xB1")),
    *(f"C_Sign ~1500 after {code}" for code in ("0x32", "0x5", "0x101")),
    "C_SignInit ~2000 invalidate",
    "C_SignInit ~2000 permute",
    "C_SignInit ~2000 drop",
    "C_SignInit ~3000 logout",
    "C_SignInit ~3000 gone 0x32",
    "C_Sign ~2000 corrupt",
    "C_Sign ~2000 repeat",
    "C_Sign ~3000 abort",
    "C_Sign ~15000 hang",
    "C_Login ~20 return 0x5",
)


@dataclass(slots=True)
class _Tally:
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: int = 0
    released: int = 0
    wrong: int = 0
    late: int = 0
    slowest: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)
    values: set[bytes] = field(default_factory=set)


def run_chaos(place: TokenPlace, signatures: int) -> Iterator[str]:
    """Ask for so many signatures under random faults, and say what came of them."""
    place = replace(place, faults=FaultModule.create(place.faults.folder / "chaos", place.faults.softhsm))
    faults, tally = place.faults, _Tally()
    started = time.monotonic()
    with place.connect(_SESSIONS, faulty=True, deadline=_HANG) as client:
        key = place.find(client, "first")
        faults.script(*_SCRIPT)
        threads = [
            threading.Thread(target=_work, args=(client, key, tally, signatures)) for _ in range(_THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        faults.script()
    took = time.monotonic() - started
    yield (
        f"{faults.counter('fired')} random faults in {signatures} requests, {took:.0f} s:"
        f" {tally.released} signatures released, {sum(tally.errors.values())} errors"
        f" ({', '.join(f'{code} {count}' for code, count in tally.errors.most_common())})"
    )
    yield f"  wrong signatures released: {tally.wrong} (0); twice: {tally.released - len(tally.values)} (0)"
    yield f"  requests later than their deadline: {tally.late} (0); the slowest took {tally.slowest:.2f} s"
    yield f"  violations: {faults.list_violations() or 'none'} (none); logins: {faults.counter('logins')}"
    yield f"  most sessions open in a process: {faults.counter('most_open')} (at most {_SESSIONS + 1})"


def _work(client: TokenClient, key: TokenKey, tally: _Tally, signatures: int) -> None:
    verify = build_verification(key.public_key or b"")
    while True:
        with tally.lock:
            if tally.asked >= signatures:
                return
            tally.asked += 1
            digest = hashlib.sha256(str(tally.asked).encode()).digest()
        start = time.monotonic()
        value, code = b"", ""
        try:
            value = key.sign_digest(digest, "sha256", seconds=_SECONDS).value
        except HSMError as error:
            code = error.code
        took = time.monotonic() - start
        right = not value or verify(value, DigestToSign(digest, "sha256"))
        with tally.lock:
            tally.slowest = max(tally.slowest, took)
            tally.late += took > _SECONDS + _GRACE
            if value:
                tally.released += 1
                tally.values.add(value)
                tally.wrong += not right
            else:
                tally.errors[code] += 1
        if code in ("signature-rubbish", "key-suspect"):  # an operator looked at the token, and goes on
            key = _find_again(client, key)
        elif code == "token-suspended":
            time.sleep(0.05)


def _find_again(client: TokenClient, key: TokenKey) -> TokenKey:
    try:
        return client.find_key(PKCS11URI(object="first"))
    except HSMError:
        return key
