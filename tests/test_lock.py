"""The locks: complete, by hash, the same for everyone, and in step with pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "runtime": ROOT / "config/dev/requirements.lock",
    "development": ROOT / "config/dev/requirements-dev.lock",
    "fuzzing": ROOT / "config/dev/requirements-fuzz.lock",
}


def list_entries(lock: Path) -> list[str]:
    """List the requirements of a lock, each with its continuation lines joined and comments left out."""
    text = "\n".join(
        line for line in lock.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    )
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def parse_entry(entry: str) -> Requirement:
    """Parse name, version and marker of a lock entry."""
    return Requirement(entry.partition("--hash")[0].strip())


def pinned_versions(lock: Path) -> dict[str, str]:
    """Map each package of the lock to the one version it is pinned to."""
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement in map(parse_entry, list_entries(lock))
    }


def list_declared(kind: str) -> list[Requirement]:
    """List what pyproject.toml asks for: at run time, or for development as well."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = list(project["project"]["dependencies"])
    group = {"development": "dev", "fuzzing": "fuzz"}.get(kind)
    if group:
        declared += project["dependency-groups"][group]
    return [Requirement(text) for text in declared]


@pytest.mark.parametrize("kind", LOCKS)
def test_every_entry_is_one_version_with_hashes(kind: str) -> None:
    """Nothing can be installed from a lock that was not chosen byte for byte."""
    entry_form = re.compile(r"[a-z0-9-]+==[^\s;]+( ; [^-]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    entries = list_entries(LOCKS[kind])
    assert [entry for entry in entries if not entry_form.fullmatch(entry)] == []
    assert len(entries) == len(pinned_versions(LOCKS[kind]))


@pytest.mark.parametrize("kind", LOCKS)
def test_the_lock_names_no_address_and_no_folder(kind: str) -> None:
    """A lock says what, never from where: the reader's own configuration names the index."""
    lines = LOCKS[kind].read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "://" in line or "index-url" in line or "find-links" in line] == []
    assert [line for line in lines if re.search(r"(^|[\s@])/\w", line)] == []


@pytest.mark.parametrize("kind", LOCKS)
def test_the_lock_holds_what_pyproject_asks_for(kind: str) -> None:
    """A dependency that is added, or whose lower bound is raised, is locked in the same commit."""
    pinned = pinned_versions(LOCKS[kind])
    unlocked = [
        str(requirement)
        for requirement in list_declared(kind)
        if not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0"))
    ]
    assert unlocked == []


@pytest.mark.parametrize("kind", ["development", "fuzzing"])
def test_the_locks_agree(kind: str) -> None:
    """What the suite, and fuzzing, ran with is what a user installs."""
    runtime, other = (pinned_versions(LOCKS[which]) for which in ("runtime", kind))
    assert {name: other.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_lock_serves_every_platform(platform: str) -> None:
    """Windows gets its extra package by a marker, and nothing that we declare is left out anywhere."""
    environment = {
        "sys_platform": platform,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    chosen = {
        requirement.name
        for requirement in map(parse_entry, list_entries(LOCKS["runtime"]))
        if requirement.marker is None or Marker(str(requirement.marker)).evaluate(environment)
    }
    assert {canonicalize_name(requirement.name) for requirement in list_declared("runtime")} <= chosen
    assert ("colorama" in chosen) == (platform == "win32")
