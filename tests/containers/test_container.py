"""The contract of a token, over the HSM in the container; what happens to it is done by the engine."""

from tests.backends.test_commands import *  # noqa: F403 - every test, whatever they are called
from tests.backends.test_contract import *  # noqa: F403
from tests.backends.test_outages import *  # noqa: F403
from tests.backends.test_pins import *  # noqa: F403
