"""What a party signs with its own key is accepted only when it is of the profile, and in its place."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from agent.formats.cms.algorithms import build_digest_algorithm, build_signature_algorithm
from agent.formats.cms.build import build_time
from agent.formats.cms.vocabulary import (
    ALGORITHM_PROTECTION,
    COMMITMENT_TYPE,
    CONTENT_TYPE,
    ID_DATA,
    ID_SIGNED_DATA,
    MESSAGE_DIGEST,
    PROOF_OF_APPROVAL,
    SIGNER_ATTRIBUTES_V2,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
)
from agent.pki.algorithms import ECDSA_SHA256, ECDSA_SHA384
from agent.pki.der import OCTET_STRING, SEQUENCE, SET, UTF8_STRING, encode, encode_object_identifier
from agent.policy.verdict import SIGNED, Judge
from agent.roles import Role
from agent.verdicts import Indication, SubIndication
from tests.cms import tree
from tests.cms.crafting import Alter, assemble, countersigned_by, craft, craft_signer, put, without
from tests.cms.signing import CONTENT, FIRST, SECOND, codes_of, judge, verify
from tests.support.signer import NOW, SoftwareLab, make_software_lab

_SHA1 = encode(SEQUENCE, encode_object_identifier("1.3.14.3.2.26"))


def _nothing(attributes: dict[str, tuple[bytes, ...]]) -> None:
    del attributes


def _role(text: bytes) -> bytes:
    value = encode(SET, encode(UTF8_STRING, text))
    attribute = encode(SEQUENCE, encode_object_identifier("2.5.4.72") + value)
    return encode(SEQUENCE, encode(0xA0, encode(SEQUENCE, attribute)))


def _commitment(identifier: str) -> bytes:
    return encode(SEQUENCE, encode_object_identifier(identifier))


def _ess(*digests: bytes) -> bytes:
    return encode(SEQUENCE, encode(SEQUENCE, b"".join(encode(SEQUENCE, item) for item in digests)))


_DIGEST = encode(OCTET_STRING, hashlib.sha256(CONTENT).digest())
_PROTECTED = build_digest_algorithm("sha256") + b"\xa1" + build_signature_algorithm(ECDSA_SHA256)[1:]
_CONFUSED = build_digest_algorithm("sha256") + b"\xa1" + build_signature_algorithm(ECDSA_SHA384)[1:]
_SHORT = encode(OCTET_STRING, bytes(20))
_SPELT_OUT = build_digest_algorithm("sha256") + _DIGEST
_DATA = encode_object_identifier(ID_DATA)

SIGNED_ATTRIBUTES = [
    ("unknown", put("1.2.3.4", encode(UTF8_STRING, b"x")), "cms-attribute-unknown"),
    ("no content-type", without(CONTENT_TYPE), "cms-attribute-missing"),
    ("no message-digest", without(MESSAGE_DIGEST), "cms-attribute-missing"),
    ("no signing-time", without(SIGNING_TIME), "cms-attribute-missing"),
    ("no signing-certificate", without(SIGNING_CERTIFICATE_V2), "cms-attribute-missing"),
    ("two digests", put(MESSAGE_DIGEST, _DIGEST, encode(OCTET_STRING, bytes(32))), "cms-attribute-duplicate"),
    ("another content-type", put(CONTENT_TYPE, encode_object_identifier(ID_SIGNED_DATA)), "cms-content-type"),
    ("a short digest", put(MESSAGE_DIGEST, encode(OCTET_STRING, b"")), "message-digest-mismatch"),
    ("GeneralizedTime for now", put(SIGNING_TIME, encode(0x18, b"20261122120000Z")), "cms-not-der"),
    ("a time without seconds", put(SIGNING_TIME, encode(0x17, b"2611221200Z")), "cms-structure"),
    ("a thirteenth month", put(SIGNING_TIME, encode(0x17, b"261322120000Z")), "cms-structure"),
    ("ESS of SHA-1", put(SIGNING_CERTIFICATE_V2, _ess(_SHA1 + _SHORT)), "cms-digest-algorithm"),
    ("ESS default written", put(SIGNING_CERTIFICATE_V2, _ess(_SPELT_OUT)), "cms-not-der"),
    ("ESS of two", put(SIGNING_CERTIFICATE_V2, _ess(_DIGEST, _DIGEST)), "cms-structure"),
    ("ESS of a stranger", put(SIGNING_CERTIFICATE_V2, _ess(_DIGEST)), "signing-certificate-missing"),
    ("ESS of a short digest", put(SIGNING_CERTIFICATE_V2, _ess(_SHORT)), "cms-structure"),
    ("others named", put(ALGORITHM_PROTECTION, encode(SEQUENCE, _CONFUSED)), "cms-algorithm-disagreement"),
    ("an unknown role", put(SIGNER_ATTRIBUTES_V2, _role(b"auditor")), "claimed-role-wrong"),
    ("an empty role", put(SIGNER_ATTRIBUTES_V2, _role(b"")), "cms-structure"),
    ("another role's commitment", put(COMMITMENT_TYPE, _commitment(PROOF_OF_APPROVAL)), "claimed-role-wrong"),
    ("a commitment to something else", put(COMMITMENT_TYPE, _commitment("1.2.3")), "claimed-role-wrong"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("alter", "code"), [row[1:] for row in SIGNED_ATTRIBUTES], ids=[row[0] for row in SIGNED_ATTRIBUTES]
)
def test_signed_attributes_are_of_the_profile(lab: SoftwareLab, alter: Alter, code: str) -> None:
    """A signature that is right in itself is refused for what it says, or leaves out."""
    assert codes_of(verify(craft(lab, alter)))[FIRST] == [code]


@pytest.mark.parametrize(
    "alter",
    [
        _nothing,
        put(ALGORITHM_PROTECTION, encode(SEQUENCE, _PROTECTED)),
        without(COMMITMENT_TYPE),
        put(SIGNING_TIME, encode(0x18, b"20501122120000Z")),
    ],
)
def test_what_may_differ_is_accepted(lab: SoftwareLab, alter: Alter) -> None:
    """Algorithms named again, a role without a commitment, a time after 2049."""
    assert codes_of(verify(craft(lab, alter))) == {"": [], FIRST: []}


@pytest.mark.parametrize(
    "encode_value",
    [
        lambda raw: raw,
        lambda raw: tree.write(0x30, tree.write(2, b"\0\0" + raw[:32]) + tree.write(2, b"\0" + raw[32:])),
    ],
    ids=["raw", "padded numbers"],
)
def test_an_ecdsa_value_has_one_encoding(lab: SoftwareLab, encode_value: Callable[[bytes], bytes]) -> None:
    """Raw r‖s is not what CMS has, and DER has no padding: neither is another spelling of the value."""
    assert codes_of(verify(craft(lab, encode=encode_value)))[FIRST] == ["signature-value-wrong"]


def test_a_countersignature_has_no_content_type(lab: SoftwareLab) -> None:
    """RFC 5652 clause 11.4: it is over a value, which has none."""
    alter = put(CONTENT_TYPE, _DATA)
    signature = countersigned_by(lab, lambda value: craft_signer(lab, Role.SUPPLIER, alter, over=value))
    assert codes_of(verify(signature)) == {"": [], FIRST: [], SECOND: ["cms-attribute-unknown"]}


def test_a_countersignature_is_over_the_value_alone(lab: SoftwareLab) -> None:
    """Over the content it is a parallel signature in the wrong place."""
    signature = countersigned_by(lab, lambda _: craft_signer(lab, Role.SUPPLIER, _nothing, over=CONTENT))
    assert codes_of(verify(signature))[SECOND] == ["message-digest-mismatch"]


def _set_codes(the_judge: Judge, signature: bytes) -> set[str]:
    verdict = judge(the_judge, signature)
    assert verdict.verdict.indication is Indication.TOTAL_FAILED
    return {finding.code for finding in verdict.findings}


def test_a_parallel_signature_is_no_countersignature(lab: SoftwareLab, the_judge: Judge) -> None:
    """Both roles are there, but the supplier has countersigned nothing."""
    signers = [craft_signer(lab, role, _nothing) for role in (Role.MANUFACTURER, Role.SUPPLIER)]
    assert _set_codes(the_judge, assemble(lab, signers)) == {"countersignature-order"}


def test_a_manufacturer_does_not_countersign(lab: SoftwareLab, the_judge: Judge) -> None:
    """Its own countersignature is nobody's approval."""
    signature = countersigned_by(
        lab, lambda value: craft_signer(lab, Role.MANUFACTURER, _nothing, over=value)
    )
    assert {"role-missing", "role-duplicate", "four-eyes"} <= _set_codes(the_judge, signature)


