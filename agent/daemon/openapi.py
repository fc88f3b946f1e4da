"""The OpenAPI 3.1 document, made of the endpoints and their types: `python -m agent.daemon.openapi FILE`.

Source: OpenAPI Specification 3.1.0; schemas are JSON Schema 2020-12, by msgspec.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from agent import __version__
from agent.daemon.endpoints import ENDPOINTS
from agent.daemon.problems import MEDIA_TYPE as PROBLEM
from agent.daemon.routing import Endpoint
from agent.daemon.uploads import DOCUMENT, OCTETS, PARTS, SIGNATURE
from agent.daemon.wire import Problem, ReadyAnswer
from agent.endpoint import API

_REFERENCE: Final = "#/components/schemas/{name}"
_EVERYWHERE: Final = (400, 403, 500, 503)
"""Statuses of problems that every endpoint may answer with."""
_DESCRIPTION: Final = (
    "The API of `iki agent run`, on a Unix socket or over TLS 1.3 with client certificates. Every problem is"
    " RFC 9457 problem details with a stable code, and the exit status that a command would have."
    " The key signs documents, and a digest that comes from outside only for whom the configuration names."
)


def build_document() -> dict[str, Any]:
    """Build the document."""
    types: list[type[msgspec.Struct]] = [Problem]
    for endpoint in ENDPOINTS:
        types += [
            each
            for each in (endpoint.query, endpoint.body, endpoint.answer)
            if each is not None and not isinstance(each, str)
        ]
    _, components = msgspec.json.schema_components(list(dict.fromkeys(types)), ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        operations = paths.setdefault(API + endpoint.path, {})
        operations[endpoint.method.lower()] = _describe(endpoint, components)
    shown = {name: schema for name, schema in components.items() if not name.endswith("Query")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "IKI signing agent",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "components": {"schemas": shown},
    }


def _describe(endpoint: Endpoint, components: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": endpoint.name, "summary": endpoint.summary}
    if endpoint.controls:
        described["description"] = "Only for the user that the agent runs as, on the Unix socket."
    parameters = _list_parameters(components[endpoint.query.__name__])
    if parameters:
        described["parameters"] = parameters
    body = _describe_body(endpoint)
    if body:
        described["requestBody"] = body
    described["responses"] = _describe_responses(endpoint)
    return described


def _list_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": property_}
        for name, property_ in schema["properties"].items()
    ]


def _describe_body(endpoint: Endpoint) -> dict[str, Any] | None:
    if endpoint.body is not None:
        return {"required": True, "content": {"application/json": {"schema": _refer(endpoint.body)}}}
    if not endpoint.uploads:
        return None
    octets: dict[str, Any] = {"contentMediaType": OCTETS}
    parts = {
        "type": "object",
        "required": [DOCUMENT],
        "properties": {DOCUMENT: octets, SIGNATURE: octets},
        "additionalProperties": False,
    }
    return {"content": {OCTETS: {"schema": octets}, PARTS: {"schema": parts}}}


def _describe_responses(endpoint: Endpoint) -> dict[str, Any]:
    problem = {"description": "A problem.", "content": {PROBLEM: {"schema": _refer(Problem)}}}
    answer = endpoint.answer
    content = {answer: {}} if isinstance(answer, str) else {"application/json": {"schema": _refer(answer)}}
    responses: dict[str, Any] = {"200": {"description": endpoint.summary, "content": content}}
    failures = {*_EVERYWHERE, *endpoint.failures, *((413, 415) if endpoint.body or endpoint.uploads else ())}
    responses |= {str(status): problem for status in sorted(failures)}
    if answer is ReadyAnswer:
        both = {**content, **problem["content"]}  # type: ignore[dict-item]
        responses["503"] = {"description": "It cannot sign now.", "content": both}
    return responses


def _refer(kind: type) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(name=kind.__name__)}


if __name__ == "__main__":
    text = json.dumps(build_document(), indent=2, ensure_ascii=False)
    Path(sys.argv[1]).write_text(f"{text}\n", encoding="utf-8")
