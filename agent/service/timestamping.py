"""Timestamps asked for over HTTP: TSAs in their order, until one answers with a proof of its time.

What is let through is judged like what is verified: a timestamp that would prove nothing later is no
timestamp, and the next TSA is asked. A TSA learns a hash, and nothing of the document.

Source: RFC 3161 clauses 2.2 and 3.4.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from agent.config.policy import PolicySettings
from agent.config.timestamp import TimestampSettings
from agent.dataclass import dataclass
from agent.errors import IkiError, UsageError
from agent.exits import ExitStatus
from agent.findings import Finding, Level
from agent.formats.timestamp.exchange import REQUEST_TYPE, RESPONSE_TYPE, TimestampRequest, parse_response
from agent.formats.timestamp.token import TimestampToken
from agent.instants import format_instant
from agent.pki.trust import TrustStore
from agent.policy.timestamps import TimestampVerdict, judge_timestamp
from agent.service.http import Errand, fetch_octets

_CLOCKS_APART: Final = timedelta(minutes=5)
"""How far this machine's clock and the TSA's may differ (RFC 3161 clause 2.2 asks to compare them)."""
_NONCE_BITS: Final = 63
_CLAUSE: Final = "docs/timestamps.md"


class TimestampUnavailableError(IkiError):
    """No timestamp could be had; nothing is released without the one that was asked for."""

    exit_status = ExitStatus.INDETERMINATE

    def __init__(self, code: str, message: str, *, hint: str = "", codes: tuple[str, ...] = ()) -> None:
        """Keep `codes`: of each TSA's failure, in the order in which they were asked."""
        super().__init__(code, message, hint=hint)
        self.codes = codes


@dataclass(frozen=True, slots=True)
class AcquiredTimestamp:
    """A timestamp that proves its time, and what came before it."""

    token: TimestampToken
    verdict: TimestampVerdict
    notes: tuple[Finding, ...]
    """Who answered, and why others did not."""


def choose_urls(settings: TimestampSettings, given: Iterable[str]) -> tuple[str, ...]:
    """Choose whom to ask: those given, else those configured.

    Raises:
        UsageError: `timestamp-unconfigured` when there is nobody to ask, or nobody to believe.

    """
    urls = tuple(given) or settings.urls
    if not urls or not settings.trust_anchors:
        missing = "TSA to ask" if settings.trust_anchors else "trust anchor of TSAs"
        raise UsageError(
            "timestamp-unconfigured",
            f"a timestamp is asked for, and no {missing} is configured",
            hint="name urls and trust_anchors under [timestamp] in the configuration; see docs/timestamps.md",
        )
    return urls


def acquire_timestamp(
    part: str,
    octets: bytes,
    urls: Iterable[str],
    *,
    settings: TimestampSettings,
    trust: TrustStore,
    policy: PolicySettings,
) -> AcquiredTimestamp:
    """Get a timestamp over `octets`, for the signature at `part`.

    Raises:
        TimestampUnavailableError: `timestamp-unavailable`, with why each of them would not do.

    """
    notes: list[Finding] = []

    def judge(token: TimestampToken, at: datetime) -> TimestampVerdict:
        return judge_timestamp(part, token, trust=trust, settings=policy, at=at)

    for url in urls:
        try:
            token, verdict = _ask(url, octets, settings, judge)
        except IkiError as error:
            message = error.message.removeprefix(f"{url}: ")
            notes.append(Finding(error.code, Level.WARN, url, message, _CLAUSE, error.hint))
            continue
        words = f"timestamp of {format_instant(token.info.gen_time)} by {token.certificate.display_name}"
        notes.append(Finding("timestamp", Level.INFORM, url, words, "RFC 3161 2.4.2"))
        return AcquiredTimestamp(token, verdict, tuple(notes))
    raise TimestampUnavailableError(
        "timestamp-unavailable",
        f"no timestamp could be had: {'; '.join(f'{note.where}: {note.message}' for note in notes)}",
        hint="try again later, name another TSA with --tsa, or leave --timestamp out",
        codes=tuple(note.code for note in notes),
    )


def _ask(
    url: str,
    octets: bytes,
    settings: TimestampSettings,
    judge: Callable[[TimestampToken, datetime], TimestampVerdict],
) -> tuple[TimestampToken, TimestampVerdict]:
    """Ask one TSA; raises IkiError for whatever is wrong with its answer."""
    policy = settings.policies[0] if len(settings.policies) == 1 else ""
    request = TimestampRequest(octets, secrets.randbits(_NONCE_BITS) | 1 << _NONCE_BITS, policy)
    errand = Errand(
        settings.limits,
        RESPONSE_TYPE,
        TimestampUnavailableError,
        "tsa-http",
        "ask whoever runs the TSA, or name another one",
        request.build(),
        REQUEST_TYPE,
    )
    asked = datetime.now(UTC)
    fetched = fetch_octets(url, errand)
    answered = datetime.now(UTC)
    if fetched is None or fetched.content_type != RESPONSE_TYPE:
        kind = fetched.content_type if fetched else ""
        raise errand.failure("type", f"{url}: answers with {kind or 'no Content-Type'}, not {RESPONSE_TYPE}")
    token = parse_response(fetched.body, request)
    info = token.info
    earliest, latest = info.gen_time - info.accuracy, info.latest
    if earliest > answered + _CLOCKS_APART or latest < asked - _CLOCKS_APART:
        words = f"says that it is {format_instant(info.gen_time)}, and here it is {format_instant(answered)}"
        hint = "correct this machine's clock, or ask whoever runs the TSA"
        raise TimestampUnavailableError("timestamp-time", f"{url}: {words}", hint=hint)
    verdict = judge(token, max(answered, earliest))
    if verdict.proven is None:
        finding = verdict.problems[0].finding
        raise TimestampUnavailableError(finding.code, finding.message, hint=finding.hint)
    return token, verdict
