"""The wheel that others install: what is in it, and what its metadata promises."""

import subprocess
import sys
from configparser import ConfigParser
from email.message import Message
from email.parser import Parser
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA_SUFFIXES = {".css", ".html", ".j2", ".js", ".json", ".svg", ".toml", ".typed"}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this working tree, built with what is installed and without any network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = (
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
    )
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def names(wheel: Path) -> frozenset[str]:
    """The names of the files in the wheel."""
    with ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def read_from_wheel(wheel: Path, ending: str) -> str:
    """Read the one file of the wheel whose name has this ending."""
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(ending))
        return archive.read(name).decode("utf-8")


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> Message:
    """The core metadata of the wheel."""
    return Parser().parsestr(read_from_wheel(wheel, ".dist-info/METADATA"))


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: Path, names: frozenset[str]) -> None:
    """Generic names are kept from spreading: only agent, hsm and the metadata are installed."""
    distribution = "-".join(wheel.name.split("-")[:2])
    assert {name.split("/")[0] for name in names} == {"agent", "hsm", f"{distribution}.dist-info"}


def test_every_source_and_every_data_file_of_the_packages_is_in_the_wheel(names: frozenset[str]) -> None:
    """Nothing works in the tree and is missing after an installation."""
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in ("agent", "hsm")
        for path in (ROOT / package).rglob("*")
        if path.suffix in DATA_SUFFIXES | {".py"}
    }
    assert wanted - names == set()
    assert {"agent/py.typed", "hsm/py.typed"} <= names


def test_the_form_mapping_of_the_wheel_is_the_one_that_people_copy(wheel: Path) -> None:
    """config/cpl-form.toml is the only source; installed it lies beside the module that reads it."""
    mapping = (ROOT / "config" / "cpl-form.toml").read_text(encoding="utf-8")
    assert read_from_wheel(wheel, "agent/cpl/cpl-form.toml") == mapping


def test_no_index_takes_the_wheel_by_accident(metadata: Message) -> None:
    """The classifier that public indexes refuse is there."""
    assert "Private :: Do Not Upload" in (metadata.get_all("Classifier") or [])


def test_the_metadata_names_licence_python_and_version(metadata: Message) -> None:
    """An installer learns the licence and the oldest Python there, and the version is the tree's."""
    facts = (metadata["License-Expression"], metadata["License-File"], metadata["Requires-Python"])
    assert facts == ("Apache-2.0", "LICENSE", ">=3.11")
    assert metadata["Version"] == version("iki-agent")


def test_the_licence_text_travels_with_the_wheel(wheel: Path) -> None:
    """The Apache License asks that its text goes with every copy."""
    assert read_from_wheel(wheel, "/licenses/LICENSE") == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_one_command_is_iki(wheel: Path) -> None:
    """The distribution installs the command `iki` and no other entry point."""
    entry_points = ConfigParser()
    entry_points.read_string(read_from_wheel(wheel, ".dist-info/entry_points.txt"))
    assert {section: dict(entry_points[section]) for section in entry_points.sections()} == {
        "console_scripts": {"iki": "agent.__main__:main"}
    }
