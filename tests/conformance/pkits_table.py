"""The tests of NIST's Public Key Interoperability Test Suite (PKITS 1.0.1), by number, with NIST's results.

Written from the document "Public Key Interoperability Test Suite (PKITS) Certification Path Validation",
section 4; the certificates and CRLs are those of the package cryptography-vectors. Where a test has
subparts with settings of their own, they are numbered `4.8.1.1`, `4.8.1.2`, and so on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_POLICIES: Final = "2.16.840.1.101.3.2.1.48."


@dataclass(frozen=True, slots=True)
class PKITSTest:
    """One test, or one subpart of it."""

    number: str
    name: str
    """The end-entity certificate's file without `EE.crt`; it is the test's name."""
    valid: bool
    """NIST's expected result: the path validates."""
    policies: tuple[str, ...] = ()
    """initial-policy-set, dotted; empty for any-policy."""
    explicit: bool = False
    """initial-explicit-policy."""
    inhibit_mapping: bool = False
    """initial-policy-mapping-inhibit."""
    inhibit_any: bool = False
    """initial-inhibit-any-policy."""

    @property
    def section(self) -> str:
        """The section, such as `4.13`."""
        return ".".join(self.number.split(".")[:2])


SECTIONS: Final = {
    "4.1": "Signature verification",
    "4.2": "Validity periods",
    "4.3": "Verifying name chaining",
    "4.4": "Basic certificate revocation tests",
    "4.5": "Verifying paths with self-issued certificates",
    "4.6": "Verifying basic constraints",
    "4.7": "Key usage",
    "4.8": "Certificate policies",
    "4.9": "Require explicit policy",
    "4.10": "Policy mappings",
    "4.11": "Inhibit policy mapping",
    "4.12": "Inhibit any policy",
    "4.13": "Name constraints",
    "4.14": "Distribution points",
    "4.15": "Delta-CRLs",
    "4.16": "Private certificate extensions",
}

