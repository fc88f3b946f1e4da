"""Attacks on a detached CMS that need no key: what an attacker can do to a `.p7s` in transit.

Each has its expected place and finding code; `""` is the container, `None` for what cannot be opened at all.
"""

from collections.abc import Callable
from dataclasses import dataclass

from agent.pki.der import encode_object_identifier
from agent.roles import Role
from tests.cms import tree
from tests.cms.signing import CONTENT, FIRST, SECOND, countersign, sign
from tests.cms.tree import ALGORITHM, DIGEST, SID, SIGNED, UNSIGNED, VALUE, VERSION, Change, Node
from tests.support.signer import SoftwareLab

Find = Callable[[Node], Node]
SHA1 = encode_object_identifier("1.3.14.3.2.26")


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack on a countersigned signature."""

    name: str
    where: str | None
    code: str
    build: Callable[[SoftwareLab, bytes], bytes]


def _edit(name: str, where: str | None, code: str, change: Change) -> Attack:
    return Attack(name, where, code, lambda _, signature: tree.changed(signature, change))


def _swap_sid(root: Node) -> None:
    tree.signer(root).children[SID] = tree.countersigner(root).at(SID).copy()


def _drop_certificate(index: int) -> Callable[[SoftwareLab, bytes], bytes]:
    def build(lab: SoftwareLab, signature: bytes) -> bytes:
        der = lab.signers[list(Role)[index]].certificate.der
        root = tree.load(signature)
        kept = [item for item in tree.certificates(root).children if item.dump() != der]
        tree.certificates(root).children = kept
        return root.dump()

    return build


def _move_countersignature(lab: SoftwareLab, signature: bytes) -> bytes:
    """The supplier countersigned another file's signature; its countersignature is put here."""
    other = tree.load(countersign(lab, sign(lab, b"something else")))
    root = tree.load(signature)
    tree.signer(root).children[UNSIGNED] = tree.signer(other).at(UNSIGNED)
    return root.dump()


def _move_signature(lab: SoftwareLab, signature: bytes) -> bytes:
    """The manufacturer's signature over another file, under this file's countersignature."""
    other = tree.load(sign(lab, b"something else"))
    tree.signer(other).children.append(tree.signer(tree.load(signature)).at(UNSIGNED))
    return other.dump()


def _corrupt(node: Node) -> None:
    node.contents = node.contents[:-1] + bytes((node.contents[-1] ^ 1,))


def _duplicate_signed(root: Node) -> None:
    attributes = tree.signer(root).at(SIGNED)
    again = attributes.at(0).copy()
    again.at(1).children.append(Node(0x0C, b"other"))
    again.at(1).sort()
    attributes.children.append(again)
    attributes.sort()


def _duplicate_unsigned(root: Node) -> None:
    attributes = tree.signer(root).at(UNSIGNED)
    again = attributes.at(0).copy()
    _corrupt(again.at(1, 0, VALUE))
    attributes.children.append(again)
    attributes.sort()


def _add_unsigned(root: Node) -> None:
    oid = Node(0x06, encode_object_identifier("1.2.3.4")[2:])
    attribute = Node(0x30, children=[oid, Node(0x31, children=[Node(0x0C, b"hidden")])])
    tree.signer(root).at(UNSIGNED).children.append(attribute)
    tree.signer(root).at(UNSIGNED).sort()


def _counter_countersign(root: Node) -> None:
    tree.countersigner(root).children.append(tree.signer(root).at(UNSIGNED).copy())


def _encapsulate(root: Node) -> None:
    content = Node(0xA0, children=[Node(0x04, CONTENT)])
    tree.signed_data(root).at(2).children.append(content)


def _sha1(signer: Node) -> None:
    signer.children[DIGEST] = Node(0x30, children=[tree.load(SHA1), Node(0x05)])


def _pad(node: Node) -> None:
    node.contents = b"\0" + node.contents


