"""`python -m agent` is `iki`."""

import sys

from agent.cli.main import main

sys.exit(main())
