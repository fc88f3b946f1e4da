"""What is done to a `.p7s` on its way is found, at its place and with its code."""

import pytest

from agent.errors import DocumentError
from agent.policy.verdict import Judge
from agent.verdicts import Indication
from tests.cms.attacks import EDITS, Attack
from tests.cms.signing import CONTENT, codes_of, judge, verify
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
