"""What the path verifier of the cryptography library alone says of PKITS, and of this industry's oddities."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import cryptography
from asn1crypto.x509 import Time

from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.path import PathError, find_path
from tests.conformance.pkits import AT, load_suite
from tests.conformance.pkits_table import PKITSTest
from tests.pki.library import accepts
from tests.pki.paths import Case, make_below, make_chain, make_constrained, make_directory, make_mapping
from tests.pki.support import (
    NOW,
    SIGNER_EXTENSIONS,
    Party,
    bend_certificate,
    ca_extensions,
    make_hierarchy,
    make_key,
    make_name,
    make_party,
    null_parameters,
)

VERSION: Final = cryptography.__version__
OUTCOMES: Final = ("right", "wrongly accepted", "wrongly refused", "not loaded")


def ask_pkits(test: PKITSTest) -> str:
    """Ask for the end entity of a test; gives one of `OUTCOMES`, by NIST's expected result.

    What NIST broke on purpose and this program refuses to read counts as refused by the library too; the
    rest is given to it as this program gives it to itself.
    """
    suite = load_suite()
    name = f"{test.name}EE"
    if name in suite.refused:
        return "not loaded" if test.valid else "right"
    anchor = suite.certificates["TrustAnchorRootCertificate"]
    return _ask(suite.certificates[name], suite.issuers, anchor, AT, valid=test.valid)


def ask_cases() -> Mapping[str, str]:
    """Ask for paths of this industry, all of them valid by RFC 5280; gives what they are, and the outcome."""
    found = {}
    for name, (signer, intermediates, anchors) in list_cases().items():
        given = [party.certificate for party in intermediates]
        found[name] = _ask(signer, given, anchors[0].certificate, NOW, valid=True)
    return found


def count_confirmed() -> Counter[str]:
    """Count PKITS' certificates that have a valid path, by why the library does not confirm it, or `""`."""
    suite = load_suite()
    anchor = suite.certificates["TrustAnchorRootCertificate"]
    counts: Counter[str] = Counter()
    for certificate in suite.certificates.values():
        with suppress(PathError):
            path = find_path(certificate, intermediates=suite.issuers, anchors=[anchor], at=AT)
            counts[path.unconfirmed] += 1
    return counts


def list_cases() -> dict[str, tuple[SigningCertificate, list[Party], list[Party]]]:
    """Make the paths."""
    made = make_hierarchy()
    sound: Case = (made.signer, [made.issuing], [made.root])
    bends = {
        "NULL parameters in the ECDSA algorithm": null_parameters,
        "a negative serial number": _number_below_zero,
        "GeneralizedTime before 2050": _write_times_long,
    }
    renewed = make_party("TEST issuing", made.root, ca_extensions(), key=make_key("issuing renewed"))
    spaced = make_party(
        "TEST signer", made.issuing, SIGNER_EXTENSIONS, issuer_name=make_name("test  ISSUING")
    )
    mapping = make_mapping("2.999.1.1", "2.999.1.2")
    plain = [(value, False) for value, _ in ca_extensions()]
    cases: dict[str, Case] = {
        "no authorityKeyIdentifier, no extendedKeyUsage, no subjectAltName": sound,
        "two issuing CAs of one name, the key renewed": (made.signer, [renewed, made.issuing], [made.root]),
        "a self-issued CA under a path length of 0": make_chain(0, 1, self_issued=True),
        "the issuer's name in other letters and spaces": (spaced, [made.issuing], [made.root]),
        "a directoryName constraint, kept": make_constrained([make_directory("Example Meters Ltd")], None),
        "a directoryName constraint on another name, excluded": make_constrained(
            None, [make_directory("Another Ltd")]
        ),
        "a CA without critical extensions": make_below(plain),
        "policyMappings, and no policy required": make_below([*ca_extensions(), mapping]),
    }
    listed = {name: (case[0].certificate, case[1], case[2]) for name, case in cases.items()}
    for name, bend in bends.items():
        bent = bend_certificate(made.signer.certificate.der, made.issuing.key, bend)
        listed[name] = load_certificate(bent, where="test"), [made.issuing], [made.root]
    return listed


def _number_below_zero(structure: Any) -> None:
    """Give a certificate the serial number -7."""
    structure["tbs_certificate"]["serial_number"] = -7


def _write_times_long(structure: Any) -> None:
    """Write the dates of a certificate as GeneralizedTime."""
    validity = structure["tbs_certificate"]["validity"]
    for name in ("not_before", "not_after"):
        validity[name] = Time({"general_time": validity[name].native})  # type: ignore[no-untyped-call]


def _ask(
    certificate: SigningCertificate,
    intermediates: list[SigningCertificate],
    anchor: SigningCertificate,
    at: datetime,
    *,
    valid: bool,
) -> str:
    try:
        accepted = accepts(certificate, intermediates, [anchor], at)
    except ValueError:
        return "not loaded"
    if accepted == valid:
        return "right"
    return "wrongly accepted" if accepted else "wrongly refused"
