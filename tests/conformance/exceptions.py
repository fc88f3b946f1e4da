"""Where another judge may answer otherwise, and why: everything else that differs is a fault of ours."""

from dataclasses import dataclass
from typing import Final

from tests.conformance.plans import Case, Fault

OPENSSL: Final = "openssl"
CERTVALIDATOR: Final = "pyhanko-certvalidator"
_BOTH: Final = (OPENSSL, CERTVALIDATOR)


@dataclass(frozen=True, slots=True)
class ReasonedException:
    """A fault that this program judges otherwise than others do."""

    judges: tuple[str, ...]
    faults: frozenset[str]
    where: str
    """`anchor`, `end entity` or `anywhere`."""
    stricter: bool
    """This program refuses what they accept; or else the reverse."""
    reason: str


def _exception(
    judges: tuple[str, ...], faults: str, where: str, reason: str, *, stricter: bool
) -> ReasonedException:
    """Make an exception; the faults are words."""
    return ReasonedException(judges, frozenset(faults.split()), where, stricter, reason)


EXCEPTIONS: Final = (
    _exception(
        (CERTVALIDATOR,),
        "expired not-yet-valid not-ca no-basic-constraints no-cert-sign path-length-0 path-length-1"
        " unknown-critical permitted-another permitted-another-plain excluded require-explicit-0"
        " require-explicit-0-plain require-explicit-1 inhibit-mapping-0 inhibit-mapping-1 inhibit-any-0"
        " inhibit-any-1",
        "anchor",
        "It takes an anchor for a name and a key (RFC 5280 clause 6.1.1 (d)). Here the anchor is a"
        " certificate, and what it says of itself counts.",
        stricter=True,
    ),
    _exception(
        (OPENSSL,),
        "no-basic-constraints require-explicit-0 require-explicit-0-plain require-explicit-1"
        " inhibit-mapping-0 inhibit-mapping-1 inhibit-any-0 inhibit-any-1",
        "anchor",
        "It asks a self-signed root for no basicConstraints and does not process its policy constraints; here"
        " the anchor is held to what it says of itself.",
        stricter=True,
    ),
    _exception(
        _BOTH,
        "purpose-critical",
        "anywhere",
        "Asked for no purpose, they check none. A critical extended key usage that names no purpose at hand"
        " forbids the use (RFC 5280 clause 4.2.1.12).",
        stricter=True,
    ),
    _exception(
        _BOTH,
        "permitted permitted-both permitted-another excluded excluded-another inhibit-any-0 inhibit-any-1"
        " mapped mapped-to-any mapped-from-any",
        "end entity",
        "A critical extension that RFC 5280 clauses 4.2.1.5, 4.2.1.10 and 4.2.1.14 keep for CAs stands in the"
        " end entity; they read over it.",
        stricter=True,
    ),
    _exception(
        _BOTH,
        "revoked-stale",
        "anywhere",
        "A list past its nextUpdate vouches for nobody, and still revokes whom it revoked.",
        stricter=True,
    ),
    _exception(
        (OPENSSL,),
        "revoked-then-omitted",
        "anywhere",
        "It looks at the newest list alone. A revocation other than a hold is not taken back by a list that"
        " omits it.",
        stricter=True,
    ),
    _exception(
        (CERTVALIDATOR,),
        "crl-unknown-entry",
        "anywhere",
        "A critical extension not understood, on an entry for another certificate, makes the list unusable"
        " (RFC 5280 clause 5.3; PKITS 4.4.8).",
        stricter=True,
    ),
    _exception(
        (CERTVALIDATOR,),
        "self-issued",
        "anywhere",
        "It lets a self-issued CA vouch for itself, with a list signed by the very key whose certificate is"
        " in question; openssl does not.",
        stricter=True,
    ),
    _exception(
        (CERTVALIDATOR,),
        "hold-lifted",
        "anywhere",
        "It believes any list in force. A hold ends with the newer list that omits it (RFC 5280 clause"
        " 5.3.1).",
        stricter=False,
    ),
    _exception(
        (OPENSSL,),
        "crl-forged-revoking",
        "anywhere",
        "It takes the first of two lists of one number and does not try the second. A list that the issuer"
        " did not sign says nothing.",
        stricter=False,
    ),
    _exception(
        (CERTVALIDATOR,),
        "revoked-later",
        "anywhere",
        "It waits for a revocationDate that lies after the list. Here, as in openssl, a list in force revokes"
        " what it names (RFC 5280 clause 6.3.3 i).",
        stricter=True,
    ),
)


def find_exception(judge: str, case: Case, fault: Fault, *, stricter: bool) -> ReasonedException | None:
    """Find the exception that lets a judge differ about a fault in its place; None when there is none."""
    name, level = fault
    place = {0: "anchor", len(case.kinds) - 1: "end entity"}.get(level, "")
    for exception in EXCEPTIONS:
        about = judge in exception.judges and name in exception.faults and stricter == exception.stricter
        if about and exception.where in {"anywhere", place}:
            return exception
    return None
