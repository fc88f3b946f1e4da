"""The card in its reader: `python -m tests.support.piv FOLDER`, told on standard input what to do.

The first line is JSON: `reader` (its name), `pin`, `number`, `keys` (by slot in hex). Each line after it is
a command; every line is answered with the card's state as a line of JSON. The end of the input ends it all.
"""

import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.support.piv.card import TRIES, Card
from tests.support.piv.daemon import PORT, DaemonLog, start_daemon
from tests.support.piv.keys import CardKey
from tests.support.piv.vpcd import Reader

_LONGEST_LIFE: Final = 3600


class _Hand:
    """Holds the card: does what a line says."""

    def __init__(self, card: Card, reader: Reader, log: DaemonLog) -> None:
        self._card = card
        self._reader = reader
        self._log = log

    def obey(self, command: str, argument: str = "") -> str:
        """Do it, and tell the card's state."""
        match command:
            case "insert" if not self._reader.is_inserted:
                self._move(self._reader.insert, inserted=True)
            case "pull" if self._reader.is_inserted:
                self._move(self._reader.pull, inserted=False)
            case "snatch":  # out at the next signature, and in again after so many seconds; 0 for never
                self._card.before_signature = lambda: self._snatch(float(argument))
            case "pause":
                self._card.pause = float(argument)
            case "pin":
                self._card.change_pin(argument)
            case "unlock":
                self._card.tries = TRIES
        return self._tell()

    def _move(self, move: Callable[[], None], *, inserted: bool) -> None:
        self._log.wait_for_card(inserted=not inserted)
        move()
        self._log.wait_for_card(inserted=inserted)

    def _snatch(self, seconds: float) -> None:
        self._card.before_signature = lambda: None
        self._reader.pull()
        if seconds:
            threading.Timer(seconds, self._reader.insert).start()

    def _tell(self) -> str:
        card = self._card
        return json.dumps(
            {
                "inserted": self._reader.is_inserted,
                "tries": card.tries,
                "verified": card.verified,
                "signatures": card.signatures,
            }
        )


def main(folder: Path) -> None:
    """Start the daemon, insert the card, and obey until the input ends."""
    signal.alarm(_LONGEST_LIFE)
    settings = json.loads(sys.stdin.readline())
    keys = {int(slot, 16): CardKey.unpack(values) for slot, values in settings["keys"].items()}
    card = Card(keys, settings["pin"], settings["number"])
    start_daemon(folder, settings["reader"])
    hand = _Hand(card, Reader(card, PORT), DaemonLog(folder))
    sys.stdout.write(hand.obey("insert") + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        command, *arguments = line.split()
        sys.stdout.write(hand.obey(command, *arguments) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
