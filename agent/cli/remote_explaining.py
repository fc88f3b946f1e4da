"""Explaining by the agent: what its policy says of a signer and a workbook that is sent."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from agent.cli.agent_choice import ChosenAgent, telling_of_waiting
from agent.cli.remote_signing import list_image_parameters
from agent.client.documents import Errand, fetch_json
from agent.cpl.image_part import GivenImage
from agent.service.explaining import hash_images_of
from agent.service.files import open_regular, spell_path, translating_os_errors


def explain_by_agent(
    agent: ChosenAgent, signer: str, file: Path | None, images: Sequence[GivenImage]
) -> dict[str, Any]:
    """Let the agent explain; returns what `describe_explanation` would.

    Raises:
        IkiError: a file cannot be read; what the agent answered.

    """
    query = [("signer", signer)]
    for hashed in hash_images_of(file, images):
        query += list_image_parameters(hashed)
    with ExitStack() as stack:
        document = None
        if file is not None:
            query.append(("file", spell_path(file)))
            with translating_os_errors(file, what="workbook"):
                document = stack.enter_context(open_regular(file))
        stack.enter_context(telling_of_waiting())
        errand = Errand("/policy/explain", query, document, headers=agent.headers)
        explained: dict[str, Any] = fetch_json(agent.endpoint, errand)
        return explained
