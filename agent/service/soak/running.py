"""A soak from the question whether it is meant to the profile that follows from it."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from agent.config.configuration import ModuleSettings
from agent.config.pin_sources import PINEntry, PINPad, PINPrompt
from agent.config.signers import SignerSettings
from agent.config.token_profile import TokenProfile
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.findings import Finding
from agent.findings import Level as Weight
from agent.operations import Operation
from agent.policy.engine import decide_access
from agent.service.access import collect_access
from agent.service.audit_trail import AuditTrail
from agent.service.keys import SignerKey, TokenDoor, open_signer_key
from agent.service.pins.terminal import Operator
from agent.service.provisioning.confirmation import Confirmation
from agent.service.recording import open_audit
from agent.service.soak.measuring import Level, choose_sessions, measure_level, sign_once
from agent.service.workspace import Workspace

_STEPS = (1, 2, 4, 8, 16, 30)
_LONGEST_IDLE = 35.0
"""Seconds: a YubiHSM drops a session that was idle for 30."""
_MARGIN = 20
"""A request may take so many times the longest signature seen before it counts as hanging."""


@dataclass(frozen=True, slots=True)
class SoakResult:
    """What was measured."""

    key_uri: str
    algorithm: str
    levels: tuple[Level, ...]
    idle_seconds: float
    idle_dropped: bool
    """After that idle time the way to the token had to be rebuilt."""
    always_authenticate: bool
    profile: TokenProfile
    """What follows from it."""


def run_soak(
    name: str, workspace: Workspace, operator: Operator, confirmation: Confirmation, *, seconds: float
) -> SoakResult:
    """Measure a signer's token for about this long: the signer's name is typed first.

    What is signed are digests that `authorize_soak` makes, which can be no document's.

    Raises:
        UsageError: the signer is unknown; `confirmation-missing`, `confirmation-wrong`; `soak-quota`;
            `soak-asks`.
        PolicyRefusedError: the requester may not use the key, or the clock is wrong.
        TokenError: the token, the PIN or the key, when there was no signature at all.

    """
    signer = workspace.configuration.find_signer(name)
    _refuse_quota(signer)
    log = open_audit(workspace.configuration)
    log.ensure_writable()
    trail = AuditTrail(log, workspace, signer, Operation.TOKEN_SOAK)
    settings = _widen(workspace.configuration.module)
    with trail.recording(), TokenDoor(settings) as door:
        decide_access(
            collect_access(Operation.TOKEN_SOAK, signer, workspace, at=datetime.now(UTC))
        ).require_allowed()
        confirmation.require(
            signer.name, f"The key of {signer.name} will sign TEST digests for {seconds:g} seconds."
        )
        key = open_signer_key(signer, door, operator)
        _refuse_asking(key, signer)
        trail.begun(key.uri)
        result = _measure(key, door, settings.profile, seconds)
        trail.done(key.uri, note=_describe(result))
    return result


def _refuse_quota(signer: SignerSettings) -> None:
    if any(signer.access.quotas):
        raise UsageError(
            "soak-quota",
            f"the signer {signer.name} has a quota of signatures, and a soak makes thousands",
            hint="measure with another key on that token, or module: a TEST key of a signer of its own",
        )


def _refuse_asking(key: SignerKey, signer: SignerSettings) -> None:
    asks = isinstance(signer.pin, PINPad) or (
        signer.pin_cache < math.inf and isinstance(signer.pin, PINPrompt | PINEntry)
    )
    if key.always_authenticate and asks:
        raise UsageError(
            "soak-asks",
            f"the key of {signer.name} wants a PIN for each signature, and somebody would be asked thousands",
            hint='measure with pin_cache = "session", or with a PIN from a file or a program',
        )


def _widen(settings: ModuleSettings) -> ModuleSettings:
    """Let as many sessions be used as a profile can name; a module that is serialised has one."""
    sessions = 1 if settings.profile.serialise else max(_STEPS)
    return replace(settings, profile=replace(settings.profile, sessions=sessions))


def _measure(key: SignerKey, door: TokenDoor, profile: TokenProfile, seconds: float) -> SoakResult:
    idle = min(seconds / 5, _LONGEST_IDLE)
    levels = tuple(_climb(key, profile.sessions, seconds - idle))
    before = door.client.generation
    time.sleep(idle)
    sign_once(key)
    return SoakResult(
        key.uri,
        key.algorithm.name,
        levels,
        idle,
        door.client.generation != before,
        key.always_authenticate,
        _conclude(profile, levels),
    )


def _climb(key: SignerKey, most: int, seconds: float) -> Iterator[Level]:
    """Measure with more and more sessions, as long as the token bears it.

    Raises:
        TokenError: not even one session made a signature.

    """
    steps = [step for step in _STEPS if step <= most]
    for step in steps:
        level = measure_level(key, step, seconds / len(steps))
        if level.problem is not None and not level.signatures:
            if step == 1:
                raise level.problem
            break
        yield level
        if level.problem is not None:
            break


def _conclude(profile: TokenProfile, levels: tuple[Level, ...]) -> TokenProfile:
    """Build the profile: what was measured, and never less time than is the default now."""
    longest = max((level.latencies_ms[-1] for level in levels), default=0.0) / 1000
    return replace(
        profile,
        sessions=choose_sessions(levels),
        deadline_seconds=min(max(profile.deadline_seconds, math.ceil(longest * _MARGIN)), 3600),
    )


def _describe(result: SoakResult) -> Finding:
    total = sum(level.signatures for level in result.levels) + 1
    message = f"{total} signatures over TEST digests; best with {result.profile.sessions} sessions"
    return Finding("token-soak", Weight.INFORM, "operation", message, "docs/provisioning.md")
