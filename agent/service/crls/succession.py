"""A list and its successor: which permanent revocations are named in the one and omitted by the other."""

from collections.abc import Iterable, Iterator
from typing import Final

from agent.pki.crl_entries import HOLD, REMOVED, CRLEntry, list_serials, parse_entry
from agent.pki.crl_index import OWN, Buckets
from agent.pki.der import MalformedDERError
from agent.service.crls.stored import StoredList

_REASON: Final = bytes.fromhex("0a01")
"""How a CRLReason of an entry is written: ENUMERATED of one octet."""
_PASSING: Final = (_REASON + b"\x06", _REASON + b"\x08")
"""certificateHold and removeFromCRL."""


def omits_any(before: StoredList, after: Buckets) -> bool:
    """Tell whether a list names any certificate, be it on hold, that the other does not name.

    Raises:
        sqlite3.Error: the store cannot be read.
        MalformedDERError: the octets of a bucket are not entries.

    """
    return any(True for _ in _list_omitted(before, after))


def read_buckets(crl: StoredList) -> Buckets:
    """Read all entries of a list, as `fill_buckets` makes them; raises sqlite3.Error."""
    sections: Buckets = {}
    for section in (OWN, *crl.sections):
        sections.setdefault(section, [bytearray() for _ in range(crl.buckets)])
    for section, number, entries in crl.list_buckets():
        sections[section][number] += entries
    return sections


def omits_standing(before: StoredList, after: Buckets, kept: Iterable[StoredList]) -> bool:
    """Tell whether a successor omits a permanent revocation that no list of `kept` names.

    A list mostly grows at its end, and so does each bucket: what begins as it did is not looked into.

    Raises:
        sqlite3.Error: the store cannot be read.
        MalformedDERError: the octets of a bucket are not entries.

    """
    lists = tuple(kept)
    return any(
        _is_permanent(entry) and not any(_names(item, section, serial) for item in lists)
        for section, serial, entry in _list_omitted(before, after)
    )


def _list_omitted(before: StoredList, after: Buckets) -> Iterator[tuple[bytes, bytes, bytes]]:
    """List section, serial number and entry of what is in one and not, or only on hold, in the other."""
    count = len(after[OWN])
    for section, number, entries in before.list_buckets():
        buckets = after.get(section) or [bytearray()] * count
        if before.buckets == count and buckets[number].startswith(entries):
            continue
        # One of them may have twice as many buckets: a bucket of the shorter goes into several of the longer.
        step = min(before.buckets, count)
        here = b"".join(buckets[number % step :: step]) if count > step else buckets[number % count]
        named = {serial for serial, entry in list_serials(bytes(here)) if _remains(entry)}
        for serial, entry in list_serials(entries):
            if serial not in named:
                yield section, serial, entry


def _remains(der: bytes) -> bool:
    """Tell whether an entry is a permanent revocation; one in a million is parsed for it."""
    return not any(octets in der for octets in _PASSING) or _is_permanent(der)


def _is_permanent(der: bytes) -> bool:
    """Tell whether an entry is a revocation that nothing takes back; so is one that cannot be read."""
    try:
        return _stands(parse_entry(der))
    except MalformedDERError:
        return True


def _names(crl: StoredList, section: bytes, serial: bytes) -> bool:
    """Tell whether a list revokes the serial number for good."""
    try:
        return _stands(crl.find(section, serial))
    except MalformedDERError:
        return True


def _stands(entry: CRLEntry | None) -> bool:
    return entry is not None and entry.reason not in {HOLD, REMOVED}
