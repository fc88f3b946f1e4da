"""Which name lies in which subtree, form by form (RFC 5280 clause 4.2.1.10).

Host names compare without regard to case, the local part of a mailbox with it (clauses 7.2 to 7.5).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from cryptography import x509

from agent.dataclass import dataclass
from agent.pki.names import DistinguishedName, parse_name

Form = type[x509.GeneralName]
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# A host of figures and dots is an IPv4 address, which no constraint on host names speaks of.
_ADDRESS: Final = re.compile(r"[0-9.]+")
_URI_HOST: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#@:\[\]]+)(?::[0-9]*)?(?:[/?#].*)?"
)


@dataclass(frozen=True, slots=True)
class FormedName:
    """A name, or the base of a subtree, of one form."""

    form: Form
    value: DistinguishedName | str | None
    """None of a form, or of a value, that is not processed."""
    text: str
    """For people."""

    def within(self, base: "FormedName") -> bool:
        """Tell whether the name lies in a subtree of its own form; both must be processed."""
        if isinstance(self.value, DistinguishedName) and isinstance(base.value, DistinguishedName):
            return self.value.within(base.value)
        if isinstance(self.value, str) and isinstance(base.value, str):
            return _WITHIN[self.form](self.value, base.value)
        return False


def form_names(names: Iterable[x509.GeneralName]) -> Iterator[FormedName]:
    """Read the names that a certificate claims."""
    for name in names:
        value: DistinguishedName | str | None = None
        if isinstance(name, x509.DirectoryName):
            value = parse_name(name.value.public_bytes())
        elif isinstance(name, x509.RFC822Name):
            value = _read_mailbox(name.value)
        elif isinstance(name, x509.DNSName):
            value = name.value.lower()
        elif isinstance(name, x509.UniformResourceIdentifier):
            value = _read_uri_host(name.value)
        yield FormedName(type(name), value, _word(name, value))


def form_bases(names: Iterable[x509.GeneralName]) -> Iterator[FormedName]:
    """Read the bases of the subtrees of a constraint."""
    for name in names:
        value: DistinguishedName | str | None = None
        if isinstance(name, x509.DirectoryName):
            value = parse_name(name.value.public_bytes())
        elif isinstance(name, x509.RFC822Name):
            value = _read_mailbox(name.value) if "@" in name.value else _read_hosts(name.value)
        elif isinstance(name, x509.DNSName):
            value = "" if not name.value else _read_host(name.value)
        elif isinstance(name, x509.UniformResourceIdentifier):
            value = _read_hosts(name.value)
        yield FormedName(type(name), value, _word(name, value))


def form_mailbox(address: str) -> FormedName:
    """Read an emailAddress of a subject, to which constraints on RFC 822 names apply too."""
    return FormedName(x509.RFC822Name, _read_mailbox(address), address)


def _read_mailbox(address: str) -> str | None:
    local, _, host = address.rpartition("@")
    return f"{local}@{host.lower()}" if local and _HOST.fullmatch(host) else None


def _read_host(text: str) -> str | None:
    return text.lower() if _HOST.fullmatch(text) and not _ADDRESS.fullmatch(text) else None


def _read_hosts(text: str) -> str | None:
    """Read one host, or, begun by a period, the hosts of a domain."""
    host = _read_host(text.removeprefix("."))
    return None if host is None else "." * text.startswith(".") + host


def _read_uri_host(uri: str) -> str | None:
    """Find the host of a URI's authority; None when it is none, or not a fully qualified domain name."""
    found = _URI_HOST.fullmatch(uri)
    return _read_host(found[1]) if found and "." in found[1] else None


def _in_mailboxes(name: str, base: str) -> bool:
    """A mailbox, all mailboxes of one host, or those of all hosts in a domain."""
    return name == base if "@" in base else _in_hosts(name.rpartition("@")[2], base)


def _in_hosts(name: str, base: str) -> bool:
    """One host, or, begun by a period, the hosts of a domain but not the domain itself."""
    return name.endswith(base) if base.startswith(".") else name == base


def _in_domain(name: str, base: str) -> bool:
    """The domain, and whatever labels are added to its left; all names when it is empty."""
    return not base or name == base or name.endswith(f".{base}")


def _word(name: x509.GeneralName, value: DistinguishedName | str | None) -> str:
    return value.rfc4514() if isinstance(value, DistinguishedName) else str(name.value)


_WITHIN: Final[dict[Form, Callable[[str, str], bool]]] = {
    x509.RFC822Name: _in_mailboxes,
    x509.DNSName: _in_domain,
    x509.UniformResourceIdentifier: _in_hosts,
}
