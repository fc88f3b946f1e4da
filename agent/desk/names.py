"""What documents are called: text from strangers, which is shown and written, and never a path of ours."""

from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from agent.pki.names import escape_controls

_LONGEST: Final = 200
_FORBIDDEN: Final = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
"""What no Windows file name may hold; what is downloaded may go there."""


def show(text: str) -> str:
    """Write text so that no control or direction character of it does anything."""
    return escape_controls(text)


def clean_name(name: str) -> str:
    """Return what a document is called without folders, as a file can be named anywhere; never empty."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    shown = show(last).replace("\\", "_").translate(_FORBIDDEN).strip(" .")
    return shown[-_LONGEST:] or "document"
