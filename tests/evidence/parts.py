"""Bundles taken apart and put together again by the zipfile of the standard library."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

Members = dict[str, bytes]


def read_members(data: bytes) -> Members:
    """Read every member, in order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def write_members(members: Members, *, method: int = zipfile.ZIP_STORED) -> bytes:
    """Write members as a forger would who takes care that the container itself is right."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 0
            entry.external_attr = 0
            entry.compress_type = method
            archive.writestr(entry, data)
    return stream.getvalue()


def edit_manifest(members: Members, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest in place, written as the program writes it."""
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = encode(manifest)


def edit_verdict(members: Members, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the recorded verdict in place; the manifest is made to agree."""
    verdict = json.loads(members["verdict.json"])
    change(verdict)
    members["verdict.json"] = encode(verdict)
    agree(members)


def agree(members: Members) -> None:
    """Make the manifest list exactly the members that are there."""
    listed = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
        if name != "manifest.json"
    ]
    edit_manifest(members, lambda manifest: manifest.update(members=listed))


def encode(value: object) -> bytes:
    """Write JSON as bundles have it (docs/evidence.md)."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