# One line a section: the tests in the order of their numbers, `+` valid and `-` not, as NIST says.
_PLAIN: Final = {
    "4.1": (
        "+ValidCertificatePathTest1 -InvalidCASignatureTest2 -InvalidEESignatureTest3"
        " +ValidDSASignaturesTest4 +ValidDSAParameterInheritanceTest5 -InvalidDSASignatureTest6"
    ),
    "4.2": (
        "-InvalidCAnotBeforeDateTest1 -InvalidEEnotBeforeDateTest2 +Validpre2000UTCnotBeforeDateTest3"
        " +ValidGeneralizedTimenotBeforeDateTest4 -InvalidCAnotAfterDateTest5 -InvalidEEnotAfterDateTest6"
        " -Invalidpre2000UTCEEnotAfterDateTest7 +ValidGeneralizedTimenotAfterDateTest8"
    ),
    "4.3": (
        "-InvalidNameChainingTest1 -InvalidNameChainingOrderTest2 +ValidNameChainingWhitespaceTest3"
        " +ValidNameChainingWhitespaceTest4 +ValidNameChainingCapitalizationTest5 +ValidNameUIDsTest6"
        " +ValidRFC3280MandatoryAttributeTypesTest7 +ValidRFC3280OptionalAttributeTypesTest8"
        " +ValidUTF8StringEncodedNamesTest9 +ValidRolloverfromPrintableStringtoUTF8StringTest10"
        " +ValidUTF8StringCaseInsensitiveMatchTest11"
    ),
    "4.4": (
        "-InvalidMissingCRLTest1 -InvalidRevokedCATest2 -InvalidRevokedEETest3 -InvalidBadCRLSignatureTest4"
        " -InvalidBadCRLIssuerNameTest5 -InvalidWrongCRLTest6 +ValidTwoCRLsTest7"
        " -InvalidUnknownCRLEntryExtensionTest8 -InvalidUnknownCRLExtensionTest9"
        " -InvalidUnknownCRLExtensionTest10 -InvalidOldCRLnextUpdateTest11 -Invalidpre2000CRLnextUpdateTest12"
        " +ValidGeneralizedTimeCRLnextUpdateTest13 +ValidNegativeSerialNumberTest14"
        " -InvalidNegativeSerialNumberTest15 +ValidLongSerialNumberTest16 +ValidLongSerialNumberTest17"
        " -InvalidLongSerialNumberTest18 +ValidSeparateCertificateandCRLKeysTest19"
        " -InvalidSeparateCertificateandCRLKeysTest20 -InvalidSeparateCertificateandCRLKeysTest21"
    ),
    "4.5": (
        "+ValidBasicSelfIssuedOldWithNewTest1 -InvalidBasicSelfIssuedOldWithNewTest2"
        " +ValidBasicSelfIssuedNewWithOldTest3 +ValidBasicSelfIssuedNewWithOldTest4"
        " -InvalidBasicSelfIssuedNewWithOldTest5 +ValidBasicSelfIssuedCRLSigningKeyTest6"
        " -InvalidBasicSelfIssuedCRLSigningKeyTest7 -InvalidBasicSelfIssuedCRLSigningKeyTest8"
    ),
    "4.6": (
        "-InvalidMissingbasicConstraintsTest1 -InvalidcAFalseTest2 -InvalidcAFalseTest3"
        " +ValidbasicConstraintsNotCriticalTest4 -InvalidpathLenConstraintTest5"
        " -InvalidpathLenConstraintTest6 +ValidpathLenConstraintTest7"
        " +ValidpathLenConstraintTest8 -InvalidpathLenConstraintTest9"
        " -InvalidpathLenConstraintTest10 -InvalidpathLenConstraintTest11 -InvalidpathLenConstraintTest12"
        " +ValidpathLenConstraintTest13 +ValidpathLenConstraintTest14 +ValidSelfIssuedpathLenConstraintTest15"
        " -InvalidSelfIssuedpathLenConstraintTest16 +ValidSelfIssuedpathLenConstraintTest17"
    ),
    "4.7": (
        "-InvalidkeyUsageCriticalkeyCertSignFalseTest1 -InvalidkeyUsageNotCriticalkeyCertSignFalseTest2"
        " +ValidkeyUsageNotCriticalTest3 -InvalidkeyUsageCriticalcRLSignFalseTest4"
        " -InvalidkeyUsageNotCriticalcRLSignFalseTest5"
    ),
    "4.9": (
        "+ValidrequireExplicitPolicyTest1 +ValidrequireExplicitPolicyTest2 -InvalidrequireExplicitPolicyTest3"
        " +ValidrequireExplicitPolicyTest4 -InvalidrequireExplicitPolicyTest5"
        " +ValidSelfIssuedrequireExplicitPolicyTest6 -InvalidSelfIssuedrequireExplicitPolicyTest7"
        " -InvalidSelfIssuedrequireExplicitPolicyTest8"
    ),
    "4.11": (
        "-InvalidinhibitPolicyMappingTest1 +ValidinhibitPolicyMappingTest2 -InvalidinhibitPolicyMappingTest3"
        " +ValidinhibitPolicyMappingTest4 -InvalidinhibitPolicyMappingTest5 -InvalidinhibitPolicyMappingTest6"
        " +ValidSelfIssuedinhibitPolicyMappingTest7 -InvalidSelfIssuedinhibitPolicyMappingTest8"
        " -InvalidSelfIssuedinhibitPolicyMappingTest9 -InvalidSelfIssuedinhibitPolicyMappingTest10"
        " -InvalidSelfIssuedinhibitPolicyMappingTest11"
    ),
    "4.13": (
        "+ValidDNnameConstraintsTest1 -InvalidDNnameConstraintsTest2 -InvalidDNnameConstraintsTest3"
        " +ValidDNnameConstraintsTest4 +ValidDNnameConstraintsTest5 +ValidDNnameConstraintsTest6"
        " -InvalidDNnameConstraintsTest7 -InvalidDNnameConstraintsTest8 -InvalidDNnameConstraintsTest9"
        " -InvalidDNnameConstraintsTest10 +ValidDNnameConstraintsTest11 -InvalidDNnameConstraintsTest12"
        " -InvalidDNnameConstraintsTest13 +ValidDNnameConstraintsTest14 -InvalidDNnameConstraintsTest15"
        " -InvalidDNnameConstraintsTest16 -InvalidDNnameConstraintsTest17 +ValidDNnameConstraintsTest18"
        " +ValidDNnameConstraintsTest19 -InvalidDNnameConstraintsTest20 +ValidRFC822nameConstraintsTest21"
        " -InvalidRFC822nameConstraintsTest22 +ValidRFC822nameConstraintsTest23"
        " -InvalidRFC822nameConstraintsTest24 +ValidRFC822nameConstraintsTest25"
        " -InvalidRFC822nameConstraintsTest26 +ValidDNandRFC822nameConstraintsTest27"
        " -InvalidDNandRFC822nameConstraintsTest28 -InvalidDNandRFC822nameConstraintsTest29"
        " +ValidDNSnameConstraintsTest30 -InvalidDNSnameConstraintsTest31 +ValidDNSnameConstraintsTest32"
        " -InvalidDNSnameConstraintsTest33 +ValidURInameConstraintsTest34 -InvalidURInameConstraintsTest35"
        " +ValidURInameConstraintsTest36 -InvalidURInameConstraintsTest37 -InvalidDNSnameConstraintsTest38"
    ),
    "4.14": (
        "+ValiddistributionPointTest1 -InvaliddistributionPointTest2 -InvaliddistributionPointTest3"
        " +ValiddistributionPointTest4 +ValiddistributionPointTest5 -InvaliddistributionPointTest6"
        " +ValiddistributionPointTest7 -InvaliddistributionPointTest8 -InvaliddistributionPointTest9"
        " +ValidNoissuingDistributionPointTest10 -InvalidonlyContainsUserCertsTest11"
        " -InvalidonlyContainsCACertsTest12 +ValidonlyContainsCACertsTest13"
        " -InvalidonlyContainsAttributeCertsTest14 -InvalidonlySomeReasonsTest15"
        " -InvalidonlySomeReasonsTest16 -InvalidonlySomeReasonsTest17 +ValidonlySomeReasonsTest18"
        " +ValidonlySomeReasonsTest19 -InvalidonlySomeReasonsTest20 -InvalidonlySomeReasonsTest21"
        " +ValidIDPwithindirectCRLTest22 -InvalidIDPwithindirectCRLTest23 +ValidIDPwithindirectCRLTest24"
        " +ValidIDPwithindirectCRLTest25 -InvalidIDPwithindirectCRLTest26 -InvalidcRLIssuerTest27"
        " +ValidcRLIssuerTest28 +ValidcRLIssuerTest29 +ValidcRLIssuerTest30 -InvalidcRLIssuerTest31"
        " -InvalidcRLIssuerTest32 +ValidcRLIssuerTest33 -InvalidcRLIssuerTest34 -InvalidcRLIssuerTest35"
    ),
    "4.15": (
        "-InvaliddeltaCRLIndicatorNoBaseTest1 +ValiddeltaCRLTest2 -InvaliddeltaCRLTest3 -InvaliddeltaCRLTest4"
        " +ValiddeltaCRLTest5 -InvaliddeltaCRLTest6 +ValiddeltaCRLTest7 +ValiddeltaCRLTest8"
        " -InvaliddeltaCRLTest9 -InvaliddeltaCRLTest10"
    ),
    "4.16": (
        "+ValidUnknownNotCriticalCertificateExtensionTest1 -InvalidUnknownCriticalCertificateExtensionTest2"
    ),
}

