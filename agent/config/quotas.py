"""How many signatures in any minute, hour and day: of a signer, and of whoever asks (`[quota]`)."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Annotated, Any

import msgspec

from agent.config.tables import convert_table, invalid, quoted
from agent.dataclass import dataclass

_Count = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
_NAME_LENGTH = 1024


class RawQuotas(msgspec.Struct, forbid_unknown_fields=True):
    """`[quota.each_requester]` and `[quota.requesters.NAME]`."""

    per_minute: _Count | None = None
    per_hour: _Count | None = None
    per_day: _Count | None = None


class RawQuotaTable(msgspec.Struct, forbid_unknown_fields=True):
    """`[quota]`; the requesters are converted one by one, so that errors name the requester."""

    each_requester: RawQuotas = msgspec.field(default_factory=RawQuotas)
    requesters: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Quotas:
    """Most signatures in any 60, 3,600 and 86,400 seconds; None sets no end."""

    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Yield span and quota of those that are set."""
        for span, quota in (("minute", self.per_minute), ("hour", self.per_hour), ("day", self.per_day)):
            if quota is not None:
                yield span, quota


NO_QUOTAS = Quotas()
"""No end is set."""

SPAN_SECONDS: Mapping[str, int] = MappingProxyType({"minute": 60, "hour": 3_600, "day": 86_400})
"""Seconds of each span that `Quotas` yields."""


@dataclass(frozen=True, slots=True)
class QuotaSettings:
    """`[quota]`: what a requester may use up, with all signers together."""

    each_requester: Quotas = NO_QUOTAS
    requesters: Mapping[str, Quotas] = field(default_factory=lambda: MappingProxyType({}))
    """Instead of `each_requester`, by the requester's name as the audit record has it."""

    def find_for(self, requester: str) -> tuple[str, Quotas]:
        """Find the quotas of a requester, and the setting that gives them."""
        own = self.requesters.get(requester)
        if own is not None:
            return f"[quota.requesters.{quoted(requester)}]", own
        return "[quota.each_requester]", self.each_requester


def build_quota_settings(raw: RawQuotaTable, *, where: str) -> QuotaSettings:
    """Build the quotas of requesters.

    Raises:
        UsageError: `configuration-invalid`.

    """
    named = {}
    for name, table in raw.requesters.items():
        key = f"quota.requesters.{quoted(name)}"
        if not 0 < len(name) <= _NAME_LENGTH or not name.isprintable() or name != name.strip():
            raise invalid(where, key, "expected a requester's name, as the audit record has it")
        quotas = convert_table(table, RawQuotas, where=where, key=key)
        named[name] = Quotas(quotas.per_minute, quotas.per_hour, quotas.per_day)
    every = raw.each_requester
    return QuotaSettings(Quotas(every.per_minute, every.per_hour, every.per_day), MappingProxyType(named))
