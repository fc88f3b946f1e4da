"""Who may use a signer's key, and how often: `requesters`, `quota_per_minute`, `…_hour` and `…_day`."""

import re
from collections.abc import Sequence

from agent.config.quotas import NO_QUOTAS, Quotas
from agent.config.tables import check_distinct, invalid
from agent.dataclass import dataclass

_USER_ID = re.compile(r"uid:(?:0|[1-9][0-9]{0,9})")
_NAME_LENGTH = 256
SUBJECT = "subject:"
"""Begins the name of a requester who showed a client certificate; its subject follows (RFC 4514)."""


@dataclass(frozen=True, slots=True)
class KeyAccess:
    """What a signer's table says about the use of its key; None means that nothing is said."""

    requesters: tuple[str, ...] | None = None
    """User names, user ids as `uid:1000`, or subjects as `subject:CN=ann`.

    None leaves it to who can read the configuration and the PIN, or may connect to the agent's socket;
    whoever comes over TLS has to be listed.
    """
    quotas: Quotas = NO_QUOTAS
    """Most signatures with this key, whoever asks."""
    raw_digest_requesters: tuple[str, ...] = ()
    """Who may have the agent sign digests that were made elsewhere, named likewise; by default nobody."""

    def allows(self, name: str, uid: int | None) -> bool:
        """Tell whether this requester may use the key at all."""
        if self.requesters is None:
            return not name.startswith(SUBJECT)
        return name in self.requesters or (uid is not None and f"uid:{uid}" in self.requesters)


EVERYBODY = KeyAccess()
"""Nothing is said."""


def build_access(
    requesters: Sequence[str] | None,
    quotas: Quotas,
    raw_digest_requesters: Sequence[str] | None = None,
    *,
    where: str,
    key: str,
) -> KeyAccess:
    """Build the access to a key; `key` is the signer's dotted key.

    Raises:
        UsageError: `configuration-invalid` for an empty list, a name twice, or what is no name; for who may
            have digests signed, and not use the key.

    """
    allowed: tuple[str, ...] | None = None
    digests: tuple[str, ...] = ()
    if requesters is not None:
        no_one = "is empty, which would lock everybody out; leave it out to allow everybody"
        allowed = _build_requesters(requesters, no_one, where=where, place=f"{key}.requesters")
    if raw_digest_requesters is not None:
        place = f"{key}.raw_digest_requesters"
        no_one = "is empty; leave it out: then there is no endpoint for digests"
        digests = _build_requesters(raw_digest_requesters, no_one, where=where, place=place)
        _check_may_use(digests, allowed, where=where, place=place)
    return KeyAccess(allowed, quotas, digests)


def _check_may_use(
    digests: Sequence[str], allowed: tuple[str, ...] | None, *, where: str, place: str
) -> None:
    """Check that whoever may have digests signed may use the key at all."""
    for position, name in enumerate(digests):
        is_missing = name.startswith(SUBJECT) if allowed is None else name not in allowed
        if is_missing:
            raise invalid(
                where, f"{place}[{position}]", "is not in requesters, and may not use the key at all"
            )


def _build_requesters(requesters: Sequence[str], no_one: str, *, where: str, place: str) -> tuple[str, ...]:
    """Build a list of requesters; `no_one` says what is wrong with an empty one."""
    if not requesters:
        raise invalid(where, place, no_one)
    for position, name in enumerate(requesters):
        if not is_user(name) and not _is_subject(name):
            expected = 'a user name, a user id as in "uid:1000", or a subject as in "subject:CN=ann,O=Acme"'
            raise invalid(where, f"{place}[{position}]", f"expected {expected}")
    check_distinct(requesters, where=where, key=place)
    return tuple(requesters)


def _is_subject(name: str) -> bool:
    return name.startswith(SUBJECT) and "=" in name and name.isprintable() and name == name.strip()


def is_user(name: str) -> bool:
    """Tell a user name or user id; a name with a colon would be an id that is written wrongly."""
    if ":" in name:
        return bool(_USER_ID.fullmatch(name))
    return 0 < len(name) <= _NAME_LENGTH and name.isprintable() and name == name.strip()
