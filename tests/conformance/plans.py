"""Plans of small PKIs: sound ones of some shape, and the faults that are put into them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from hypothesis import strategies as st

from agent.pki.path import ANY_POLICIES
from agent.pki.path_policies import ANY_POLICY, PolicyInputs

POLICY: Final = "2.999.1.1"
OTHER_POLICY: Final = "2.999.1.2"
OWN_NAME: Final = "Example Meters Ltd"
OTHER_NAME: Final = "Another Ltd"


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    """One certificate to be made; the fields are what its extensions and dates will say."""

    kind: str = "ec-p256"
    window: str = "now"
    """`now`, or `past` or `future` for a validity that misses the instant by a second."""
    is_ca: bool | None = True
    """basicConstraints; None without the extension."""
    path_length: int | None = None
    usage: tuple[str, ...] | None = ("key_cert_sign", "crl_sign")
    policies: tuple[str, ...] = (POLICY,)
    mappings: tuple[tuple[str, str], ...] = ()
    require_explicit: int | None = None
    inhibit_mapping: int | None = None
    inhibit_any: int | None = None
    permitted: tuple[str, ...] = ()
    """Organisations in permittedSubtrees."""
    excluded: tuple[str, ...] = ()
    critical: bool = True
    """The criticality of constraints."""
    unknown: bool | None = None
    """The criticality of an extension that nobody knows; None without it."""
    purpose: bool | None = None
    """The criticality of an extended key usage for a purpose that nobody knows; None without it."""
    self_issued: bool = False
    forged: bool = False
    """Signed by a key that is not the issuer's."""
    misnamed: bool = False
    """Names an issuer that does not exist."""


@dataclass(frozen=True, slots=True)
class CRLPlan:
    """One CRL of an issuer."""

    window: str = "now"
    listed: str = "nobody"
    """Who is on it: `nobody`, `subject` (the certificate below the issuer), or `other`."""
    reason: str = ""
    entry_date: str = "past"
    """revocationDate: `past`, or `future` of the instant."""
    forged: bool = False
    scope: str = ""
    """`user`, `ca`, `attribute`, `reasons`, `indirect` or `delta`; empty for none."""
    unknown: bool | None = None
    unknown_entry: bool = False
    older: bool = False
    """Issued a day before the others."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A chain, anchor first, and the lists of each issuer on it."""

    certificates: tuple[CertificatePlan, ...]
    crls: tuple[tuple[CRLPlan, ...], ...]


Fault = tuple[str, int]
"""A name of `CHANGES`, and the level it is put in: 0 is the anchor's."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is put to the judges; hypothesis shows this when they disagree."""

    kinds: tuple[str, ...]
    """The key of each level, the anchor's first and the end entity's last."""
    inputs: PolicyInputs = ANY_POLICIES
    faults: tuple[Fault, ...] = ()


Change = Callable[[Plan, int], Plan]


def _certificate(**fields: Any) -> Change:
    """Make the fault that changes fields of one certificate."""

    def change(plan: Plan, index: int) -> Plan:
        certificates = list(plan.certificates)
        certificates[index] = replace(certificates[index], **fields)
        return replace(plan, certificates=tuple(certificates))

    return change


def _crl(*lists: CRLPlan) -> Change:
    """Make the fault that gives an issuer other lists; the last certificate has none to give."""

    def change(plan: Plan, index: int) -> Plan:
        crls = list(plan.crls)
        crls[min(index, len(crls) - 1)] = lists
        return replace(plan, crls=tuple(crls))

    return change