def corrupt_countersignature(root: Node) -> None:
    """Change the last octet of the countersignature's value."""
    _corrupt(tree.countersigner(root).at(VALUE))


def _hide_in_parameters(root: Node) -> None:
    tree.signed_data(root).at(1, 0).children.append(Node(0x0C, b"hidden"))


def _without_signed(root: Node) -> None:
    tree.signer(root).children.pop(SIGNED)


def _attribute_certificate(root: Node) -> None:
    tree.certificates(root).children[-1].tag = 0xA2


def _double_certificate(root: Node) -> None:
    tree.certificates(root).children.insert(0, tree.certificates(root).at(0).copy())


def _nest(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = tree.write(0x30, data)
    return data


def _many_signers(root: Node) -> None:
    root.at(1, 0).children[-1] = Node(0x31, b"\x05\x00" * 100_000)


def _put(find: Find, *path: int, to: str) -> Change:
    """Replace the contents of an element, in hex."""

    def change(root: Node) -> None:
        find(root).at(*path).contents = bytes.fromhex(to)

    return change


def _write(find: Find, *path: int, form: Callable[[int, bytes], bytes]) -> Change:
    """Write an element in another form."""

    def change(root: Node) -> None:
        find(root).at(*path).form = form

    return change


def _both(*changes: Change) -> Change:
    def change(root: Node) -> None:
        for each in changes:
            each(root)

    return change


def _whole(root: Node) -> Node:
    return root


_ENDLESS_OID = "2a" + "81" * 50_000 + "01"
_SIGNED_DATA_OID, _ENVELOPED_OID = "2a864886f70d010702", "2a864886f70d010703"
EDITS = (
    _edit("sid of another certificate", FIRST, "cms-certificate-confusion", _swap_sid),
    Attack("no signer's certificate", FIRST, "signing-certificate-missing", _drop_certificate(0)),
    Attack("no countersigner's certificate", SECOND, "signing-certificate-missing", _drop_certificate(1)),
    Attack("countersignature moved", SECOND, "message-digest-mismatch", _move_countersignature),
    Attack("signature over another file", FIRST, "message-digest-mismatch", _move_signature),
    _edit("signature value", FIRST, "signature-value-wrong", lambda r: _corrupt(tree.signer(r).at(VALUE))),
    _edit("countersignature value", SECOND, "signature-value-wrong", corrupt_countersignature),
    _edit("signed attribute twice", FIRST, "cms-attribute-duplicate", _duplicate_signed),
    _edit("countersignature attribute twice", FIRST, "cms-attribute-duplicate", _duplicate_unsigned),
    _edit("unknown unsigned attribute", FIRST, "cms-attribute-unknown", _add_unsigned),
    _edit("countersigned countersignature", SECOND, "cms-attribute-unknown", _counter_countersign),
    _edit("content inside", "", "cms-content-encapsulated", _encapsulate),
    _edit("SHA-1", FIRST, "cms-digest-algorithm", lambda r: _sha1(tree.signer(r))),
    _edit("SHA-1 again", SECOND, "cms-digest-algorithm", lambda r: _sha1(tree.countersigner(r))),
    _edit(
        *("ECDSA with SHA-512 over SHA-256", FIRST, "cms-algorithm-disagreement"),
        _put(tree.signer, ALGORITHM, 0, to="2a8648ce3d040304"),
    ),
    _edit(
        *("unknown signature algorithm", FIRST, "cms-signature-algorithm"),
        _put(tree.signer, ALGORITHM, 0, to="2a8648ce3d040305"),
    ),
    _edit(
        *("digest algorithm not listed", "", "cms-algorithm-disagreement"),
        _put(tree.signed_data, 1, 0, 0, to="608648016503040203"),
    ),
    _edit("something behind a digest algorithm", "", "cms-algorithm-disagreement", _hide_in_parameters),
    _edit(
        *("another content type", "", "cms-content-type"),
        _both(_put(tree.signed_data, 2, 0, to=_SIGNED_DATA_OID), _put(tree.signed_data, 0, to="03")),
    ),
    _edit("no signed attributes", FIRST, "cms-attribute-missing", _without_signed),
    _edit("signerInfo of version 3", None, "cms-version", _put(tree.signer, VERSION, to="03")),
    _edit("countersigner of version 3", SECOND, "cms-version", _put(tree.countersigner, VERSION, to="03")),
    _edit("SignedData of version 3", None, "cms-version", _put(tree.signed_data, 0, to="03")),
    _edit("another ContentInfo", None, "cms-structure", _put(_whole, 0, to=_ENVELOPED_OID)),
    _edit("a field more", None, "cms-structure", lambda r: tree.signed_data(r).children.append(Node(5))),
    _edit("more in signerInfo", None, "cms-structure", lambda r: tree.signer(r).children.insert(6, Node(5))),
    _edit("no signer", None, "cms-structure", lambda r: tree.signers(r).children.clear()),
    _edit("attribute certificate", None, "cms-structure", _attribute_certificate),
    _edit("certificate twice", None, "cms-structure", _double_certificate),
    _edit(
        "bad certificate", None, "certificate-malformed", lambda r: tree.certificates(r).at(0).children.pop()
    ),
    # BER: other tools read these as the same signature
    _edit("indefinite length", None, "cms-not-der", _write(_whole, form=tree.indefinite)),
    _edit("indefinite, inside", None, "cms-not-der", _write(tree.signer, DIGEST, form=tree.indefinite)),
    _edit("padded length", None, "cms-not-der", _write(tree.signed_data, 1, form=tree.padded)),
    _edit("padded length, deep", SECOND, "cms-not-der", _write(tree.countersigner, VALUE, form=tree.padded)),
    _edit("value in pieces", FIRST, "cms-structure", _write(tree.signer, VALUE, form=tree.in_pieces)),
    _edit("padded version", None, "cms-not-der", _put(tree.signed_data, 0, to="0001")),
    _edit("padded serial number", FIRST, "cms-not-der", lambda r: _pad(tree.signer(r).at(SID, 1))),
    _edit("set not in order", None, "cms-not-der", lambda r: tree.certificates(r).children.reverse()),
    _edit(
        "attributes not in order",
        FIRST,
        "cms-not-der",
        lambda r: tree.signer(r).at(SIGNED).children.reverse(),
    ),
    Attack("octets behind", None, "cms-trailing-octets", lambda _, signature: signature + b"\0"),
    Attack("another signature behind", None, "cms-trailing-octets", lambda _, signature: signature * 2),
    Attack("PEM", None, "cms-pem", lambda _, signature: b"-----BEGIN CMS-----\n" + signature),
    Attack("deep nesting", None, "cms-structure", lambda _, __: _nest(20_000)),
    _edit("a hundred thousand signers", None, "limit-cms", _many_signers),
    Attack("a length beyond the end", None, "cms-not-der", lambda _, __: bytes.fromhex("3084ffffffff00")),
    # Python prints no number of more than 4,300 digits, and takes long to make one
    _edit("content type without end", None, "cms-not-der", _put(_whole, 0, to=_ENDLESS_OID)),
    _edit(
        "digest algorithm without end", FIRST, "cms-not-der", _put(tree.signer, DIGEST, 0, to=_ENDLESS_OID)
    ),
    _edit("version without end", None, "cms-structure", _put(tree.signed_data, 0, to="01" * 5000)),
    _edit(
        "signerInfo's version without end", None, "cms-structure", _put(tree.signer, VERSION, to="01" * 5000)
    ),
    _edit("serial number without end", FIRST, "cms-structure", _put(tree.signer, SID, 1, to="01" * 5000)),
    Attack("nothing", None, "cms-not-der", lambda _, __: b""),
)
