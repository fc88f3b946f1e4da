"""NIST's PKITS put to this program, with every CA certificate and CRL of the suite at hand."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import cryptography_vectors

from agent.errors import DocumentError
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.crl import CertificateList, load_crl
from agent.pki.path_policies import PolicyInputs
from tests.conformance.judging import Material, Opinion, judge
from tests.conformance.pkits_table import PKITSTest

AT: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""The instant judged at: PKITS of 2011 is valid from 2010 to 2030, and fixed here so that no run ages."""

_DSA: Final = "DSA, which FIPS 186-5 withdrew, is not an algorithm that this program verifies with"
SKIPPED: Final = {
    **dict.fromkeys(("4.1.4", "4.1.5", "4.1.6"), _DSA),
    "4.14.30": "the CRL signer's certificate leaves it to that signer to tell whether it is revoked, and"
    " nobody vouches for himself: a stolen key would clear itself",
}
"""Why a test's result is not compared with NIST's. It is run all the same, and its path must be refused."""

_FOLDER: Final = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"


@dataclass(frozen=True, slots=True)
class _Suite:
    """The suite's files by their names, as far as they can be read, and the errors of those that cannot."""

    certificates: dict[str, SigningCertificate]
    crls: tuple[CertificateList, ...]
    refused: dict[str, str]

    @property
    def issuers(self) -> list[SigningCertificate]:
        """Every certificate that is not a test's end entity."""
        return [certificate for name, certificate in self.certificates.items() if not name.endswith("EE")]


@cache
def load_suite() -> _Suite:
    """Load all files once; some are malformed on purpose, and refused as they are read."""
    certificates: dict[str, SigningCertificate] = {}
    crls: list[CertificateList] = []
    refused: dict[str, str] = {}
    for path in sorted((*_FOLDER.glob("certs/*.crt"), *_FOLDER.glob("crls/*.crl"))):
        try:
            if path.suffix == ".crt":
                certificates[path.stem] = load_certificate(path.read_bytes(), where=path.name)
            else:
                crls.append(load_crl(path.read_bytes(), where=path.name))
        except DocumentError as error:
            refused[path.stem] = error.message
    return _Suite(certificates, tuple(crls), refused)


def run(test: PKITSTest) -> Opinion:
    """Judge the end entity of a test with the test's settings."""
    suite = load_suite()
    name = f"{test.name}EE"
    if name in suite.refused:
        return Opinion(valid=False, why=suite.refused[name])
    material = Material(
        suite.certificates[name],
        suite.issuers,
        [suite.certificates["TrustAnchorRootCertificate"]],
        suite.crls,
        AT,
    )
    settings = PolicyInputs(frozenset(test.policies), test.explicit, test.inhibit_mapping, test.inhibit_any)
    return judge(material, policies=settings)
