"""`iki token list` and `iki key list`: what is there, with PKCS#11 URIs that can be pasted as they are."""

import shutil

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, expect_warned
from tests.cli.spying import Spy
from tests.support.lab import NOWHERE, Story

PARTIES = ("dcc", "manufacturer", "supplier")


def test_tokens_are_listed_without_a_pin(story: Story) -> None:
    """A table for people and JSON for programs say the same; nobody logs in."""
    spy = Spy.install(story.lab)
    shutil.rmtree(story.lab.folder / "pins")
    table = story.lab.iki("token", "list")
    programs = story.lab.iki("token", "list", "--json")
    assert (table.status, table.stderr, programs.status, programs.stderr) == (0, "", 0, "")
    assert sorted(token["label"] for token in programs.json) == sorted(PARTIES)
    heading, *rows = table.stdout.splitlines()
    assert heading.split() == ["LABEL", "MODEL", "SERIAL", "PIN", "URI"]
    for token, row in zip(programs.json, rows, strict=True):
        assert (row.split()[0], row.split()[-1]) == (token["label"], token["uri"])
        assert token["serial"] in row
        assert not token["pin_locked"]
    assert spy.calls()["C_Login"] == 0


def test_keys_are_listed_for_each_signer(shared_story: Story) -> None:
    """Kind and whether a key can leave the token; in the rehearsal none can."""
    table = shared_story.lab.iki("key", "list")
    programs = shared_story.lab.iki("key", "list", "--json")
    assert (table.status, table.stderr, programs.status, programs.stderr) == (0, "", 0, "")
    assert [(key["kind"], key["extractable"], key["sensitive"]) for key in programs.json] == [
        ("ec-p256", False, True)
    ] * len(PARTIES)
    rows = table.stdout.splitlines()[1:]
    assert [row.split()[-1] for row in rows] == [key["uri"] for key in programs.json]


def test_only_the_signers_asked_for_are_logged_in_to(shared_story: Story) -> None:
    """--as may be repeated."""
    run = shared_story.lab.iki("key", "list", "--as", "dcc", "--as", "supplier", "--json")
    assert ["token=dcc" in key["uri"] or "token=supplier" in key["uri"] for key in run.json] == [True, True]


def test_a_uri_can_be_pasted_into_the_configuration(story: Story) -> None:
    """The key's URI, as it was printed, is a signer's token."""
    (key,) = story.lab.iki("key", "list", "--as", "manufacturer", "--json").json
    story.lab.configure('"pkcs11:token=manufacturer;object=signing"', f'"{key["uri"]}"')
    output = story.form.with_name("out.xlsx")
    expect_warned(story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", output))
    story.lab.configure('certificate = "certificates/manufacturer.pem"', 'certificate = "token"')
    expect_warned(story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", output, "--force"))


def test_no_token_is_a_result(story: Story) -> None:
    """An empty list is no error: somebody looks whether the token is in."""
    shutil.rmtree(story.lab.folder / "tokens")
    (story.lab.folder / "tokens").mkdir()
    run = story.lab.iki("token", "list", "--json")
    assert (run.status, run.json, run.stderr) == (ExitStatus.OK, [], "")
    assert story.lab.iki("token", "list").stdout.count("\n") == 1
    expect_failed(story.lab.iki("key", "list"), ExitStatus.TOKEN)


def test_a_wrong_pin_is_sent_once(story: Story) -> None:
    """Also here: one login, exit 6."""
    spy = Spy.install(story.lab)
    story.lab.pin("dcc").write_text("wrong-pin")
    expect_failed(story.lab.iki("key", "list", "--as", "dcc"), ExitStatus.TOKEN)
    assert spy.calls()["C_Login"] == 1


def test_errors(story: Story) -> None:
    """An unknown signer, a module that is not there."""
    with audited(story.lab):
        expect_failed(story.lab.iki("key", "list", "--as", "nobody"), ExitStatus.USAGE)
        story.lab.configure('path = "/', f'path = "{NOWHERE}/')
        expect_failed(story.lab.iki("token", "list"), ExitStatus.TOKEN)
