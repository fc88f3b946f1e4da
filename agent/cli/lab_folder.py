"""Which rehearsal environment a `lab` command is about."""

from pathlib import Path

from agent.lab.layout import LabLayout
from agent.service.workspace import configuration_path


def find_lab(config: Path | None, folder: Path | None) -> LabLayout:
    """Find the environment: the folder named, else the one that the configuration is in.

    Raises:
        UsageError: `lab-missing`.

    """
    layout = LabLayout((folder or configuration_path(config).parent).absolute())
    layout.require_present()
    return layout
