"""Name constraints (RFC 5280 clauses 4.2.1.10 and 6.1.4 (g))."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography import x509

from agent.pki.certificate import SigningCertificate
from agent.pki.extensions import find_extension
from agent.pki.names import EMAIL_ADDRESS, DistinguishedName, parse_name


@dataclass(slots=True)
class NameSubtrees:
    """permitted_subtrees and excluded_subtrees of RFC 5280 clause 6.1.2, gathered from the anchor down.

    Directory names are processed. For every other form the clause leaves a choice, to process the
    constraint or to reject a certificate that carries a name of that form; this program rejects.
    """

    permitted: list[tuple[DistinguishedName, ...]] = field(default_factory=list)
    """Each member must be satisfied: the intersection over the CAs of the path."""
    excluded: list[DistinguishedName] = field(default_factory=list)
    other_forms: set[type[x509.GeneralName]] = field(default_factory=set)

    def constrain(self, issuer: SigningCertificate) -> None:
        """Add the constraints of a CA certificate."""
        constraints = find_extension(issuer.library.extensions, x509.NameConstraints)
        if constraints is None:
            return
        permitted = _directory_names(constraints.permitted_subtrees or ())
        if permitted:
            self.permitted.append(permitted)
        self.excluded.extend(_directory_names(constraints.excluded_subtrees or ()))
        for subtree in (*(constraints.permitted_subtrees or ()), *(constraints.excluded_subtrees or ())):
            if not isinstance(subtree, x509.DirectoryName):
                self.other_forms.add(type(subtree))

    def problem(self, certificate: SigningCertificate) -> str:
        """Say in one clause why the names of a certificate are not allowed; empty when they are."""
        alternative = find_extension(certificate.library.extensions, x509.SubjectAlternativeName)
        others = tuple(alternative or ())
        for name in _subject_names(certificate, others):
            if any(name.within(base) for base in self.excluded):
                return f"the name {name.rfc4514()} is in an excluded subtree"
            if not all(any(name.within(base) for base in bases) for bases in self.permitted):
                return f"the name {name.rfc4514()} is in no permitted subtree"
        forms = {type(name) for name in others}
        if certificate.subject_name.values(EMAIL_ADDRESS):
            forms.add(x509.RFC822Name)
        if forms & self.other_forms:
            return "a name of a form that is constrained in a way this program does not process"
        return ""


def _directory_names(names: Iterable[x509.GeneralName]) -> tuple[DistinguishedName, ...]:
    """List the directory names among general names."""
    return tuple(
        parse_name(name.value.public_bytes()) for name in names if isinstance(name, x509.DirectoryName)
    )


def _subject_names(
    certificate: SigningCertificate, others: tuple[x509.GeneralName, ...]
) -> tuple[DistinguishedName, ...]:
    """List the directory names that a certificate claims; an empty subject claims none."""
    subject = (certificate.subject_name,) if certificate.subject_name.rdns else ()
    return (*subject, *_directory_names(others))
