"""Plans become certificates and CRLs, with cryptography's builders."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from agent.pki.certificate import load_certificate
from agent.pki.crl import CertificateList, load_crl
from agent.pki.der import SEQUENCE, encode, encode_object_identifier
from tests.conformance.judging import Material
from tests.conformance.plans import OWN_NAME, CertificatePlan, CRLPlan, Plan
from tests.pki.support import BEGIN, DAY, END, NOW, SECOND, Key, issuing_point, make_key, make_name, usage

_UNKNOWN: Final = x509.ObjectIdentifier("2.999.7")
_ENDS: Final = {"now": (BEGIN, END), "past": (BEGIN, NOW - SECOND), "future": (NOW + SECOND, END)}
_UPDATES: Final = {
    "now": (NOW - DAY, NOW + DAY),
    "past": (NOW - DAY, NOW - SECOND),
    "future": (NOW + SECOND, NOW + DAY),
}
_SCOPES: Final[dict[str, dict[str, Any]]] = {
    "user": {"only_contains_user_certs": True},
    "ca": {"only_contains_ca_certs": True},
    "attribute": {"only_contains_attribute_certs": True},
    "reasons": {"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise})},
    "indirect": {"indirect_crl": True},
}
_Extension = tuple[x509.ExtensionType, bool]


def build(plan: Plan) -> Material:
    """Make everything that a plan says; level 0 is the anchor, the last level the end entity."""
    names = list[x509.Name]()
    for level, certificate in enumerate(plan.certificates):
        same = certificate.self_issued and level
        names.append(names[-1] if same else make_name(f"TEST level {level}", OWN_NAME))
    keys = [make_key(f"level {level}", each.kind) for level, each in enumerate(plan.certificates)]
    made = [
        load_certificate(
            _certificate(each, level, names, keys, _forger(plan, level - 1)), where=f"level {level}"
        )
        for level, each in enumerate(plan.certificates)
    ]
    crls = [
        _crl(each, level, names[level], _forger(plan, level) if each.forged else keys[level], keys[level])
        for level, lists in enumerate(plan.crls)
        for each in lists
    ]
    return Material(made[-1], made[1:-1], made[:1], crls, NOW)


def _serial(level: int) -> int:
    """Number the certificates so that no two of one issuer are alike."""
    return 0x1000 + level


def _forger(plan: Plan, level: int) -> Key:
    """Make a key of the kind that the issuer at a level has, so that only the signature gives it away."""
    return make_key("forger", plan.certificates[max(0, level)].kind)


def _certificate(
    plan: CertificatePlan, level: int, names: list[x509.Name], keys: list[Key], forger: Key
) -> bytes:
    """Make one certificate."""
    above = max(0, level - 1)
    begin, end = _ENDS[plan.window]
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[level])
        .issuer_name(make_name("TEST nobody") if plan.misnamed else names[above])
        .public_key(keys[level].public_key())
        .serial_number(_serial(level))
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for value, critical in _extensions(plan, keys[level], keys[above]):
        builder = builder.add_extension(value, critical)
    return builder.sign(forger if plan.forged else keys[above], hashes.SHA256()).public_bytes(Encoding.DER)


def _extensions(plan: CertificatePlan, own: Key, above: Key) -> Iterator[_Extension]:
    """List a certificate's extensions."""
    yield x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False
    yield _authority(above), False
    if plan.is_ca is not None:
        length = plan.path_length if plan.is_ca else None
        yield x509.BasicConstraints(ca=plan.is_ca, path_length=length), True
    if plan.usage is not None:
        yield usage(*plan.usage), True
    if plan.permitted or plan.excluded:
        yield x509.NameConstraints(_subtrees(plan.permitted), _subtrees(plan.excluded)), plan.critical
    yield from _policy_extensions(plan)
    if plan.unknown is not None:
        yield x509.UnrecognizedExtension(_UNKNOWN, b"\x05\x00"), plan.unknown
    if plan.purpose is not None:
        yield x509.ExtendedKeyUsage([_UNKNOWN]), plan.purpose


def _policy_extensions(plan: CertificatePlan) -> Iterator[_Extension]:
    """List the extensions about policies."""
    if plan.policies:
        policies = [x509.PolicyInformation(x509.ObjectIdentifier(each), None) for each in plan.policies]
        yield x509.CertificatePolicies(policies), False
    if plan.mappings:
        pairs = b"".join(
            encode(SEQUENCE, encode_object_identifier(policy) + encode_object_identifier(mapped))
            for policy, mapped in plan.mappings
        )
        mappings = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), encode(SEQUENCE, pairs))
        yield mappings, plan.critical
    if plan.require_explicit is not None or plan.inhibit_mapping is not None:
        yield x509.PolicyConstraints(plan.require_explicit, plan.inhibit_mapping), plan.critical
    if plan.inhibit_any is not None:
        yield x509.InhibitAnyPolicy(plan.inhibit_any), plan.critical


def _subtrees(organisations: tuple[str, ...]) -> list[x509.GeneralName] | None:
    """Make subtrees of names that begin with an organisation."""
    names = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, each) for each in organisations]
    return [x509.DirectoryName(x509.Name([name])) for name in names] or None


def _authority(key: Key) -> x509.AuthorityKeyIdentifier:
    """Make the identifier of an issuer's key."""
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _crl(plan: CRLPlan, level: int, name: x509.Name, signer: Key, key: Key) -> CertificateList:
    """Make one CRL; it names the issuer's key, whoever signs it, and its number tells old from new."""
    begin, end = _UPDATES[plan.window]
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name)
        .last_update(begin - DAY if plan.older else begin)
        .next_update(end)
        .add_extension(_authority(key), critical=False)
        .add_extension(x509.CRLNumber(1 if plan.older else 2), critical=False)
    )
    if plan.scope == "delta":
        builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    elif plan.scope:
        builder = builder.add_extension(issuing_point(**_SCOPES[plan.scope]), critical=True)
    if plan.unknown is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(_UNKNOWN, b"\x05\x00"), plan.unknown)
    if plan.listed != "nobody":
        serial = _serial(level + 1) if plan.listed == "subject" else 0x9999
        builder = builder.add_revoked_certificate(_entry(plan, serial))
    der = builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)
    return load_crl(der, where=f"CRL of level {level}")


def _entry(plan: CRLPlan, serial: int) -> x509.RevokedCertificate:
    """Make the one entry of a list."""
    at: datetime = NOW - 30 * DAY if plan.entry_date == "past" else NOW + DAY
    entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
    if plan.reason:
        entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(plan.reason)), critical=False)
    if plan.unknown_entry:
        entry = entry.add_extension(x509.UnrecognizedExtension(_UNKNOWN, b"\x05\x00"), critical=True)
    return entry.build()