# Sections whose tests have subparts: per test, its certificate and `RESULT[SET][flags]` for each subpart.
# SET lists the digits of NIST-test-policies in the initial-policy-set, none for any-policy; flags: e for
# initial-explicit-policy, m for initial-policy-mapping-inhibit, a for initial-inhibit-any-policy.
_WITH_SETTINGS: Final = {
    "4.8": (
        "ValidCertificatePathTest1 +e +1e -2e +12e; AllCertificatesNoPoliciesTest2 + -e;"
        " DifferentPoliciesTest3 + -e -12e; DifferentPoliciesTest4 -; DifferentPoliciesTest5 -;"
        " OverlappingPoliciesTest6 + +1 -2; DifferentPoliciesTest7 -; DifferentPoliciesTest8 -;"
        " DifferentPoliciesTest9 -; AllCertificatesSamePoliciesTest10 + +1 +2;"
        " AllCertificatesanyPolicyTest11 + +1; DifferentPoliciesTest12 -;"
        " AllCertificatesSamePoliciesTest13 +1 +2 +3; AnyPolicyTest14 +1 -2;"
        " UserNoticeQualifierTest15 +; UserNoticeQualifierTest16 +; UserNoticeQualifierTest17 +;"
        " UserNoticeQualifierTest18 +1 +2; UserNoticeQualifierTest19 +; CPSPointerQualifierTest20 +"
    ),
    "4.10": (
        "ValidPolicyMappingTest1 +1 -2 -m; InvalidPolicyMappingTest2 - -m; ValidPolicyMappingTest3 -1 +2;"
        " InvalidPolicyMappingTest4 -; ValidPolicyMappingTest5 +1 -6; ValidPolicyMappingTest6 +1 -6;"
        " InvalidMappingFromanyPolicyTest7 -; InvalidMappingToanyPolicyTest8 -; ValidPolicyMappingTest9 +;"
        " InvalidPolicyMappingTest10 -; ValidPolicyMappingTest11 +; ValidPolicyMappingTest12 +1 +2;"
        " ValidPolicyMappingTest13 + +1 -2; ValidPolicyMappingTest14 +"
    ),
    "4.12": (
        "InvalidinhibitAnyPolicyTest1 -; ValidinhibitAnyPolicyTest2 +; inhibitAnyPolicyTest3 + -a;"
        " InvalidinhibitAnyPolicyTest4 -; InvalidinhibitAnyPolicyTest5 -; InvalidinhibitAnyPolicyTest6 -;"
        " ValidSelfIssuedinhibitAnyPolicyTest7 +; InvalidSelfIssuedinhibitAnyPolicyTest8 -;"
        " ValidSelfIssuedinhibitAnyPolicyTest9 +; InvalidSelfIssuedinhibitAnyPolicyTest10 -"
    ),
}


def _plain_tests(section: str) -> Iterator[PKITSTest]:
    """Read a section of `_PLAIN`."""
    for index, word in enumerate(_PLAIN[section].split(), 1):
        yield PKITSTest(f"{section}.{index}", word[1:], word[0] == "+")


def _tests_with_settings(section: str) -> Iterator[PKITSTest]:
    """Read a section of `_WITH_SETTINGS`."""
    for index, test in enumerate(_WITH_SETTINGS[section].split(";"), 1):
        name, *subparts = test.split()
        for part, settings in enumerate(subparts, 1):
            number = f"{section}.{index}.{part}" if len(subparts) > 1 else f"{section}.{index}"
            policies = tuple(_POLICIES + digit for digit in settings if digit.isdigit())
            flags = {flag: flag in settings for flag in "ema"}
            yield PKITSTest(number, name, settings[0] == "+", policies, flags["e"], flags["m"], flags["a"])


def list_tests() -> tuple[PKITSTest, ...]:
    """List every test of section 4, in the order of the numbers."""
    return tuple(
        test
        for section in SECTIONS
        for test in (_plain_tests(section) if section in _PLAIN else _tests_with_settings(section))
    )
