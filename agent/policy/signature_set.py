"""The set of signatures a verified document must carry: each role once, in order, four eyes.

Source: MP168; docs/signature.md, set of signatures.
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from agent.policy.facts import JudgedSignature
from agent.policy.findings import COUNTERSIGNATURE_ORDER, ROLE_DUPLICATE, ROLE_MISSING
from agent.policy.rule import apply_level
from agent.policy.rules import countersigner_for_device_type, four_eyes
from agent.roles import Role
from agent.verdicts import Problem, SubIndication, problem

if TYPE_CHECKING:
    from agent.cpl.entries import SubmissionForm


def check_signature_set(
    signatures: Sequence[JudgedSignature], required: Collection[frozenset[Role]]
) -> tuple[Problem, ...]:
    """Check roles, order by coverage, and four eyes; `required` lists alternatives of roles.

    A first signature and its countersignature are `[{manufacturer}, {supplier, dcc}]`.
    """
    return (
        *_check_required(signatures, required),
        *_check_duplicates(signatures),
        *_check_order(signatures),
        *_check_four_eyes(signatures),
    )


def check_countersigners(
    signatures: Sequence[JudgedSignature], form: "SubmissionForm"
) -> tuple[Problem, ...]:
    """Check that each countersignature is by the role that the form's device types ask for (MP168).

    The wrong countersigner is as good as none: TOTAL-FAILED, like a role that is missing.
    """
    rule = countersigner_for_device_type.RULE
    return tuple(
        Problem(apply_level(rule, rule.level, answer), SubIndication.FORMAT_FAILURE)
        for signature in signatures
        if _countersigns(signature)
        for answer in countersigner_for_device_type.check_form(form, Role(signature.claimed_role))
    )


def _check_required(
    signatures: Sequence[JudgedSignature], required: Collection[frozenset[Role]]
) -> list[Problem]:
    present = {signature.claimed_role for signature in signatures}
    return [
        ROLE_MISSING.at("document", f"there is no signature as {' or '.join(sorted(alternatives))}")
        for alternatives in required
        if not alternatives & present
    ]


def _check_duplicates(signatures: Sequence[JudgedSignature]) -> list[Problem]:
    first = [item for item in signatures if item.claimed_role == Role.MANUFACTURER]
    second = [item for item in signatures if _countersigns(item)]
    return [
        ROLE_DUPLICATE.at(group[-1].part, f"there are {len(group)} signatures {kind}")
        for group, kind in ((first, "as manufacturer"), (second, "that countersign"))
        if len(group) > 1
    ]


def _check_order(signatures: Sequence[JudgedSignature]) -> list[Problem]:
    """Order is what covers what: a parallel signature countersigns nothing, whatever it claims."""
    manufacturers = {item.part for item in signatures if item.claimed_role == Role.MANUFACTURER}
    problems = []
    for signature in signatures:
        if signature.claimed_role not in set(Role):
            continue  # not of the profile, and refused for that
        expected = manufacturers if _countersigns(signature) else set()
        if set(signature.countersigns) != expected:
            taken = ", ".join(signature.countersigns) or "no signature"
            problems.append(
                COUNTERSIGNATURE_ORDER.at(
                    signature.part,
                    f"the signature as {signature.claimed_role or 'nobody'} takes in {taken}",
                )
            )
    return problems


def _check_four_eyes(signatures: Sequence[JudgedSignature]) -> list[Problem]:
    problems = []
    known = [item for item in signatures if item.certificate is not None]
    for index, second in enumerate(known):
        for first in known[:index]:
            if first.certificate and second.certificate:
                shared = four_eyes.shared_identity(first.certificate, second.certificate)
                if shared:
                    message = f"{first.part} and {second.part} are by the same {shared}"
                    problems.append(_four_eyes(second.part, message))
    return problems


def _four_eyes(where: str, message: str) -> Problem:
    """Of a set that is there already, the rule's refusal is a failure of its form."""
    rule = four_eyes.RULE
    return problem(rule.code, where, message, rule.clause, SubIndication.FORMAT_FAILURE)


def _countersigns(signature: JudgedSignature) -> bool:
    return signature.claimed_role in {role for role in Role if role.countersigns}
