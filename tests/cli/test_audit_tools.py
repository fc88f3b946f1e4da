"""`iki audit show | export | rotate | anchor`, over the log file and over a database."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.pki.signatures import raw_to_der
from agent.service.anchoring import load_anchor
from agent.service.workspace import load_configuration
from tests.cli.expect import expect_failed, expect_refused, nothing_changes
from tests.support.lab import Lab, Story, from_now, sha256
from tests.support.tools import require_tool


@pytest.fixture(params=["file", "database"])
def recorded(request: pytest.FixtureRequest, story: Story) -> Story:
    """Return a story with five decisions on record: two allowed, one refused, one released, one failed."""
    lab = story.lab
    lab.audit.unlink()
    lab.audit.with_name("audit.jsonl.head").unlink()
    if request.param == "database":
        lab.record_in("sqlite:///state.sqlite")
    folder = story.form.parent
    lab.sign(story.form, folder / "first.xlsx")
    lab.countersign(folder / "first.xlsx", folder / "second.xlsx")
    lab.iki("countersign", story.form, "--as", "supplier", "-o", folder / "no.xlsx")
    lab.do("csr", "--as", "dcc", "-o", folder / "request.pem")
    lab.pin("manufacturer").write_text("wrong")
    lab.iki("sign", story.form, "--as", "manufacturer", "-o", folder / "no.xlsx")
    return story


def _shown(lab: Lab, *options: str | Path) -> list[int]:
    run = lab.iki("audit", "show", "--json", *options)
    assert (run.status, run.stderr) == (0, "")
    return [record["sequence"] for record in run.json["records"]]


def test_records_are_shown_and_chosen(recorded: Story) -> None:
    """By time, signer, outcome, requester and document; as a table for people, as JSON for programs."""
    lab, folder = recorded.lab, recorded.form.parent
    assert _shown(lab) == [1, 2, 3, 4, 5]
    assert _shown(lab, "--outcome", "allowed") == [1, 2]
    assert _shown(lab, "--outcome", "allowed", "--signer", "supplier") == [2]
    assert _shown(lab, "--signer", "nobody") == []
    assert _shown(lab, "--since", from_now(hours=1)) == []
    assert _shown(lab, "--until", from_now(hours=1), "--since", from_now(hours=-1)) == [1, 2, 3, 4, 5]
    assert _shown(lab, "--until", from_now(hours=-1)) == []
    assert _shown(lab, "--file", folder / "first.xlsx") == [1, 2]
    assert _shown(lab, "--sha256", sha256(recorded.form).upper()) == [1, 3, 5]
    assert _shown(lab, "--last", "2") == [4, 5]
    assert _shown(lab, "--requester", "nobody-at-all") == []
    table = lab.do("audit", "show").stdout.splitlines()
    assert len(table) == 6
    assert table[2].split()[2:5] == ["allowed", "countersign", "supplier"]
    assert lab.do("audit", "show", "--signer", "nobody").stdout == "no such record\n"


@pytest.mark.parametrize(
    "options",
    [
        ("--since", "yesterday"),
        ("--sha256", "abc"),
        ("--outcome", "fine"),
        ("--last", "0"),
        ("--file", "no-such-file"),
        ("--sha256", "00" * 32, "--file", "x"),
    ],
)
def test_a_wrong_choice_is_told(shared_story: Story, options: tuple[str, ...]) -> None:
    """One line and a hint, exit 2."""
    expect_failed(shared_story.lab.iki("audit", "show", *options), ExitStatus.USAGE)


def test_an_export_stands_for_itself(recorded: Story, tmp_path: Path) -> None:
    """Lines and head, whatever the store: verified without it, byte for byte what standard output gets."""
    lab, out = recorded.lab, tmp_path / "export.jsonl"
    lab.do("audit", "export", "-o", out)
    assert out.read_text() == lab.do("audit", "export").stdout
    head = json.loads(out.with_name("export.jsonl.head").read_text())
    whole = lab.iki("audit", "verify", "--json").json
    assert (whole["records"], whole["head"]) == (head["sequence"], head["sha256"]) == (5, whole["head"])
    assert lab.iki("audit", "verify", out, "--json").json["head"] == whole["head"]
    expect_failed(lab.iki("audit", "export", "-o", out), ExitStatus.USAGE)
    out.write_bytes(b"".join(out.read_bytes().splitlines(keepends=True)[:-1]))
    expect_failed(lab.iki("audit", "verify", out), ExitStatus.USAGE)


def test_a_damaged_record_is_not_exported(story: Story, tmp_path: Path) -> None:
    """What is passed on is whole, or it is not passed on."""
    story.lab.audit.write_bytes(story.lab.audit.read_bytes().replace(b"allowed", b"refused", 1))
    for options in ((), ("-o", tmp_path / "export.jsonl")):
        expect_failed(story.lab.iki("audit", "export", *options), ExitStatus.USAGE)
    assert not (tmp_path / "export.jsonl").exists()


def test_rotation_keeps_the_chain(story: Story) -> None:
    """The new file begins with the hash of the old one's last line; both are verified, shown and counted."""
    lab, folder = story.lab, story.form.parent
    before = lab.read_audit()
    rotated = Path(lab.iki("audit", "rotate", "--json").json["rotated"])
    assert rotated.name == f"audit.jsonl.{len(before):012}"
    assert lab.iki("audit", "rotate", "--json").json["rotated"] is None
    lab.sign(story.form, folder / "next.xlsx")
    (record,) = lab.read_audit()
    last = rotated.read_bytes().splitlines()[-1]
    digest = folder / "last"
    digest.write_bytes(last)
    assert (record["sequence"], record["previous"]) == (len(before) + 1, sha256(digest))
    assert lab.iki("audit", "verify", "--json").json["records"] == len(before) + 1
    assert len(_shown(lab)) == len(before) + 1
    rotated.write_bytes(rotated.read_bytes().replace(b"allowed", b"refused", 1))
    expect_failed(lab.iki("audit", "verify"), ExitStatus.USAGE)
    rotated.unlink()
    expect_failed(lab.iki("audit", "verify"), ExitStatus.USAGE)


