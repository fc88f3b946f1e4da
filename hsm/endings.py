"""How a process ended, in words."""

import signal


def describe_status(status: int) -> str:
    """Name what ended a process: its exit status, or the signal of a negative one (`Popen.returncode`)."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
