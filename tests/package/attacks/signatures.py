"""Attacks on the set of signatures and their values."""

from tests.package.attacks.changes import (
    ORIGIN,
    ORIGIN_RELS,
    PACKAGE,
    ROOT,
    SIG1,
    SIG2,
    VALUE,
    add_relationship,
    both,
    case,
    copy_signature,
    flip_value,
    forge_manifest,
    negate_s,
    put,
    remove_signature,
    rewrite,
    swap_signatures,
)

SIGNATURES = (
    case(
        "first-stripped",
        "stripping leaves a countersignature of nothing",
        remove_signature(SIG1),
        "part-missing",
    ),
    case("second-stripped", "stripping", remove_signature(SIG2), "role-missing"),
    case("both-exchanged", "re-ordering by file name", swap_signatures, "part-digest-mismatch"),
    case("all-stripped", "stripping", both(remove_signature(SIG2), remove_signature(SIG1)), "role-missing"),
    case(
        "origin-relationship-stripped",
        "Office then shows no signature",
        rewrite(ROOT, rb"<Relationship [^>]*origin\.sigs[^>]*/>", b""),
        "signature-stray",
    ),
    case(
        "second-origin",
        "which one counts is a guess",
        add_relationship(
            ROOT, b"rIdEvil", PACKAGE + b"digital-signature/origin", b"_xmlsignatures/origin.sigs"
        ),
        "origin-duplicate",
    ),
    case(
        "origin-not-empty",
        "room for content in a part that stays outside",
        put(ORIGIN, b"evil"),
        "origin-malformed",
    ),
    case(
        "origin-points-elsewhere",
        "a relationship of the origin to content",
        add_relationship(
            ORIGIN_RELS, b"rIdEvil", PACKAGE + b"digital-signature/certificate", b"/xl/styles.xml"
        ),
        "origin-relationship",
    ),
    case(
        "signature-copied",
        "a second copy of a signature",
        copy_signature,
        "role-duplicate",
    ),
    case("value-flipped", "cryptography", rewrite(SIG2, VALUE, flip_value), "signature-value-wrong"),
    case(
        "first-value-negated",
        "ECDSA is malleable: the first stays valid, the countersignature does not",
        rewrite(SIG1, VALUE, negate_s),
        "part-digest-mismatch",
    ),
    case(
        "value-truncated",
        "ECDSA values have an exact length",
        rewrite(SIG2, VALUE, b"<SignatureValue>AAAA</SignatureValue>"),
        "signature-value-wrong",
    ),
    case(
        "manifest-digest-replaced",
        "the Manifest's digest follows the forged part",
        forge_manifest,
        "object-digest-mismatch",
    ),
)