def test_a_full_file_is_rotated_by_itself(story: Story) -> None:
    """`rotate_bytes` begins a new file before the record that would make a full one longer."""
    lab = story.lab
    lab.configure('path = "audit.jsonl"', 'path = "audit.jsonl"\nrotate_bytes = 4096\nrotate_days = 365')
    for number in range(4):
        lab.sign(story.form, story.form.with_name(f"{number}.xlsx"))
    segments = sorted(lab.folder.glob("audit.jsonl.0*"))
    assert segments
    assert all(path.stat().st_size >= 4096 for path in segments)
    lab.do("audit", "verify")


def test_a_database_is_not_rotated(story: Story) -> None:
    """It has no files; the hint names the export."""
    story.lab.record_in("sqlite:///state.sqlite")
    run = story.lab.iki("audit", "rotate")
    expect_failed(run, ExitStatus.USAGE)


def test_an_anchor_finds_what_head_and_chain_do_not(recorded: Story, tmp_path: Path) -> None:
    """An export cut off, or written anew with its head, is whole in itself: the anchor tells."""
    lab, anchor = recorded.lab, tmp_path / "anchor.json"
    made = lab.iki("audit", "anchor", "--as", "supplier", "-o", anchor, "--json")
    assert made.status == 0, made.stderr
    assert made.json["sequence"] == 5
    lab.do("audit", "verify", "--anchor", anchor)
    assert _shown(lab, "--outcome", "allowed", "--file", anchor) == [6]
    export = tmp_path / "export.jsonl"
    lab.do("audit", "export", "-o", export)
    lines = export.read_bytes().splitlines()
    export.with_name("export.jsonl.head").unlink()
    export.write_bytes(b"".join(line + b"\n" for line in lines[:5]))
    lab.do("audit", "verify", export, "--anchor", anchor)
    export.write_bytes(b"".join(line + b"\n" for line in lines[:4]))
    run = lab.iki("audit", "verify", export, "--anchor", anchor)
    expect_failed(run, ExitStatus.USAGE)
    assert "cut off" in run.stderr
    export.write_bytes(_forge(lines))
    run = lab.iki("audit", "verify", export, "--anchor", anchor)
    expect_failed(run, ExitStatus.USAGE)
    assert "rewritten" in run.stderr


def _forge(lines: list[bytes]) -> bytes:
    """Change the first record and chain all others anew, as somebody who knows the format would."""
    previous, forged = "0" * 64, b""
    for line in lines:
        members = json.loads(line) | {"previous": previous}
        members["requester"] = {"name": "eve"}
        content = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        previous = hashlib.sha256(content).hexdigest()
        forged += content + b"\n"
    return forged


