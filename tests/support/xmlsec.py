"""The oracle xmlsec1: an XMLDSig implementation that shares no code with ours.

xmlsec1 judges one signature part at a time and knows nothing of packages, so
the package is unpacked with Python's own zip reader and every part that the
Manifest names is mapped to its file. Its word `OK` and its exit status are not
enough: they say nothing of the Manifest's References, whose counts it prints.
"""

import io
import re
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from tests.support.tools import require_tool

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
_SIGNATURE_PART: Final = re.compile(r"_xmlsignatures/sig\d+\.xml")
_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class ReferenceCount:
    """How many References of a kind xmlsec1 found right, of how many."""

    ok: int
    all: int


@dataclass(frozen=True, slots=True)
class Opinion:
    """What xmlsec1 says of one signature part."""

    part: str
    """The zip entry, such as `_xmlsignatures/sig1.xml`."""
    ok: bool
    """Its own verdict: the value, the certificate's path, and the References of SignedInfo; no more."""
    signed_info: ReferenceCount
    manifests: ReferenceCount
    output: str


def list_opinions(package: bytes, anchor: Path) -> tuple[Opinion, ...]:
    """Ask xmlsec1 about every signature part, in file order; skips (or fails) the test without it.

    `anchor` is a root certificate as PEM.
    """
    program = require_tool("xmlsec1")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(io.BytesIO(package)) as archive:
        archive.extractall(folder)
        parts = [name for name in archive.namelist() if _SIGNATURE_PART.fullmatch(name)]
        return tuple(_ask(program, Path(folder), part, anchor) for part in parts)


def _ask(program: str, folder: Path, part: str, anchor: Path) -> Opinion:
    finished = subprocess.run(
        [
            program,
            "--verify",
            "--trusted-pem",
            str(anchor),
            *("--id-attr:Id", f"{_DS}:Object"),
            *("--id-attr:Id", f"{_XADES}:SignedProperties"),
            *list_url_maps(folder, part),
            str(folder / part),
        ],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    output = finished.stdout + finished.stderr  # which of the two depends on the version
    return Opinion(
        part,
        finished.returncode == 0,
        _read_count(output, "SignedInfo"),
        _read_count(output, "Manifests"),
        output,
    )


def list_url_maps(folder: Path, part: str) -> list[str]:
    """Map each Manifest Reference (`/part?ContentType=type`) to the unpacked part."""
    arguments = []
    for reference in etree.parse(folder / part).iter(f"{{{_DS}}}Reference"):
        uri = reference.get("URI", "")
        if uri.startswith("/"):
            arguments += [f"--url-map:{uri}", str(folder / uri[1:].partition("?")[0])]
    return arguments


def _read_count(output: str, kind: str) -> ReferenceCount:
    found = re.search(rf"^{kind} References \(ok/all\): (\d+)/(\d+)$", output, re.MULTILINE)
    return ReferenceCount(int(found[1]), int(found[2])) if found else ReferenceCount(0, 0)


def require_agreement(package: bytes, anchor: Path, *, signatures: int) -> None:
    """Fail the test unless xmlsec1 finds that many signatures and every Reference of each is right."""
    opinions = list_opinions(package, anchor)
    assert len(opinions) == signatures
    for opinion in opinions:
        assert opinion.ok, opinion.output
        for count in (opinion.signed_info, opinion.manifests):
            assert count.ok == count.all > 0, opinion.output
