"""Signing and countersigning: a document is looked at first, and then signed as it was looked at."""

import re
import secrets
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from agent.cpl.image import HashedImage
from agent.cpl.image_part import GivenImage, ImagePart, parse_image_part
from agent.desk.names import show
from agent.desk.routing import (
    Endpoint,
    answer,
    gone,
    invalid,
    read_choice,
    read_name,
    receive_documents,
)
from agent.desk.signing import SignOrder, review, sign
from agent.desk.state import MAX_IMAGE_OCTETS, Desk, OpenReview
from agent.errors import UsageError
from agent.findings import Finding
from agent.report.form_report import describe_image
from agent.report.hand_over_report import word_hand_over
from agent.report.policy_report import describe_explanation
from agent.service.additions import Additions
from agent.service.files import InputFile
from agent.service.images import hash_given_image
from agent.service.pins.building import LONGEST_PIN
from agent.service.pins.given import GivenPIN
from agent.service.reviewing import Review, SigningWish
from agent.service.signing_summary import describe_signing

_TYPED: Final = "its Hash was typed, and the image was not at hand"
_HASH: Final = re.compile(r"[0-9A-Fa-f]{64}")
_PARTS: Final = frozenset({"", "strip", "element", "range"})
_YES_OR_NO: Final = frozenset({"yes", "no"})


async def _review(desk: Desk, request: web.Request) -> web.Response:
    wish_of = partial(SigningWish, desk.workspace.configuration.find_signer(_signer(request)).name)
    images, name, part = _list_images(request), read_name(request), _read_part(request)
    image, path = await receive_documents(desk, request, limit=MAX_IMAGE_OCTETS)
    try:
        if image is not None:
            given = GivenImage(image, part, called=Path(read_name(request, "image_name")))
            images = (*images, await _hash(desk, given))
        wish = wish_of(InputFile(path, Path(name), name), images)
        seen = await desk.work(review, wish, desk.workspace)
    except BaseException:
        desk.spool.remove(path)
        raise
    key = secrets.token_urlsafe(32)
    desk.add_review(key, OpenReview(wish, seen.explanation, seen.findings, seen.warns))
    return answer({"review": key, "name": name} | _describe(seen, images))


def _signer(request: web.Request) -> str:
    return request.query.get("signer", "")


def _list_images(request: web.Request) -> tuple[HashedImage, ...]:
    text = request.query.get("image", "").strip()
    if text and not _HASH.fullmatch(text):
        raise UsageError(
            "image-hash-invalid",
            "the Hash of the Manufacturer Image is not 64 hexadecimal digits",
            hint="copy what `iki cpl hash IMAGE` prints",
        )
    return (HashedImage("the image", bytes.fromhex(text), 0, _TYPED),) if text else ()


def _read_part(request: web.Request) -> ImagePart:
    """Read which octets of the image file are the Manufacturer Image; raises as `parse_image_part`."""
    kind = read_choice(request, "part", _PARTS, "")
    value = request.query.get("part_value", "").strip()
    return parse_image_part(
        value if kind == "range" else None,
        value if kind == "element" else None,
        strips_header=kind == "strip",
    )


async def _hash(desk: Desk, image: GivenImage) -> HashedImage:
    """Hash an image that came in; it is not kept."""
    try:
        return await desk.work(hash_given_image, image)
    finally:
        desk.spool.remove(image.path)


def _describe(seen: Review, images: tuple[HashedImage, ...]) -> dict[str, Any]:
    explanation = seen.explanation
    return {
        "explanation": describe_explanation(explanation),
        "display_name": show(explanation.certificate.display_name),
        "images": [describe_image(image) for image in images],
        "findings": [_finding(finding) for finding in seen.findings],
        "entries": asdict(seen.entries) if seen.entries else None,
        "refuses": explanation.refuses,
        "confirmation": explanation.signer.name if seen.warns else None,
    }


def _finding(finding: Finding) -> dict[str, str]:
    texts = {"where": finding.where, "message": finding.message, "hint": finding.hint}
    stable = {"code": finding.code, "level": finding.level.value, "clause": finding.clause}
    return stable | {name: show(text) for name, text in texts.items()}


async def _sign(desk: Desk, request: web.Request) -> web.Response:
    """Sign what was looked at; the body is the PIN, and nothing else."""
    key = request.match_info["review"]
    additions = Additions(timestamp=read_choice(request, "timestamp", _YES_OR_NO, "no") == "yes")
    with GivenPIN(await _read_pin(request)) as pin:
        async with desk.token_turn:
            desk.check_room()
            opened = _find(desk, key)
            _check_confirmation(opened, request.query.get("confirmation", ""))
            opened.notices.clear()
            order = SignOrder(opened, desk.spool.name(), pin, additions)
            result, document = await desk.work(sign, order, desk.workspace)
    signed = secrets.token_urlsafe(32)
    desk.signed[signed] = document
    if key in desk.reviews:
        desk.drop_review(key)
    findings = [_finding(finding) for finding in result.findings]
    done = describe_signing(result, Path(document.name))
    following = " ".join(word_hand_over(done["hand_over"]).split())
    return answer(
        done | {"findings": findings, "signed": signed, "name": document.name, "next": show(following)}
    )


async def _read_pin(request: web.Request) -> bytearray:
    """Read the PIN straight into memory that is overwritten; what is longer than one is refused later."""
    content = bytearray()
    while len(content) <= LONGEST_PIN and (piece := await request.content.read(LONGEST_PIN + 1)):
        content += piece
    return content


def _find(desk: Desk, key: str) -> OpenReview:
    if key not in desk.reviews:
        raise gone("this document")
    return desk.reviews[key]


def _check_confirmation(opened: OpenReview, typed: str) -> None:
    """Check that whoever signs in spite of a warning typed whom they sign as."""
    if opened.warns and typed != opened.wish.signer:
        raise UsageError(
            "confirmation-missing",
            "something warns, and the signer's name was not typed to confirm it",
            hint=f"read the warnings, and type {opened.wish.signer} to sign in spite of them",
        )


async def _notices(desk: Desk, request: web.Request) -> web.Response:
    """Say what the token waits for, while it is waited for."""
    return answer({"notices": [show(text) for text in _find(desk, request.match_info["review"]).notices]})


async def _download(desk: Desk, request: web.Request) -> web.StreamResponse:
    document = desk.signed.get(request.match_info["signed"])
    if document is None:
        raise gone("this signed document")
    return web.FileResponse(document.path, headers={"Content-Type": "application/octet-stream"})


async def _leave(desk: Desk, request: web.Request) -> web.Response:
    """Forget a document that is not to be signed."""
    key = request.match_info["review"]
    if desk.token_turn.locked():
        raise invalid("time")
    _find(desk, key)
    desk.drop_review(key)
    return answer({})


ENDPOINTS: Final = (
    Endpoint("POST", "/api/reviews", _review),
    Endpoint("POST", "/api/reviews/{review}/sign", _sign),
    Endpoint("POST", "/api/reviews/{review}/leave", _leave),
    Endpoint("GET", "/api/reviews/{review}/notices", _notices),
    Endpoint("GET", "/api/signed/{signed}", _download),
)
