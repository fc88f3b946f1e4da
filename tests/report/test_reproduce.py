"""The steps of a report can be repeated, in a shell, with programs of others."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.page import Page, read_page, write_report
from tests.support.lab import Story
from tests.support.tools import require_tool

_SAVED = re.compile(r"Signature (?P<number>\d+), (?P<what>signer|CA|trust anchor): ")
_NAMES = {"signer": "signer", "CA": "CAs", "trust anchor": "anchor"}


def _lay_out(page: Page, story: Story, folder: Path) -> list[str]:
    """Do what the page says: save its certificates, and the CRLs as PEM; gives its commands."""
    for label in page.tree.xpath("//p"):
        if match := _SAVED.match(label.text or ""):
            name = f"sig{match['number']}-{_NAMES[match['what']]}.pem"
            with (folder / name).open("a", encoding="utf-8") as file:
                file.write(label.getnext().text)
    openssl = require_tool("openssl")
    with (folder / "crls.pem").open("wb") as file:
        for path in story.lab.folder.rglob("*.crl"):
            made = subprocess.run(
                [openssl, "crl", "-inform", "DER", "-in", path], check=False, capture_output=True
            )
            file.write(made.stdout)
    steps = page.tree.xpath("//h2[.='How to reproduce this']/following-sibling::pre")
    return [step.text for step in steps if "BEGIN CERTIFICATE" not in step.text]


@pytest.mark.parametrize("kind", ["ec-p256", "rsa-2048"])
def test_a_package(kind: str, stories: Callable[[str], Story], tmp_path: Path) -> None:
    """The programs openssl and xmlsec1 come to the same result by the commands of the page."""
    for tool in ("xmlsec1", "unzip"):
        require_tool(tool)
    story = stories(kind)
    (tmp_path / story.countersigned.name).write_bytes(story.countersigned.read_bytes())
    write_report(story, tmp_path / story.countersigned.name, tmp_path / "out.html")
    commands = _lay_out(read_page(tmp_path / "out.html"), story, tmp_path)
    assert [command.split()[0] for command in commands] == [
        *("openssl", "iki", "openssl", "openssl", "unzip", "unzip", "grep"),
    ]
    for command in commands:
        if not command.startswith("iki "):
            done = subprocess.run(
                ["sh", "-ec", command], cwd=tmp_path, check=False, capture_output=True, text=True
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_a_detached_signature(shared_story: Story, tmp_path: Path) -> None:
    """The programs openssl verifies the `.p7s` by the commands of the page."""
    file = tmp_path / "notes.txt"
    file.write_text("TEST notes\n")
    shared_story.lab.iki("sign", file, "--as", "manufacturer", "--format", "cms")
    more = ("--format", "cms", "--require", "manufacturer")
    write_report(shared_story, file, tmp_path / "out.html", *more)
    commands = _lay_out(read_page(tmp_path / "out.html"), shared_story, tmp_path)
    (verify,) = (command for command in commands if command.startswith("openssl cms"))
    done = subprocess.run(["sh", "-ec", verify], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
