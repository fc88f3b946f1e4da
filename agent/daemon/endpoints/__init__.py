"""Every endpoint of the API, each group in a file of its own."""

from typing import Final

from agent.daemon.endpoints import (
    control,
    digest,
    document,
    health,
    judging,
    records,
    signers,
    signing,
    status,
)
from agent.daemon.routing import Endpoint

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *health.ENDPOINTS,
    *status.ENDPOINTS,
    *signers.ENDPOINTS,
    *signing.ENDPOINTS,
    *digest.ENDPOINTS,
    *judging.ENDPOINTS,
    *records.ENDPOINTS,
    *control.ENDPOINTS,
    *document.ENDPOINTS,
)
