"""The ledger of PINs: one that a token rejected is not sent again, whoever asks, whatever happened since."""

import json
import multiprocessing
import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import TokenError
from agent.service.pins.ledger import PINLedger
from hsm import PIN, PKCS11URI, PINLocked, PINRejected, TokenDescription, TokenUnavailable

TOKEN = TokenDescription(
    label="acme",
    manufacturer="Maker",
    model="M1",
    serial="0001",
    slot_id=0,
    login_required=True,
    protected_authentication_path=False,
    pin_locked=False,
    pin_final_try=False,
    pin_count_low=False,
    uri=PKCS11URI(token="acme", manufacturer="Maker", model="M1", serial="0001"),
)
WRONG = PIN("00000000wrong")
RIGHT = PIN("27281828")


class Token:
    """A token that knows one PIN and counts what it is sent."""

    def __init__(self, ledger: PINLedger) -> None:
        """Use this ledger for every login."""
        self.ledger = ledger
        self.sent = 0

    def login(self, pin: PIN, *, final_try: bool = False, token: TokenDescription = TOKEN) -> None:
        """Send the PIN, if the ledger lets it through."""
        with self.ledger.attempt(token, pin, final_try=final_try):
            self.sent += 1
            if pin.reveal() != RIGHT.reveal():
                raise PINRejected("pin-rejected", "wrong")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Name a folder that is not there yet."""
    return tmp_path / "state" / "ledger"


@pytest.fixture
def token(folder: Path) -> Token:
    """Make a token that has rejected WRONG once."""
    made = Token(PINLedger(folder))
    with pytest.raises(PINRejected):
        made.login(WRONG)
    return made


def refused(token: Token, pin: PIN, code: str, *, of: TokenDescription = TOKEN) -> TokenError:
    """Try a login that the ledger must not let through."""
    before = token.sent
    with pytest.raises(TokenError) as caught:
        token.login(pin, token=of)
    assert (caught.value.code, token.sent) == (code, before)
    assert caught.value.hint
    return caught.value


def test_a_rejected_pin_is_not_sent_again(token: Token) -> None:
    """Not by a retry."""
    refused(token, WRONG, "pin-rejected-before")


def test_a_new_process_knows_it_too(token: Token, folder: Path) -> None:
    """Not by a restart: what was rejected is on disk."""
    refused(Token(PINLedger(folder)), WRONG, "pin-rejected-before")


def test_another_pin_may_be_sent(token: Token) -> None:
    """And its success does not make the wrong one right."""
    token.login(RIGHT)
    token.login(RIGHT)
    refused(token, WRONG, "pin-rejected-before")


def test_the_operator_may_insist(token: Token) -> None:
    """A PIN may have been changed to one that was wrong before; once it is taken the note is gone."""
    with pytest.raises(PINRejected):
        token.login(WRONG, final_try=True)
    refused(token, WRONG, "pin-rejected-before")


def test_an_insisted_success_clears_the_note(folder: Path) -> None:
    """What was rejected and is right now needs no insisting any more."""
    token = Token(PINLedger(folder))
    with pytest.raises(PINRejected), token.ledger.attempt(TOKEN, RIGHT, final_try=False):
        raise PINRejected("pin-rejected", "was wrong then")
    refused(token, RIGHT, "pin-rejected-before")
    token.login(RIGHT, final_try=True)
    token.login(RIGHT)


def test_tokens_are_told_apart_by_their_serial_number(token: Token) -> None:
    """The same PIN may be right for another token, even of the same label."""
    with pytest.raises(PINRejected):
        token.login(WRONG, token=replace(TOKEN, serial="0002"))


@pytest.mark.parametrize("error", [TokenUnavailable, KeyboardInterrupt], ids=lambda each: each.__name__)
def test_an_unknown_outcome_is_settled_by_the_tokens_own_count(
    folder: Path, error: type[BaseException]
) -> None:
    """Sent and no answer: allowed while the token has seen no wrong PIN, refused once it has."""
    token = Token(PINLedger(folder))
    with pytest.raises(error), token.ledger.attempt(TOKEN, RIGHT, final_try=False):
        raise TokenUnavailable("x", "gone") if error is TokenUnavailable else error()
    refused(token, RIGHT, "pin-outcome-unknown", of=replace(TOKEN, pin_count_low=True))
    token.login(RIGHT)
    token.login(RIGHT, token=replace(TOKEN, pin_count_low=True))


def test_a_locked_token_says_nothing_of_the_pin(folder: Path) -> None:
    """No PIN was looked at, so after the unlocking it may be sent."""
    token = Token(PINLedger(folder))
    with pytest.raises(PINLocked), token.ledger.attempt(TOKEN, RIGHT, final_try=False):
        raise PINLocked("pin-locked", "locked")
    token.login(RIGHT, token=replace(TOKEN, pin_count_low=True))


def test_the_file_tells_no_pin_and_is_ones_own(token: Token, folder: Path) -> None:
    """A salt and a slow hash; mode 600 in a folder of mode 700."""
    (page,) = folder.glob("*.json")
    text = page.read_text(encoding="utf-8")
    assert WRONG.reveal() not in text
    note = json.loads(text)["notes"][0]
    assert (note["state"], len(note["hash"])) == ("rejected", 128)
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


_SALT = "00" * 16
_NOTE = {"hash": "ab" * 64, "state": "rejected", "at": "2026-11-22T09:00:00Z"}


def _page(salt: str = _SALT, **note: str) -> bytes:
    return json.dumps({"token": "", "salt": salt, "notes": [_NOTE | note]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"\xff" * 9, _page(salt="zz"), _page(salt=""), _page(salt="00 " * 16)),
        *(_page(hash="ab"), _page(hash="\u00e4" * 128), _page(hash="AB" * 64), _page(at="yesterday")),
        *(_page(state="taken"), _page(more="x"), _page() + b" " * 2**20),
    ],
)
def test_a_damaged_ledger_stops_the_login(token: Token, folder: Path, content: bytes) -> None:
    """What was rejected is not known then, so nothing is sent."""
    (page,) = folder.glob("*.json")
    page.write_bytes(content)
    assert str(page) in refused(token, RIGHT, "pin-ledger-unusable").message


def test_a_pipe_for_a_page_stops_the_login(token: Token, folder: Path) -> None:
    """It is no file, and nothing to wait for."""
    (page,) = folder.glob("*.json")
    page.unlink()
    os.mkfifo(page)
    refused(token, RIGHT, "pin-ledger-unusable")


def test_the_tokens_answer_is_told_before_ours(folder: Path) -> None:
    """A page that can no longer be written hides neither a rejection nor a login that went well."""
    ledger = PINLedger(folder)
    with ledger.attempt(TOKEN, RIGHT, final_try=False):
        shutil.rmtree(folder)

    def reject() -> None:
        with ledger.attempt(TOKEN, WRONG, final_try=False):
            shutil.rmtree(folder)
            raise PINRejected("pin-rejected", "wrong")

    with pytest.raises(PINRejected):
        reject()


def test_a_ledger_that_cannot_be_kept_stops_the_login(tmp_path: Path) -> None:
    """Without a record there is no attempt."""
    (tmp_path / "file").touch()
    refused(Token(PINLedger(tmp_path / "file" / "ledger")), RIGHT, "pin-ledger-unusable")


def _try_wrong(folder: Path, answers: "multiprocessing.SimpleQueue[str]") -> None:
    """Log in with the wrong PIN, in a process of its own."""
    token = Token(PINLedger(folder))
    try:
        token.login(WRONG)
    except PINRejected:
        answers.put("sent")
    except TokenError as error:
        answers.put(error.code)


def test_two_processes_at_once_send_it_once(folder: Path) -> None:
    """The second waits for the first one's answer."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    processes = [context.Process(target=_try_wrong, args=(folder, answers)) for _ in range(3)]
    for process in processes:
        process.start()
    found = sorted(answers.get() for _ in processes)
    for process in processes:
        process.join()
    assert found == ["pin-rejected-before", "pin-rejected-before", "sent"]
