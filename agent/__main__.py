"""`python -m agent` is `iki`; the installed command starts here too.

A command is over in less than a second, most of which is imports: what they make is never garbage. So the
collector is called rarely, and at the end it does not look at all of it once more (together 0.05 s).
"""

import gc
import sys

_ALLOCATIONS = 100_000
"""Objects made before the collector looks for cycles among the young; Python's own number is 700."""


def main() -> int:
    """Run one command and return its exit status (`agent.exits`)."""
    gc.set_threshold(_ALLOCATIONS)
    try:
        from agent.cli.main import main as run  # noqa: PLC0415 - after the collector was told

        return run()
    except KeyboardInterrupt:  # while still importing
        sys.stderr.write("iki: error: interrupted\niki: hint: nothing was released\n")
        return 130
    finally:
        gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
