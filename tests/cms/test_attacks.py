"""What is done to a `.p7s` on its way is found, at its place and with its code."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import DocumentError
from agent.exits import ExitStatus
from agent.policy.verdict import Judge
from agent.verdicts import Indication
from tests.cms.attacks import EDITS, Attack
from tests.cms.signing import CONTENT, codes_of, judge, verify
from tests.support.attacked import BAD, check_outcome, list_arguments, write_trust
from tests.support.confined import Confined, Outcome, confined
from tests.support.signer import SoftwareLab


@pytest.mark.parametrize("attack", EDITS, ids=lambda attack: attack.name)
def test_the_attack_is_found(lab: SoftwareLab, the_judge: Judge, signature: bytes, attack: Attack) -> None:
    """Each attack has its finding code, and none passes."""
    attacked = attack.build(lab, signature)
    if attack.where is None:
        with pytest.raises(DocumentError) as caught:
            verify(attacked)
        assert caught.value.code == attack.code
    else:
        assert attack.code in codes_of(verify(attacked))[attack.where]
    assert judge(the_judge, attacked).verdict.indication is not Indication.TOTAL_PASSED


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, lab: SoftwareLab) -> Path:
    """What was signed, and what is trusted."""
    made = tmp_path_factory.mktemp("attacks")
    write_trust(made, lab)
    (made / "content").write_bytes(CONTENT)
    return made


@pytest.fixture(scope="module")
def confinement(folder: Path) -> Iterator[Confined]:
    """`iki` in confinement."""
    with confined(folder) as process:
        yield process


def _run(confinement: Confined, folder: Path, signature: bytes) -> Outcome:
    """Run `iki verify --format cms`, and hold the outcome to what holds for every file."""
    (folder / "content.p7s").write_bytes(signature)
    outcome = confinement.run(*list_arguments(folder, folder / "content", "--format", "cms"))
    check_outcome(outcome, folder, "", "content", "content.p7s")
    return outcome


@pytest.mark.parametrize("attack", EDITS, ids=lambda attack: attack.name)
def test_the_attack_is_refused_in_confinement(
    confinement: Confined, folder: Path, lab: SoftwareLab, signature: bytes, attack: Attack
) -> None:
    """By the command, without a network: no other file, no socket, no time, no memory."""
    outcome = _run(confinement, folder, attack.build(lab, signature))
    assert outcome.status in BAD
    assert attack.code in {finding["code"] for finding in outcome.json[0]["findings"]}


def test_what_is_attacked_passes_in_confinement(
    confinement: Confined, folder: Path, signature: bytes
) -> None:
    """What opens nothing reads what it was given."""
    outcome = _run(confinement, folder, signature)
    assert outcome.status == ExitStatus.OK
    assert outcome.opened >= {str(folder / name) for name in ("content", "content.p7s")}


def test_what_is_attacked_passes(the_judge: Judge, signature: bytes) -> None:
    """Before it is changed the signature passes: the attacks are what is found."""
    assert judge(the_judge, signature).verdict.indication is Indication.TOTAL_PASSED


def test_another_file_is_not_what_was_signed(signature: bytes) -> None:
    """The file is compared octet for octet."""
    found = codes_of(verify(signature, CONTENT + b"\n"))
    assert found == {
        "": [],
        "signerInfo[0]": ["message-digest-mismatch"],
        "signerInfo[0]/countersignature[0]": [],
    }


def test_no_octet_is_without_meaning(the_judge: Judge, signature: bytes) -> None:
    """A changed octet, wherever it is, never passes: nothing in a `.p7s` is ignored."""
    for position in range(0, len(signature), 3):
        changed = bytearray(signature)
        changed[position] ^= 1 << position % 8
        assert judge(the_judge, bytes(changed)).verdict.indication is not Indication.TOTAL_PASSED, position


def test_what_is_cut_short_is_refused(signature: bytes) -> None:
    """However much of it has come."""
    for length in range(0, len(signature), 5):
        with pytest.raises(DocumentError) as caught:
            verify(signature[:length])
        assert caught.value.code == "cms-not-der"
