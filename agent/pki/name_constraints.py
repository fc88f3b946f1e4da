"""Name constraints (RFC 5280 clauses 4.2.1.10 and 6.1.4 (g))."""

from collections.abc import Iterator
from dataclasses import field

from cryptography import x509

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.pki.extensions import find_extension
from agent.pki.name_forms import Form, FormedName, form_bases, form_mailbox, form_names
from agent.pki.names import EMAIL_ADDRESS


@dataclass(slots=True)
class NameSubtrees:
    """permitted_subtrees and excluded_subtrees of RFC 5280 clause 6.1.2, gathered from the anchor down.

    Directory, RFC 822, DNS and URI names are processed. For every other form, and for a name or subtree
    of these that is not as it should be, the clause leaves a choice, to process the constraint or to
    reject a certificate that carries a name of that form; this program rejects.
    """

    permitted: list[dict[Form, list[FormedName]]] = field(default_factory=list)
    """One of each member's, for its form, must be satisfied: the intersection over the CAs of the path."""
    excluded: list[FormedName] = field(default_factory=list)

    def constrain(self, issuer: SigningCertificate) -> None:
        """Add the constraints of a CA certificate."""
        constraints = find_extension(issuer.library.extensions, x509.NameConstraints)
        if constraints is None:
            return
        permitted: dict[Form, list[FormedName]] = {}
        for base in form_bases(constraints.permitted_subtrees or ()):
            permitted.setdefault(base.form, []).append(base)
        self.permitted.append(permitted)
        self.excluded.extend(form_bases(constraints.excluded_subtrees or ()))

    def problem(self, certificate: SigningCertificate) -> str:
        """Say in one clause why the names of a certificate are not allowed; empty when they are."""
        for name in _list_names(certificate):
            permitted = [bases[name.form] for bases in self.permitted if name.form in bases]
            excluded = [base for base in self.excluded if base.form is name.form]
            constraining = [*excluded, *(base for bases in permitted for base in bases)]
            if constraining and any(item.value is None for item in (name, *constraining)):
                return f"the name {name.text} is constrained in a way this program does not process"
            if any(name.within(base) for base in excluded):
                return f"the name {name.text} is in an excluded subtree"
            if not all(any(name.within(base) for base in bases) for bases in permitted):
                return f"the name {name.text} is in no permitted subtree"
        return ""


def _list_names(certificate: SigningCertificate) -> Iterator[FormedName]:
    """List the names that a certificate claims; an empty subject claims none.

    The clause applies constraints on RFC 822 names to a subject's emailAddress where there is no
    subjectAltName; here they apply to it always: it claims the mailbox whatever else is claimed.
    """
    subject = certificate.subject_name
    if subject.rdns:
        yield FormedName(x509.DirectoryName, subject, subject.rfc4514())
    for attribute in subject.attributes(EMAIL_ADDRESS):
        yield form_mailbox(attribute.text or "")
    alternative = find_extension(certificate.library.extensions, x509.SubjectAlternativeName)
    yield from form_names(alternative or ())