def test_two_countersignatures_are_one_too_many(lab: SoftwareLab, the_judge: Judge) -> None:
    """Each is right; which of them approves cannot be told."""
    signature = countersigned_by(
        lab,
        lambda value: craft_signer(lab, Role.SUPPLIER, _nothing, over=value),
        lambda value: craft_signer(lab, Role.DCC, _nothing, over=value),
    )
    assert _set_codes(the_judge, signature) == {"role-duplicate"}


def test_there_is_an_end_to_signatures(lab: SoftwareLab) -> None:
    """Sixteen signers with their countersigners are too many; the rest is not even verified."""
    root = tree.load(
        countersigned_by(lab, lambda value: craft_signer(lab, Role.SUPPLIER, _nothing, over=value))
    )
    for second in range(15):
        alter = put(SIGNING_TIME, build_time(NOW + timedelta(seconds=second)))
        signer = tree.load(craft_signer(lab, Role.MANUFACTURER, alter))
        signer.children.append(tree.signers(root).at(0).children[-1].copy())
        tree.signers(root).children.append(signer)
    tree.signers(root).sort()
    record = verify(root.dump())
    assert [item.finding.code for item in record.problems] == ["limit-signatures"]
    assert len(record.signatures) <= 17


def test_stripping_a_countersignature_leaves_no_trace_but_its_absence(
    lab: SoftwareLab, the_judge: Judge, signature: bytes
) -> None:
    """What is left is a good first signature; the role that was asked for is missing."""
    root = tree.load(signature)
    tree.signer(root).children.pop(tree.UNSIGNED)
    stripped = root.dump()
    assert _set_codes(the_judge, stripped) == {"role-missing"}
    assert judge(the_judge, stripped, required=SIGNED).verdict.indication is Indication.TOTAL_PASSED


def test_a_stranger_s_countersignature_is_not_trusted(
    lab: SoftwareLab, the_judge: Judge, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A supplier of another PKI has no path to the anchor."""
    foreign = make_software_lab(tmp_path_factory.mktemp("foreign") / "ca").signers[Role.SUPPLIER]
    signature = countersigned_by(
        lab,
        lambda value: craft_signer(lab, Role.SUPPLIER, _nothing, over=value, signer=foreign),
        more=(foreign.certificate,),
    )
    verdict = judge(the_judge, signature)
    assert codes_of(verify(signature))[SECOND] == []
    assert verdict.verdict.indication is Indication.INDETERMINATE
    assert verdict.signatures[1].verdict.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
