"""Problem details (RFC 9457) become the errors that they were over there: code, hint and exit status."""

from collections.abc import Mapping
from typing import Any

from agent.errors import AgentError, IkiError
from agent.exits import ExitStatus
from agent.findings import Finding, Level


class RemoteError(IkiError):
    """What the agent answered: a command ends with it as if it had happened here."""

    def __init__(self, code: str, message: str, *, hint: str, exit_status: ExitStatus) -> None:
        """Keep what the agent said."""
        super().__init__(code, message, hint=hint)
        self.exit_status = exit_status  # type: ignore[misc]  # of this error, not of its class
        self.findings: tuple[Finding, ...] = ()


def build_error(status: int, problem: Any) -> IkiError:
    """Build the error of a response; `problem` is its JSON, `status` that of HTTP."""
    try:
        error = RemoteError(
            str(problem["code"]),
            str(problem["detail"]),
            hint=str(problem.get("hint", "")),
            exit_status=ExitStatus(problem["exit_status"]),
        )
        error.findings = tuple(map(build_finding, problem.get("findings", ())))
    except (AttributeError, KeyError, TypeError, ValueError):
        return AgentError(
            "agent-protocol",
            f"the agent answered with status {status} and no problem details",
            hint="is another program listening there, or an agent of another version?",
        )
    return error


def build_finding(members: Mapping[str, str]) -> Finding:
    """Build a finding from its JSON object; raises KeyError, TypeError or ValueError."""
    return Finding(
        members["code"],
        Level(members["level"]),
        members["where"],
        members["message"],
        members["clause"],
        members.get("hint", ""),
    )


def unreachable(reason: str) -> AgentError:
    """Build the error of an agent that nobody answers for."""
    return AgentError(
        "agent-unreachable",
        f"the agent cannot be reached: {reason}",
        hint="start it with `iki agent run`, or add --no-agent to commands that work without it",
    )
