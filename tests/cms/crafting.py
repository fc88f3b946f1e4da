"""Signatures that a party makes on purpose, of attributes that iki would not write."""

import hashlib
from collections.abc import Callable

from agent.formats.cms.algorithms import build_digest_algorithm
from agent.formats.cms.build import SignerFields, build_signed_attributes, build_signed_data
from agent.formats.cms.vocabulary import COUNTERSIGNATURE
from agent.pki.certificate import SigningCertificate
from agent.pki.der import encode_object_identifier
from agent.pki.signatures import raw_to_der
from agent.roles import Role
from tests.cms import tree
from tests.cms.signing import CONTENT, request_of
from tests.cms.tree import Node
from tests.support.signer import NOW, SoftwareLab, SoftwareSigner

Alter = Callable[[dict[str, tuple[bytes, ...]]], object]
"""Changes the signed attributes before they are signed."""


def _nothing(attributes: dict[str, tuple[bytes, ...]]) -> None:
    del attributes


def craft_signer(
    lab: SoftwareLab,
    role: Role,
    alter: Alter,
    *,
    over: bytes | None = None,
    signer: SoftwareSigner | None = None,
    encode: Callable[[bytes], bytes] = raw_to_der,
) -> bytes:
    """Make a signerInfo over `CONTENT`, or a countersignature over the octets `over`."""
    by = signer or lab.signers[role]
    algorithm = by.certificate.algorithm
    digest = hashlib.new(algorithm.hash_name, CONTENT if over is None else over).digest()
    built = build_signed_attributes(
        request_of(lab, role, NOW, by.certificate), digest, countersignature=over is not None
    )
    attributes = {kind: tuple(values) for kind, values in built.items()}
    alter(attributes)
    fields = SignerFields(by.certificate, algorithm, attributes)
    value = by.sign_by(algorithm, hashlib.new(algorithm.hash_name, fields.signed_octets).digest())
    return fields.build(encode(value), {})


def craft(
    lab: SoftwareLab,
    alter: Alter = _nothing,
    *,
    role: Role = Role.MANUFACTURER,
    encode: Callable[[bytes], bytes] = raw_to_der,
) -> bytes:
    """Make a first signature with other signed attributes."""
    return assemble(lab, [craft_signer(lab, role, alter, encode=encode)])


def assemble(lab: SoftwareLab, signers: list[bytes], *more: SigningCertificate) -> bytes:
    """Put signerInfos into SignedData, with every party's certificate."""
    known = [item.certificate for item in lab.signers.values()]
    return build_signed_data(
        digest_algorithms=[build_digest_algorithm("sha256")],
        certificates=[item.der for item in (*known, *more, lab.authority.issuing_certificate)],
        crls=[],
        signer_infos=signers,
    )


def countersigned_by(
    lab: SoftwareLab, *counters: Callable[[bytes], bytes], more: tuple[SigningCertificate, ...] = ()
) -> bytes:
    """Make a manufacturer's signature with the countersignatures that the functions make of its value."""
    root = tree.load(assemble(lab, [craft_signer(lab, Role.MANUFACTURER, _nothing)], *more))
    signer = tree.signer(root)
    values = [tree.load(counter(signer.at(tree.VALUE).contents)) for counter in counters]
    attribute = Node(
        0x30, children=[tree.load(encode_object_identifier(COUNTERSIGNATURE)), Node(0x31, children=values)]
    )
    attribute.at(1).sort()
    signer.children.append(Node(0xA1, children=[attribute]))
    return root.dump()


def put(kind: str, *values: bytes) -> Alter:
    """Replace, or add, the values of a signed attribute."""

    def alter(attributes: dict[str, tuple[bytes, ...]]) -> None:
        attributes[kind] = values

    return alter


def without(kind: str) -> Alter:
    """Leave a signed attribute out."""

    def alter(attributes: dict[str, tuple[bytes, ...]]) -> None:
        del attributes[kind]

    return alter
