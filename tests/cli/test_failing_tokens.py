"""The fifteen failures of tokens and modules, as whoever runs `iki sign` meets them.

Either the workbook is signed and nothing is said, or there is one error with a hint, status 6, an audit
line with the stable code, and no output. Never a traceback, and never a word of the vendor's library.
"""

from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, expect_warned, nothing_changes
from tests.support.faults import FaultModule, build_fault_library
from tests.support.lab import Lab, Run, Story
from tests.support.softhsm import SoftHSMEnvironment, require_softhsm

Place = tuple[Story, FaultModule]


def put_faults_before(lab: Lab, folder: Path) -> FaultModule:
    """Let an environment's configuration name the fault module, before the SoftHSM that it named."""
    softhsm = SoftHSMEnvironment(require_softhsm(), lab.softhsm_configuration, lab.folder / "tokens")
    faults = FaultModule.create(folder, softhsm)
    variables = ", ".join(f'{name} = "{value}"' for name, value in faults.variables.items())
    old = 'environment_paths = { SOFTHSM2_CONF = "softhsm2.conf" }'
    lab.configure(old, f"environment = {{ {variables} }}")
    path = next(
        line for line in lab.configuration.read_text(encoding="utf-8").splitlines() if line.startswith("path")
    )
    lab.configure(path + "\nenv", f'path = "{build_fault_library()}"\nenv')
    return faults


@pytest.fixture
def place(story: Story, tmp_path: Path) -> Place:
    """Return a story whose tokens are behind the fault module."""
    return story, put_faults_before(story.lab, tmp_path / "faults")


def _set_profile(lab: Lab, *lines: str) -> None:
    """Add `[module.profile]`."""
    lab.configure("\n[trust]", "\n" + "\n".join(("[module.profile]", *lines)) + "\n\n[trust]")


def _sign(story: Story) -> Run:
    return story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("out.xlsx"))


def _expect_told(place: Place, code: str) -> None:
    """Sign, and expect one error with this code on record, a hint, and nothing else."""
    story, faults = place
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", (code,))):
        expect_failed(_sign(story), ExitStatus.TOKEN)
    assert faults.list_violations() == {}


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("C_SignInit 1 gone 0x32", id="1-unplugged-and-back"),
        pytest.param("C_SignInit 1 invalidate", id="2-stale-handle"),
        pytest.param("C_SignInit 1 logout", id="3-login-lost"),
        pytest.param("C_Sign 1 fork", id="6-the-library-forks"),
        pytest.param("C_OpenSession 1-2 return 0xB1", id="7-no-session-for-a-moment"),
        pytest.param("C_SignInit 1 return 0x90", id="8-wedged"),
        pytest.param("C_Login 1 return 0x5", id="13-race-at-the-login"),
        pytest.param("C_Sign 1 abort", id="14-crash"),
        pytest.param("C_Sign 1 print a vendor's talk", id="14-prints"),
    ],
)
def test_signed_all_the_same(place: Place, line: str) -> None:
    """What can be mended is mended without a word, and the PIN is not asked for again."""
    story, faults = place
    faults.script(line)
    expect_warned(_sign(story))
    assert faults.counter("fired") >= 1
    assert faults.list_violations() == {}
    assert story.lab.verify(story.form.with_name("out.xlsx"), first_only=True).verdict.sub_indication is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("C_Sign * return 0x32", "token-removed", id="1"),
        pytest.param("C_GetSlotList * return 0x30", "token-error", id="1-before-the-start"),
        pytest.param("C_SignInit 1 corrupt\nC_Sign 1 corrupt", "signature-rubbish", id="15"),
        pytest.param("C_SignInit * return 0x90", "session-wedged", id="8"),
        pytest.param("C_SignInit 1 return 0x70", "mechanism-missing", id="12"),
        pytest.param("C_Sign * abort", "module-crashed", id="14"),
        pytest.param("C_Initialize * exit 0", "module-crashed", id="14-at-the-start"),
        pytest.param("C_Login * abort", "login-outcome-unknown", id="4-and-14"),
    ],
)
def test_told_in_one_line(place: Place, line: str, code: str) -> None:
    """What cannot be mended is told, with the next step."""
    place[1].script(*line.splitlines())
    _expect_told(place, code)
    assert place[1].calls("C_SignInit") <= 2