_REVOKING: Final = CRLPlan(listed="subject", reason="keyCompromise")
_HOLDING: Final = CRLPlan(listed="subject", reason="certificateHold")
CHANGES: Final[dict[str, Change]] = {
    "expired": _certificate(window="past"),
    "not-yet-valid": _certificate(window="future"),
    "forged": _certificate(forged=True),
    "misnamed": _certificate(misnamed=True),
    "not-ca": _certificate(is_ca=False),
    "no-basic-constraints": _certificate(is_ca=None),
    "no-usage": _certificate(usage=None),
    "no-cert-sign": _certificate(usage=("crl_sign",)),
    "no-crl-sign": _certificate(usage=("key_cert_sign",)),
    "path-length-0": _certificate(path_length=0),
    "path-length-1": _certificate(path_length=1),
    "self-issued": _certificate(self_issued=True),
    "unknown-critical": _certificate(unknown=True),
    "unknown": _certificate(unknown=False),
    "purpose-critical": _certificate(purpose=True),
    "permitted": _certificate(permitted=(OWN_NAME,)),
    "permitted-both": _certificate(permitted=(OWN_NAME, OTHER_NAME)),
    "permitted-another": _certificate(permitted=(OTHER_NAME,)),
    "permitted-another-plain": _certificate(permitted=(OTHER_NAME,), critical=False),
    "excluded": _certificate(excluded=(OWN_NAME,)),
    "excluded-another": _certificate(excluded=(OTHER_NAME,)),
    "no-policies": _certificate(policies=()),
    "other-policy": _certificate(policies=(OTHER_POLICY,)),
    "both-policies": _certificate(policies=(POLICY, OTHER_POLICY)),
    "any-policy": _certificate(policies=(ANY_POLICY,)),
    "require-explicit-0": _certificate(require_explicit=0),
    "require-explicit-0-plain": _certificate(require_explicit=0, critical=False),
    "require-explicit-1": _certificate(require_explicit=1),
    "inhibit-mapping-0": _certificate(inhibit_mapping=0),
    "inhibit-mapping-1": _certificate(inhibit_mapping=1),
    "inhibit-any-0": _certificate(inhibit_any=0),
    "inhibit-any-1": _certificate(inhibit_any=1),
    "mapped": _certificate(mappings=((POLICY, OTHER_POLICY),)),
    "mapped-to-any": _certificate(mappings=((POLICY, ANY_POLICY),)),
    "mapped-from-any": _certificate(mappings=((ANY_POLICY, POLICY),)),
    "crl-absent": _crl(),
    "crl-stale": _crl(CRLPlan(window="past")),
    "crl-future": _crl(CRLPlan(window="future")),
    "crl-forged": _crl(CRLPlan(forged=True)),
    "crl-forged-revoking": _crl(CRLPlan(forged=True, listed="subject"), CRLPlan()),
    "revoked": _crl(_REVOKING),
    "revoked-plain": _crl(CRLPlan(listed="subject")),
    "revoked-another": _crl(CRLPlan(listed="other", reason="keyCompromise")),
    "revoked-later": _crl(replace(_REVOKING, entry_date="future")),
    "hold": _crl(_HOLDING),
    "hold-lifted": _crl(replace(_HOLDING, older=True), CRLPlan()),
    "revoked-newer": _crl(CRLPlan(older=True), _REVOKING),
    "revoked-then-omitted": _crl(replace(_REVOKING, older=True), CRLPlan()),
    "revoked-stale": _crl(replace(_REVOKING, window="past"), CRLPlan()),
    "crl-user": _crl(CRLPlan(scope="user")),
    "crl-ca": _crl(CRLPlan(scope="ca")),
    "crl-user-and-ca": _crl(CRLPlan(scope="user"), CRLPlan(scope="ca")),
    "crl-attribute": _crl(CRLPlan(scope="attribute")),
    "crl-reasons": _crl(CRLPlan(scope="reasons")),
    "crl-indirect": _crl(CRLPlan(scope="indirect")),
    "crl-delta-alone": _crl(CRLPlan(scope="delta")),
    "crl-unknown-critical": _crl(CRLPlan(unknown=True)),
    "crl-unknown": _crl(CRLPlan(unknown=False)),
    "crl-unknown-entry": _crl(CRLPlan(listed="other", unknown_entry=True)),
}
"""Every fault by its name; some make no difference, or only together with another."""

_END_ENTITY: Final = CertificatePlan(is_ca=None, usage=("digital_signature",))
_INPUTS: Final = (
    PolicyInputs(),
    PolicyInputs(explicit=True),
    PolicyInputs(frozenset({POLICY}), explicit=True),
    PolicyInputs(frozenset({OTHER_POLICY}), explicit=True),
    PolicyInputs(frozenset({OTHER_POLICY})),
    PolicyInputs(explicit=True, inhibit_mapping=True),
    PolicyInputs(explicit=True, inhibit_any=True),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a chain of one to three CAs below the anchor, and up to two faults to put into it."""
    keys = st.sampled_from(("ec-p256", "ec-p256", "ec-p384", "rsa-2048"))
    kinds = tuple(draw(keys) for _ in range(draw(st.integers(3, 5))))
    inputs = PolicyInputs() if draw(st.booleans()) else draw(st.sampled_from(_INPUTS))
    fault = st.tuples(st.sampled_from(tuple(CHANGES)), st.integers(0, len(kinds) - 1))
    # A root that names another issuer, or that its own key did not sign, is an anchor for nobody else.
    sensible = fault.filter(lambda drawn: drawn not in {("misnamed", 0), ("forged", 0)})
    return Case(kinds, inputs, tuple(draw(st.lists(sensible, max_size=2))))


def assemble(case: Case) -> Plan:
    """Plan a sound chain and put the faults into it, one after the other."""
    certificates = (
        *(CertificatePlan(kind) for kind in case.kinds[:-1]),
        replace(_END_ENTITY, kind=case.kinds[-1]),
    )
    plan = Plan(certificates, ((CRLPlan(),),) * (len(certificates) - 1))
    for name, level in case.faults:
        plan = CHANGES[name](plan, level)
    return plan
