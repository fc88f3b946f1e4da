"""Where state is kept when the configuration does not say."""

from pathlib import Path

_APPLICATION = "iki-agent"


def configuration_file() -> Path:
    """Name the user's own configuration file."""
    import platformdirs  # noqa: PLC0415 - most commands are told, and start without it

    return platformdirs.user_config_path(_APPLICATION) / "config.toml"


def state_path(name: str) -> Path:
    """Name a file or folder in the user's own state folder."""
    import platformdirs  # noqa: PLC0415 - as above

    return platformdirs.user_state_path(_APPLICATION) / name
