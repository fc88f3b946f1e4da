"""Signing by the agent: the document goes there, and its output is written here as any other."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from agent.cli.agent_choice import ChosenAgent, telling_of_waiting
from agent.client.documents import Errand, fetch_document
from agent.containers import ContainerFormat
from agent.cpl.image import HashedImage
from agent.errors import AgentError
from agent.service.files import InputFile, open_regular, spell_path, translating_os_errors
from agent.service.images import hash_given_image
from agent.service.release import PendingOutput
from agent.service.signing import SigningJob, find_existing, list_inputs
from agent.service.signing_summary import list_hand_over_files


def sign_by_agent(
    agent: ChosenAgent,
    job: SigningJob,
    *,
    final_try: bool,
    waiting: Callable[[], AbstractContextManager[None]] = telling_of_waiting,
) -> dict[str, Any]:
    """Let the agent sign; returns what was done, as `describe_signing` would.

    `waiting` is entered while the agent works.

    Raises:
        IkiError: every reason not to, the agent's and ours; no output exists then.

    """
    existing = find_existing(job)
    with ExitStack() as stack:
        output = stack.enter_context(PendingOutput(job.output, inputs=list_inputs(job), force=job.force))
        what = "workbook" if job.container is ContainerFormat.PACKAGE else "file"
        document = _open(stack, job.file, what)
        signature = _open(stack, existing, "signature") if existing else None
        stack.enter_context(waiting())
        query = [*_list_parameters(job, existing), *([("final_try", "true")] if final_try else [])]
        errand = Errand(f"/{job.operation}", query, document, signature, agent.headers)
        digest = hashlib.sha256()

        def write(piece: bytes) -> None:
            digest.update(piece)
            output.write(piece)

        done: dict[str, Any] = fetch_document(agent.endpoint, errand, write)
        if done.get("sha256") != digest.hexdigest():
            raise AgentError(
                "agent-protocol",
                "what came back is not what the agent says it signed; nothing was released",
                hint="see the agent's log; try again",
            )
        output.release()
    files = list_hand_over_files(job, output.path)
    return {**done, "output": str(output.path), "hand_over": {**done["hand_over"], "files": files}}


def _open(stack: ExitStack, file: InputFile, what: str) -> BinaryIO:
    with translating_os_errors(file.path, what=what):
        return stack.enter_context(open_regular(file.path))


def _list_parameters(job: SigningJob, signature: InputFile | None) -> Iterator[tuple[str, str]]:
    yield "signer", job.signer
    yield "file", spell_path(job.file.called)
    yield "folder", spell_path(Path.cwd())
    yield "format", job.container.value
    if job.image is not None:
        yield from list_image_parameters(hash_given_image(job.image))
    if signature is not None:
        yield "signature", spell_path(signature.called)
    if job.additions.timestamp:
        yield "timestamp", "true"
    yield from (("tsa", url) for url in job.additions.tsa_urls)
    if job.additions.embed_revocation:
        yield "embed_revocation", "true"


def list_image_parameters(image: HashedImage) -> Iterator[tuple[str, str]]:
    """Yield the parameters that name an image hashed here."""
    yield "image_sha256", image.image_hash.hex()
    yield "image_file", image.file
    yield "image_octets", str(image.octets)
    yield "image_what", image.what
