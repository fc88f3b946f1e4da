"""Threads of one process take turns at the audit log before they meet other processes at its lock file.

The lock file is asked for again and again with pauses, which is well for a process that comes now and then;
threads that sign side by side would spend their time in those pauses.
"""

import threading
from typing import Final

AUDIT_TURN: Final = threading.RLock()
"""Held around every call that locks the log."""