def _edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        members = json.loads(path.read_text())
        change(members)
        path.write_text(json.dumps(members))

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        _edit(lambda members: members.update(sequence=1)),
        _edit(lambda members: members.update(sha256="ab" * 32)),
        _edit(lambda members: members.update(time="2026-01-01T00:00:00Z")),
        _edit(lambda members: members.update(signer="manufacturer")),
        _edit(lambda members: members.update(algorithm="rsa-sha256")),
        _edit(lambda members: members.update(algorithm="none")),
        _edit(lambda members: members.update(signature="AAAA")),
        _edit(lambda members: members.update(certificate="AAAA")),
        _edit(lambda members: members.update(version=2)),
        _edit(lambda members: members.pop("sha256")),
        _edit(lambda members: members.update(sequence=True)),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text(""),
        lambda path: path.write_bytes(b"\xff"),
        lambda path: path.unlink(),
    ],
)
def test_a_changed_anchor_proves_nothing(
    anchored: tuple[Lab, Path], tmp_path: Path, edit: Callable[[Path], object]
) -> None:
    """Whatever was changed in it, it is told and not believed."""
    lab, anchor = anchored
    other = tmp_path / "other.json"
    other.write_bytes(anchor.read_bytes())
    edit(other)
    with pytest.raises(IkiError) as caught:
        load_anchor(other, None, load_configuration(lab.configuration))
    assert caught.value.exit_status == ExitStatus.USAGE
    assert caught.value.hint


@pytest.fixture(scope="module")
def anchored(shared_story: Story, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Path]:
    """Return an environment with an anchor; only read."""
    lab = shared_story.lab.copy(tmp_path_factory.mktemp("anchored") / "lab")
    anchor = lab.folder / "anchor.json"
    lab.do("audit", "anchor", "--as", "supplier", "-o", anchor)
    return lab, anchor


def test_an_anchor_by_another_key_is_not_believed(anchored: tuple[Lab, Path]) -> None:
    """The certificate is that of the signer it names, or the one that is given: nobody else's will do."""
    lab, anchor = anchored
    lab.do("audit", "verify", "--anchor", anchor, "--certificate", lab.certificate("supplier"))
    for options in (("--certificate", lab.certificate("dcc")), ("--certificate", lab.root)):
        run = lab.iki("audit", "verify", "--anchor", anchor, *options)
        expect_failed(run, ExitStatus.USAGE)


def test_openssl_agrees_with_an_anchor(anchored: tuple[Lab, Path], tmp_path: Path) -> None:
    """The signature is an ordinary one, over the prefix and the statement in canonical form."""
    lab, anchor = anchored
    members = json.loads(anchor.read_text())
    signature = raw_to_der(base64.b64decode(members.pop("signature")))
    for name in ("algorithm", "certificate"):
        members.pop(name)
    statement = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    (tmp_path / "statement").write_bytes(b"iki audit anchor: this signs no document\0" + statement)
    (tmp_path / "signature").write_bytes(signature)
    openssl = require_tool("openssl")
    public = subprocess.run(
        [openssl, "x509", "-in", lab.certificate("supplier"), "-noout", "-pubkey"],
        check=True,
        capture_output=True,
    ).stdout
    (tmp_path / "key.pem").write_bytes(public)
    files = ("-signature", tmp_path / "signature", tmp_path / "statement")
    subprocess.run(
        [openssl, "dgst", "-sha256", "-verify", tmp_path / "key.pem", *files], check=True, capture_output=True
    )


def test_policy_is_asked_before_an_anchor_is_signed(story: Story) -> None:
    """A revoked key, a quota used up: no anchor, and a record of the refusal."""
    lab, anchor = story.lab, story.form.with_name("anchor.json")
    lab.revoke("dcc")
    expect_refused(lab.iki("audit", "anchor", "--as", "dcc", "-o", anchor), "revocation")
    used = sum(record["signer"] == "supplier" for record in lab.read_audit())
    lab.configure('role = "supplier"', f'role = "supplier"\nquota_per_day = {used + 1}')
    lab.do("audit", "anchor", "--as", "supplier", "-o", anchor)
    expect_refused(
        lab.iki("audit", "anchor", "--as", "supplier", "-o", anchor.with_name("second.json")), "quota"
    )
    outcomes = [(record["operation"], record["outcome"]) for record in lab.read_audit()[-3:]]
    assert outcomes == [
        ("audit-anchor", "refused"),
        ("audit-anchor", "allowed"),
        ("audit-anchor", "refused"),
    ]


def test_a_damaged_record_is_not_anchored(story: Story) -> None:
    """The key is not asked to vouch for what does not verify."""
    lab, anchor = story.lab, story.form.with_name("anchor.json")
    lab.audit.write_bytes(lab.audit.read_bytes().replace(b"allowed", b"refused", 1))
    with nothing_changes(story.form.parent):
        expect_failed(lab.iki("audit", "anchor", "--as", "supplier", "-o", anchor), ExitStatus.USAGE)
