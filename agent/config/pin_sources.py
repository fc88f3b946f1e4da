"""Where a PIN comes from: never from the command line, never from the configuration itself."""

from dataclasses import dataclass
from pathlib import Path


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


PINSource = PINPrompt | PINEnvironment | PINFile | PINProgram
"""What `pin = …` of a signer names."""
