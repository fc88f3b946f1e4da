"""What the policy makes of content: the level of each lint when a key is to sign, and at verification.

By default what changes what a reader sees refuses at signing and warns at verification,
what is shown beside the cells warns at both, and what changes nothing is told.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from agent.config.policy import PolicySettings
from agent.cpl.lints import FORM_LINTS
from agent.errors import UsageError
from agent.findings import Effect, Finding, Level, Lint, Observation
from agent.verdicts import Problem, SubIndication


class Stage(StrEnum):
    """When content is looked at; the tables of the policy file are called so."""

    SIGN = "sign"
    """Signing and countersigning."""
    VERIFY = "verify"


_DEFAULTS: Final[Mapping[Effect, Mapping[Stage, Level]]] = {
    Effect.CHANGES: {Stage.SIGN: Level.REFUSE, Stage.VERIFY: Level.WARN},
    Effect.BESIDE: {Stage.SIGN: Level.WARN, Stage.VERIFY: Level.WARN},
    Effect.NONE: {Stage.SIGN: Level.INFORM, Stage.VERIFY: Level.INFORM},
}
_ORDER: Final = list(Level)


@cache
def content_lints() -> Mapping[str, Lint]:
    """Give every lint by its code."""
    # Fifty modules and the reader of XML: for workbooks in which something was observed, or levels to check.
    from agent.formats.spreadsheet.lint.registry import list_lints  # noqa: PLC0415

    lints = sorted((*list_lints(), *FORM_LINTS), key=lambda lint: lint.code)
    return MappingProxyType({lint.code: lint for lint in lints})


def default_level(lint: Lint, stage: Stage) -> Level:
    """Give the level that a lint has when the policy file says nothing of it."""
    return _DEFAULTS[lint.effect][stage]


def lint_level(lint: Lint, stage: Stage, settings: PolicySettings) -> Level:
    """Give the level that the policy in force gives a lint."""
    return _chosen(settings, stage).get(lint.code, default_level(lint, stage))


def judge_content(
    observations: Iterable[Observation], settings: PolicySettings, stage: Stage
) -> tuple[Problem, ...]:
    """Give every observation its level.

    One that refuses at verification makes the verdict INDETERMINATE, SIG_CONSTRAINTS_FAILURE: the
    signatures hold, and what they are on is not what the policy wants to see signed (EN 319 102-1 table 6).
    """
    return tuple(
        Problem(_build_finding(item, settings, stage), SubIndication.SIG_CONSTRAINTS_FAILURE)
        for item in observations
    )


def _build_finding(item: Observation, settings: PolicySettings, stage: Stage) -> Finding:
    lint = content_lints()[item.code]
    level = lint_level(lint, stage, settings)
    refuses = level is Level.REFUSE and stage is Stage.SIGN
    hint = "remove it, or, once you know that it is harmless, lower" if refuses else ""
    hint = f"{hint} {lint.code} under [lint.{stage}] of the policy file" if hint else ""
    return Finding(lint.code, level, item.where, item.message, lint.clause, hint)


def check_lint_levels(settings: PolicySettings) -> None:
    """Check that the policy file gives levels to lints that there are.

    Raises:
        UsageError: `policy-lint-unknown`.

    """
    for stage in Stage:
        for code in _chosen(settings, stage):
            if code not in content_lints():
                raise UsageError(
                    "policy-lint-unknown",
                    f"{settings.where}: lint.{stage}.{code}: there is no such lint",
                    hint=f"the lints are {', '.join(content_lints())}",
                )


def lowered_lints(settings: PolicySettings, *stages: Stage) -> tuple[str, ...]:
    """List the lints that the policy file made milder than their default, in their order."""
    return tuple(
        sorted(
            {
                code
                for stage in stages
                for code, level in _chosen(settings, stage).items()
                if _ORDER.index(level) > _ORDER.index(default_level(content_lints()[code], stage))
            }
        )
    )


def _chosen(settings: PolicySettings, stage: Stage) -> Mapping[str, Level]:
    return settings.lint_at_sign if stage is Stage.SIGN else settings.lint_at_verify
