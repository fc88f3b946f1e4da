"""The certificate must be the party's that it is used for, and the party one that may claim the role."""

from collections.abc import Iterable, Sequence

from agent.config.parties import Party, PartyRegister, comparable_name
from agent.pki.certificate import SigningCertificate
from agent.policy.facts import CertificateFacts
from agent.policy.rule import Answer, Rule
from agent.roles import Role
from agent.verdicts import SubIndication


def _check(facts: CertificateFacts) -> Iterable[Answer]:
    for message, hint in (*_check_profile(facts), *_check_claim(facts)):
        where = facts.certificate.display_name
        yield Answer(where, message, hint, SubIndication.SIG_CONSTRAINTS_FAILURE)


def _check_profile(facts: CertificateFacts) -> Iterable[tuple[str, str]]:
    """Compare with the subject that the signer's configuration gives."""
    certificate, profile = facts.certificate, facts.profile
    if profile is None:
        return
    hint = "use the certificate issued for this signer, or correct its subject in the configuration"
    if comparable_name(certificate.organisation) != comparable_name(profile.organisation):
        yield f"its organisation is not {profile.organisation!r}, the signer's", hint
    if certificate.role_code != profile.role_code:
        yield (
            f"its role code is {certificate.role_code or 'missing'}, the signer's is {profile.role_code}",
            hint,
        )
    expected = profile.entity_identifier.hex().upper() if profile.entity_identifier else ""
    if expected and certificate.entity_identifier != expected:
        found = certificate.entity_identifier or "missing"
        yield f"its EUI-64 is {found}, the signer's is {expected}", hint


def _check_claim(facts: CertificateFacts) -> Iterable[tuple[str, str]]:
    """Ask the policy's role codes, and the party register, whether the role may be claimed."""
    if facts.claimed_role not in set(Role):
        return  # the signature's structure is refused for it already
    role, certificate, settings = Role(facts.claimed_role), facts.certificate, facts.settings
    allowed = settings.roles.get(role)
    if allowed is not None and certificate.role_code not in allowed:
        found = certificate.role_code or "no role code"
        yield (
            f"a certificate with {found} may not sign as {role} (allowed: {', '.join(sorted(allowed))})",
            "sign with the certificate of the right party, or correct [roles] in the policy file",
        )
    if settings.parties is not None:
        problem = _check_register(settings.parties, certificate, role)
        if problem:
            yield (
                problem,
                f"sign with the certificate of the right party, or correct {settings.parties.where}",
            )


def _check_register(register: PartyRegister, certificate: SigningCertificate, role: Role) -> str:
    """Say why the register does not let the certificate's party claim the role; empty when it does."""
    name = comparable_name(certificate.organisation)
    # An organisation that is missing, or there twice, is nobody's.
    known = [party for party in register.parties if name and comparable_name(party.organisation) == name]
    if not known:
        return f"the organisation {certificate.organisation or '(none)'!r} is not in the party register"
    matching = [party for party in known if not _mismatch(party, certificate)]
    if not matching:
        return "; ".join(dict.fromkeys(_mismatch(party, certificate) for party in known))
    if role in {each for party in matching for each in party.roles}:
        return ""
    names = ", ".join(party.name for party in matching)
    return f"the party register does not let {names} sign as {role}"


def _mismatch(party: Party, certificate: SigningCertificate) -> str:
    """Name the first attribute that is not the party's; empty when all are."""
    checks: Sequence[tuple[str, str, frozenset[str] | None]] = (
        ("role code", certificate.role_code, party.role_codes),
        ("EUI-64", certificate.entity_identifier, party.entity_identifiers),
        ("certificate with SHA-256", certificate.sha256.hex(), party.certificates),
    )
    for what, found, allowed in checks:
        if allowed is not None and found not in allowed:
            return f"the party register does not give {party.name} the {what} {found or '(none)'}"
    return ""


def _evidence(facts: CertificateFacts) -> Iterable[str]:
    certificate, settings = facts.certificate, facts.settings
    yield (
        f"O {certificate.organisation or '(none)'}, role code {certificate.role_code or '(none)'},"
        f" EUI-64 {certificate.entity_identifier or '(none)'}, SHA-256 {certificate.sha256.hex()},"
        f" as {facts.claimed_role or 'nobody'}"
    )
    if settings.parties is not None:
        yield f"party register {settings.parties.where}, SHA-256 {settings.parties.sha256}"
    else:
        yield "no party register: roles come from the role code alone"
    codes = settings.roles.get(Role(facts.claimed_role)) if facts.claimed_role in set(Role) else None
    yield f"role codes for it: {', '.join(sorted(codes)) if codes else 'not restricted by the policy'}"
    if facts.profile is not None:
        yield f"the signer's subject in the configuration: {facts.profile.organisation}"


RULE = Rule(
    code="signer-party",
    clause="DCC interface documents (Remote Party Role Code); MP168",
    summary="the certificate's organisation, role code, EUI-64 or the certificate itself is not that of the"
    " signer's subject, or of a party that the register and the policy's role codes let claim the role",
    check=_check,
    evidence=_evidence,
)
