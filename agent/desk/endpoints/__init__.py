"""What can be asked of the desk."""

from agent.desk.endpoints import page, session, signing, table
from agent.desk.routing import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *page.ENDPOINTS,
    *session.ENDPOINTS,
    *table.ENDPOINTS,
    *signing.ENDPOINTS,
)
"""All of them."""
