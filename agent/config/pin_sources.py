"""Where a PIN comes from: never from the command line, never from the configuration itself."""

from pathlib import Path

from agent.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PINPrompt:
    """Ask a person at the terminal."""


@dataclass(frozen=True, slots=True)
class PINEnvironment:
    """Read an environment variable."""

    variable: str


@dataclass(frozen=True, slots=True)
class PINFile:
    """Read a file which only its owner may read."""

    path: Path


@dataclass(frozen=True, slots=True)
class PINProgram:
    """Run a program, without a shell, and take the first line it prints."""

    arguments: tuple[str, ...]
    """The program and its arguments; never empty."""


@dataclass(frozen=True, slots=True)
class PINEntry:
    """Let a pinentry program ask (Assuan protocol)."""

    program: str


@dataclass(frozen=True, slots=True)
class PINDescriptor:
    """Read the first line of a file descriptor that was open when we were started."""

    number: int


@dataclass(frozen=True, slots=True)
class PINCredential:
    """Read a systemd credential, from `CREDENTIALS_DIRECTORY`."""

    name: str


@dataclass(frozen=True, slots=True)
class PINKeyring:
    """Ask the operating system's keyring."""

    service: str
    user: str


@dataclass(frozen=True, slots=True)
class PINPad:
    """Let the person enter it at the token's own pad (protected authentication path); we never see it."""


PINSource = (
    PINPrompt
    | PINEnvironment
    | PINFile
    | PINProgram
    | PINEntry
    | PINDescriptor
    | PINCredential
    | PINKeyring
    | PINPad
)
"""What `pin = …` of a signer names."""
