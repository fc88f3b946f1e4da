"""The commands' own tests once more, by way of the agent: each takes a `story` whose commands find one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.batch.test_batches import (
    test_a_folder_is_signed_countersigned_and_verified,
    test_a_name_that_is_no_text,
    test_what_is_done_is_skipped_and_nothing_else_is,
)
from tests.cli.test_bad_days import (
    test_a_crl_that_is_none_is_wrong_configuration,
    test_nobody_countersigns_for_a_revoked_manufacturer,
)
from tests.cli.test_countersign import (
    test_the_dcc_may_countersign_too,
    test_the_signers_own_key_is_refused,
)
from tests.cli.test_inputs import test_a_malformed_document_is_named
from tests.cli.test_outputs import (
    test_a_relative_output_is_relative_to_where_one_is,
    test_with_force_it_survives_a_refusal,
)
from tests.cli.test_sign import (
    test_a_workbook_that_no_mapping_fits_is_signed_with_a_warning,
    test_an_unknown_signer_is_a_usage_error,
    test_another_image_is_refused,
    test_the_audit_line_says_what_was_signed_with_which_evidence,
    test_the_certificate_may_be_on_the_token,
    test_the_output_appears_beside_the_input_and_passes,
)
from tests.policy.test_commands import test_explaining_a_good_signature, test_explaining_a_refusal
from tests.support.daemon import daemon_of
from tests.support.lab import Lab, Story
from tests.support.served import serving

__all__ = [
    "test_a_crl_that_is_none_is_wrong_configuration",
    "test_a_folder_is_signed_countersigned_and_verified",
    "test_a_malformed_document_is_named",
    "test_a_name_that_is_no_text",
    "test_a_relative_output_is_relative_to_where_one_is",
    "test_a_workbook_that_no_mapping_fits_is_signed_with_a_warning",
    "test_an_unknown_signer_is_a_usage_error",
    "test_another_image_is_refused",
    "test_explaining_a_good_signature",
    "test_explaining_a_refusal",
    "test_nobody_countersigns_for_a_revoked_manufacturer",
    "test_the_audit_line_says_what_was_signed_with_which_evidence",
    "test_the_certificate_may_be_on_the_token",
    "test_the_dcc_may_countersign_too",
    "test_the_output_appears_beside_the_input_and_passes",
    "test_the_signers_own_key_is_refused",
    "test_what_is_done_is_skipped_and_nothing_else_is",
    "test_with_force_it_survives_a_refusal",
]


@pytest.fixture
def story(shared_story: Story, tmp_path: Path) -> Iterator[Story]:
    """Return a copy of the EC P-256 story, served by a daemon of its own."""
    copied = shared_story.copy(tmp_path / "story")
    with serving(copied.lab) as served:
        yield replace(copied, lab=served)


@pytest.fixture
def lab(agent_lab: Lab) -> Iterator[Lab]:
    """Return an environment served by a daemon of its own, for batches."""
    with serving(agent_lab) as served:
        yield served


def test_a_command_finds_the_agent_in_the_runtime_folder(shared_story: Story, tmp_path: Path) -> None:
    """Without IKI_AGENT the socket in the runtime folder is asked, and --no-agent leaves it alone."""
    copied = shared_story.copy(tmp_path / "story")
    with daemon_of(copied.lab) as daemon:
        where = {"XDG_RUNTIME_DIR": str(daemon.socket.parent.parent)}
        copied.lab.iki(
            "sign", copied.form, "--as", "manufacturer", "-o", tmp_path / "a.xlsx", variables=where
        )
        assert daemon.states()["manufacturer"] == "unlocked"
        daemon.ask("POST", "/agent/lock", {})
        there = copied.lab.iki(
            "sign", copied.form, "--as", "manufacturer", "-o", tmp_path / "b.xlsx", variables=where
        )
        assert (there.status, (tmp_path / "b.xlsx").exists()) == (6, False)
        here = copied.lab.iki(
            *("sign", copied.form, "--as", "manufacturer", "--no-agent", "-o", tmp_path / "b.xlsx"),
            variables=where,
        )
        assert (here.status, here.stderr) == (0, "")
        assert daemon.states()["manufacturer"] == "locked"


def test_an_agent_of_another_configuration_is_done_without(
    shared_story: Story, agent_lab: Lab, tmp_path: Path
) -> None:
    """A note says so, and the command works itself; one named by IKI_AGENT is never done without."""
    copied = shared_story.copy(tmp_path / "other")
    arguments = ("sign", copied.form, "--as", "manufacturer", "-o", tmp_path / "out.xlsx")
    with daemon_of(agent_lab) as daemon:
        where = {"XDG_RUNTIME_DIR": str(daemon.socket.parent.parent)}
        run = copied.lab.iki(*arguments, variables=where)
        assert (run.status, len(run.lines("note"))) == (0, 1)
        assert str(agent_lab.configuration) in run.lines("note")[0]
        assert "manufacturer" in {line["signer"] for line in copied.lab.read_audit()}
    nobody = copied.lab.iki(*arguments, "--force", variables={"IKI_AGENT": str(daemon.socket)})
    assert nobody.status == 7


def test_a_socket_that_nobody_answers_on_is_told_and_done_without(
    shared_story: Story, tmp_path: Path
) -> None:
    """What a killed daemon left behind is a note, not an error."""
    copied = shared_story.copy(tmp_path / "story")
    with daemon_of(copied.lab) as daemon:
        daemon.process.kill()
        daemon.wait()
        where = {"XDG_RUNTIME_DIR": str(daemon.socket.parent.parent)}
        run = copied.lab.iki(
            *("sign", copied.form, "--as", "manufacturer", "-o", tmp_path / "out.xlsx"), variables=where
        )
        assert (run.status, len(run.lines("note"))) == (0, 1)
