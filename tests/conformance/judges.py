"""The outside judges: openssl's command, and pyhanko-certvalidator in this process."""

import asyncio
import logging
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import asn1crypto.crl
import asn1crypto.x509
from pyhanko_certvalidator import CertificateValidator, PKIXValidationParams, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)

from agent.pki.path_policies import ANY_POLICY, PolicyInputs
from agent.pki.pem import to_pem
from tests.conformance.judging import Material, Opinion
from tests.support.tools import require_tool

# Untyped: asn1crypto has no annotations.
_certificate: Any = asn1crypto.x509.Certificate
_crl: Any = asn1crypto.crl.CertificateList
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)  # it logs what it answers anyway
_ALWAYS = RevocationCheckingPolicy(RevocationCheckingRule.CRL_REQUIRED, RevocationCheckingRule.CRL_REQUIRED)


def ask_openssl(material: Material, inputs: PolicyInputs, folder: Path) -> Opinion:
    """Ask `openssl verify` with full revocation and policy checking."""
    parties = {
        "leaf": [material.certificate],
        "anchors": material.anchors,
        "intermediates": material.intermediates,
    }
    for name, certificates in parties.items():
        (folder / name).write_bytes(b"".join(to_pem("CERTIFICATE", each.der) for each in certificates))
    (folder / "crls").write_bytes(b"".join(to_pem("X509 CRL", crl.der) for crl in material.crls))
    command: list[str | Path] = [
        *(require_tool("openssl"), "verify", "-no-CApath", "-no-CAstore", "-crl_check_all", "-extended_crl"),
        *("-policy_check", "-attime", str(int(material.at.timestamp())), "-CAfile", folder / "anchors"),
        *_policy_arguments(inputs),
    ]
    for option, name in (("-untrusted", "intermediates"), ("-CRLfile", "crls")):
        if (folder / name).stat().st_size:
            command += [option, folder / name]
    result = subprocess.run([*command, folder / "leaf"], capture_output=True, check=False, text=True)
    return Opinion(result.returncode == 0, " ".join(result.stderr.split()))


def _policy_arguments(inputs: PolicyInputs) -> list[str]:
    """Say the policy inputs in openssl's options."""
    flags = {
        "-explicit_policy": inputs.explicit,
        "-inhibit_map": inputs.inhibit_mapping,
        "-inhibit_any": inputs.inhibit_any,
    }
    # Without any, openssl takes the acceptable set for empty as soon as a policy is required.
    acceptable = sorted(inputs.acceptable) or [ANY_POLICY]
    policies = [word for policy in acceptable for word in ("-policy", policy)]
    return [*policies, *(flag for flag, wanted in flags.items() if wanted)]


def ask_certvalidator(material: Material, inputs: PolicyInputs) -> Opinion | None:
    """Ask pyhanko-certvalidator, with a CRL required for every certificate; None when it breaks down.

    It asserts that a key is of the kind that a signature is of, and does not hold when two CAs of one name
    have keys of two kinds.
    """
    context = ValidationContext(
        trust_roots=[_certificate.load(each.der) for each in material.anchors],
        other_certs=[_certificate.load(each.der) for each in material.intermediates],
        crls=[_crl.load(each.der) for each in material.crls],
        moment=material.at,
        revinfo_policy=CertRevTrustPolicy(_ALWAYS),
        time_tolerance=timedelta(0),
        allow_fetching=False,
    )
    params = PKIXValidationParams(
        user_initial_policy_set=inputs.acceptable or frozenset({"any_policy"}),
        initial_explicit_policy=inputs.explicit,
        initial_policy_mapping_inhibit=inputs.inhibit_mapping,
        initial_any_policy_inhibit=inputs.inhibit_any,
    )
    leaf = _certificate.load(material.certificate.der)
    validator = CertificateValidator(leaf, validation_context=context, pkix_params=params)
    try:
        asyncio.run(validator.async_validate_path())
    except (PathBuildingError, PathValidationError, ValidationError) as error:
        return Opinion(valid=False, why=f"{type(error).__name__}: {error}")
    except AssertionError:
        return None
    return Opinion(valid=True)
