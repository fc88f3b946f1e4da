"""Apache POI's relationship transform comes to the same octets as ours, white space in the part or not.

Its signer cannot be asked: Debian's package (4.0.1) lacks the schema classes for SignatureTime.
"""

import os
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from agent.config.limits import DocumentLimits
from agent.formats.package.relationships import (
    RelationshipsPart,
    parse_relationships,
    transform_relationships,
)
from tests.support.tools import absent, require_tool
from tests.support.workbooks import PRODUCERS
from tests.support.zips import parts_of

_PROGRAM: Final = Path(__file__).with_name("RelationshipTransforms.java")
_FOLDER: Final = Path("/usr/share/java")
_JARS: Final = (
    "poi",
    "poi-ooxml",
    "poi-ooxml-schemas",
    "xmlbeans",
    "commons-collections4",
    "xmlsec",
    "slf4j-api",
)
_SECONDS: Final = 120


@pytest.fixture(scope="module")
def class_path() -> str:
    """Find Apache POI, or skip (or fail)."""
    jars = [_FOLDER / f"{name}.jar" for name in _JARS]
    if not all(jar.exists() for jar in jars):
        absent("poi", "Apache POI is not there; Debian: libapache-poi-java")
    return os.pathsep.join(map(str, jars))


def _list_tasks(folder: Path) -> Iterator[tuple[Path, RelationshipsPart, list[str]]]:
    """List every producer's `.rels` parts, with all of their Ids and with every other one."""
    for producer in PRODUCERS:
        place = folder / producer.name
        place.mkdir()
        for number, (name, data) in enumerate(parts_of(producer.build(place)).items()):
            if not name.endswith(".rels"):
                continue
            file = place / f"{number}.rels"
            file.write_bytes(data)
            part = parse_relationships(data, f"/{name}", DocumentLimits())
            ids = [item.id for item in part.relationships]
            yield from ((file, part, chosen) for chosen in (ids, ids[::2]) if chosen)


def test_transforms_relationships_as_poi_does(class_path: str, tmp_path: Path) -> None:
    """For every producer, octet for octet, and some of the parts do have white space."""
    tasks = list(_list_tasks(tmp_path))
    listing = tmp_path / "tasks"
    listing.write_text("".join("\t".join([str(file), *ids]) + "\n" for file, _, ids in tasks))
    finished = subprocess.run(
        [require_tool("java"), "-cp", class_path, str(_PROGRAM), str(listing)],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    theirs = [b64decode(line) for line in finished.stdout.splitlines()]
    assert theirs == [transform_relationships(part, set(ids)) for _, part, ids in tasks]
    assert any(part.has_white_space for _, part, _ in tasks)
    assert len(tasks) > 2 * len(PRODUCERS)
