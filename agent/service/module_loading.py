"""The PKCS#11 module in this very process, for what no client of a token does: making tokens and keys.

Whoever signs imports `keys`, and starts without the binding.
"""

from agent.config.configuration import ModuleSettings
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.keys import find_module
from hsm import Module, open_module


def load_module(settings: ModuleSettings) -> Module:
    """Load the module.

    Raises:
        TokenError: `module-missing`, or what the module said.

    """
    path = find_module(settings)
    with translating_hsm_errors():
        return open_module(path, settings.environment, settings.reserved)
