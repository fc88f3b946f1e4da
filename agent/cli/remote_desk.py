"""The agent as the desk where the documents of a batch are signed."""

from contextlib import nullcontext
from typing import Any, Final

from agent.cli.agent_choice import ChosenAgent
from agent.cli.remote_signing import sign_by_agent
from agent.client.connection import LONG_SECONDS, ask
from agent.client.problems import build_finding
from agent.dataclass import dataclass
from agent.errors import IkiError, UsageError
from agent.findings import Finding
from agent.formats.records import SignatureRecord
from agent.service.signing import SigningJob

_OVER: Final = frozenset(
    {"agent-unreachable", "agent-untrusted", "control-refused", "peer-refused", "token-locked"}
)
"""Codes after which no other document comes to a good end either; of those about a PIN, each."""


@dataclass(frozen=True, slots=True)
class SignedByAgent:
    """What the agent said of a document that it signed."""

    sha256: str
    findings: tuple[Finding, ...]


class AgentDesk:
    """Has the agent sign one document after the other, or several at once; may be used by several threads."""

    def __init__(self, agent: ChosenAgent, signer: dict[str, Any], *, final_try: bool) -> None:
        """Keep the agent, and what it said of the signer."""
        self.signer_name: Final[str] = signer["name"]
        self._agent: Final = agent
        self._role: Final = signer["role"]
        self._certificate: Final = (signer["certificate"] or {}).get("sha256")
        self._final_try: Final = final_try
        self.is_over = False
        """Whether the agent said what holds for every other document too."""

    def has_made(self, record: SignatureRecord) -> bool:
        """Tell whether a signature is by the signer, going by certificate and role."""
        certificate = record.certificate
        return (
            certificate is not None
            and certificate.sha256.hex() == self._certificate
            and record.claimed_role == self._role
        )

    def sign(self, job: SigningJob) -> SignedByAgent:
        """Have a document signed; raises IkiError."""
        try:
            done = sign_by_agent(self._agent, job, final_try=self._final_try, waiting=nullcontext)
        except IkiError as error:
            self.is_over = self.is_over or error.code in _OVER or error.code.startswith("pin-")
            raise
        return SignedByAgent(done["sha256"], tuple(map(build_finding, done["findings"])))


def find_desk(agent: ChosenAgent, signer: str, *, final_try: bool) -> AgentDesk | None:
    """Find a signer at the agent; None when that has another configuration, and is done without.

    Raises:
        UsageError: `signer-unknown`.
        IkiError: nobody answers, or what the agent answered.

    """
    try:
        answer = ask(agent.endpoint, "GET", "/signers", seconds=LONG_SECONDS, headers=agent.headers)
    except IkiError as error:
        if agent.may_do_without(error):
            return None
        raise
    for found in answer["signers"]:
        if found["name"] == signer:
            return AgentDesk(agent, found, final_try=final_try)
    names = ", ".join(sorted(found["name"] for found in answer["signers"]))
    raise UsageError("signer-unknown", f"the agent has no signer {signer}", hint=f"it has {names or 'none'}")