def test_a_token_that_hangs(place: Place) -> None:
    """10: the command comes back at the deadline; until then it says what it waits for."""
    story, faults = place
    _set_profile(story.lab, "deadline_seconds = 4", "notice_seconds = 1")
    faults.script("C_Sign 1 hang")
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", ("token-deadline",))):
        run = _sign(story)
    assert (run.status, run.stdout) == (ExitStatus.TOKEN, "")
    assert [len(run.lines(kind)) for kind in ("note", "error", "hint")] == [1, 1, 1]
    assert len(run.stderr.splitlines()) == 3


@pytest.mark.thorough
def test_no_session_left(place: Place) -> None:
    """7: others hold every session; nothing is restarted, and the command ends with its time."""
    story, faults = place
    _set_profile(story.lab, "deadline_seconds = 8")  # a busy machine takes seconds to start the worker
    faults.script("C_OpenSession * return 0xB1")
    _expect_told(place, "token-busy")
    assert faults.calls("C_Initialize") == 1


def test_a_wrong_pin(place: Place) -> None:
    """4: sent once; the second command does not send it again; a token at its last try is left alone."""
    story, faults = place
    story.lab.pin("manufacturer").write_text("99999999\n", encoding="utf-8")
    _expect_told(place, "pin-rejected")
    _expect_told(place, "pin-rejected-before")
    assert faults.calls("C_Login") == 1
    faults.script("tries 2")
    _expect_told(place, "pin-final-try")
    assert faults.calls("C_Login") == 0


def test_a_pin_that_is_rejected_after_a_loss_is_remembered(place: Place) -> None:
    """3 and 4: a login that the ladder repeats goes through the ledger of rejected PINs as well."""
    faults = place[1]
    faults.script("C_SignInit 1 logout", "C_Login 2 return 0xA0")
    _expect_told(place, "pin-rejected")
    _expect_told(place, "pin-rejected-before")
    assert faults.calls("C_Login") == 2


def test_the_wrong_token_and_the_wrong_key(place: Place) -> None:
    """11: exactly one, or an error before the PIN is sent."""
    story, faults = place
    story.lab.configure("token=manufacturer;object=signing", "token=manufacturer;object=absent")
    _expect_told(place, "key-not-found")
    story.lab.configure("token=manufacturer;object=absent", "token=absent;object=signing")
    faults.script()
    _expect_told(place, "token-not-found")
    assert faults.calls("C_Login") == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("C_SignInit 1 gone 0x32", None),
        ("C_SignInit 1 logout", None),
        ("C_Sign * return 0x30", "token-error"),
        ("C_Sign 1 corrupt", "signature-rubbish"),
    ],
)
def test_the_same_in_the_commands_own_process(place: Place, line: str, code: str | None) -> None:
    """`process = "own"`: the same ladder, up to re-initialisation."""
    story, faults = place
    _set_profile(story.lab, 'process = "own"')
    faults.script(line)
    if code is None:
        expect_warned(_sign(story))
    else:
        _expect_told(place, code)
    assert faults.list_violations() == {}


def test_lists_survive_too(place: Place) -> None:
    """`iki token list` and `iki key list` go the same way."""
    story, faults = place
    faults.script("C_GetSlotList 1 return 0x5", "C_FindObjectsInit 1 return 0x30")
    assert story.lab.iki("token", "list").status == ExitStatus.OK
    keys = story.lab.iki("key", "list", "--as", "manufacturer")
    assert (keys.status, keys.stderr) == (ExitStatus.OK, "")
