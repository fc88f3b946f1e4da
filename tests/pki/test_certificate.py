"""Certificates, the odd ones of the field included."""

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DocumentError, IkiError
from agent.lab.ca_builders import TEST_POLICY
from agent.pki.certificate import load_certificate, load_certificates
from agent.pki.der import BIT_STRING, SEQUENCE, SET, UTF8_STRING, encode, encode_object_identifier
from agent.pki.pem import to_pem
from tests.pki.support import (
    BEGIN,
    DAY,
    END,
    asn1_name,
    bend_certificate,
    ca_extensions,
    make_hierarchy,
    make_key,
    make_name,
    make_party,
    null_parameters,
    usage,
)

_EUI64 = bytes.fromhex("90b3d51f30000001")


def _rdn(oid: str, tag: int, value: bytes) -> bytes:
    """Encode an RDN of one attribute."""
    return encode(SET, encode(SEQUENCE, encode_object_identifier(oid) + encode(tag, value)))


def _with_subject(*rdns: bytes) -> bytes:
    """Make a certificate with a subject that builders do not make."""
    hierarchy = make_hierarchy()

    def bend(structure: Any) -> None:
        structure["tbs_certificate"]["subject"] = asn1_name.load(encode(SEQUENCE, b"".join(rdns)))

    return bend_certificate(hierarchy.signer.certificate.der, hierarchy.issuing.key, bend)


def test_the_industry_shape_is_read() -> None:
    """O, role code, CN and EUI-64 come out of the subject as the mission describes it."""
    der = _with_subject(
        _rdn("2.5.4.10", UTF8_STRING, b"Example Meters Ltd"),
        _rdn("2.5.4.11", UTF8_STRING, b"8c"),
        _rdn("2.5.4.3", UTF8_STRING, b"release system"),
        _rdn("2.5.4.45", BIT_STRING, b"\0" + _EUI64),
    )
    certificate = load_certificate(der, where="test")
    assert (
        certificate.organisation,
        certificate.role_code,
        certificate.common_name,
        certificate.entity_identifier,
    ) == ("Example Meters Ltd", "8C", "release system", "90B3D51F30000001")


def test_an_ambiguous_subject_speaks_for_nobody() -> None:
    """Two organisations, two role codes or a long unique identifier give empty answers, not the first."""
    certificate = load_certificate(
        _with_subject(
            _rdn("2.5.4.10", UTF8_STRING, b"One"),
            _rdn("2.5.4.10", UTF8_STRING, b"Two"),
            _rdn("2.5.4.11", UTF8_STRING, b"02"),
            _rdn("2.5.4.11", UTF8_STRING, b"03"),
            _rdn("2.5.4.45", BIT_STRING, b"\0" + _EUI64 + b"\1"),
        ),
        where="test",
    )
    assert (certificate.organisation, certificate.role_code, certificate.entity_identifier) == ("", "", "")


def test_other_units_do_not_hide_the_role_code() -> None:
    """Only an OU of exactly two hexadecimal digits is a role code."""
    units = [_rdn("2.5.4.11", UTF8_STRING, unit) for unit in (b"Releases", b"02", b"0x2", b"123")]
    assert load_certificate(_with_subject(*units), where="test").role_code == "02"


def test_plain_fields_are_read() -> None:
    """Names, serial, dates, usage and key, and no extension where there is none."""
    certificate = make_hierarchy().signer.certificate
    assert (
        certificate.subject,
        certificate.issuer,
        certificate.serial_hex,
        certificate.not_before,
        certificate.not_after,
        certificate.key_usage,
        certificate.extended_key_usage,
        certificate.is_ca,
        certificate.key_kind,
        certificate.algorithm.name,
    ) == (
        "CN=TEST signer,O=Example Meters Ltd",
        "CN=TEST issuing,O=Example Meters Ltd",
        "1001",
        BEGIN,
        END,
        frozenset({"digitalSignature"}),
        None,
        False,
        "ec-p256",
        "ecdsa-sha256",
    )


def test_extensions_are_read() -> None:
    """Policies, purposes, path length and the private key's own period."""
    late = BEGIN.replace(tzinfo=None) + DAY
    party = make_party(
        "TEST extensions",
        None,
        [
            *ca_extensions(3),
            (
                x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(TEST_POLICY), None)]),
                False,
            ),
            (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")]), False),
            (x509.PrivateKeyUsagePeriod(None, late), False),
        ],
    ).certificate
    assert (
        party.is_ca,
        party.path_length,
        party.key_usage,
        party.policies,
        party.extended_key_usage,
        party.private_key_usage_period,
    ) == (
        True,
        3,
        frozenset({"keyCertSign", "cRLSign"}),
        frozenset({TEST_POLICY}),
        frozenset({"1.3.6.1.5.5.7.3.36"}),
        (None, BEGIN + DAY),
    )


def test_a_certificate_without_key_usage_says_so() -> None:
    """None is not the empty set: the extension is absent."""
    assert make_party("TEST bare", None, []).certificate.key_usage is None
    empty = make_party("TEST no bit", None, [(usage("encipher_only", "key_agreement"), True)]).certificate
    assert empty.key_usage == frozenset({"keyAgreement"})


def test_null_parameters_of_ecdsa_are_read() -> None:
    """A measured oddity that cryptography refuses to load: same content, other octets."""
    hierarchy = make_hierarchy()
    plain = hierarchy.signer.certificate
    der = bend_certificate(plain.der, hierarchy.issuing.key, null_parameters)
    with pytest.raises(ValueError, match="ParseError"):
        x509.load_der_x509_certificate(der)
    odd = load_certificate(der, where="test")
    assert (odd.der, odd.subject, odd.spki_der, odd == plain) == (der, plain.subject, plain.spki_der, False)


@pytest.mark.parametrize(("serial", "text"), [(0, "00"), (-5, "-05"), (2**159 + 1, "80" + "00" * 18 + "01")])
def test_serial_numbers_of_non_conforming_issuers_are_read(
    serial: int, text: str, recwarn: pytest.WarningsRecorder
) -> None:
    """RFC 5280 clause 4.1.2.2 wants users to be prepared for them; no warning reaches the terminal."""
    hierarchy = make_hierarchy()

    def bend(structure: Any) -> None:
        structure["tbs_certificate"]["serial_number"] = serial

    der = bend_certificate(hierarchy.signer.certificate.der, hierarchy.issuing.key, bend)
    certificate = load_certificate(der, where="test")
    assert (certificate.serial, certificate.serial_hex, len(recwarn)) == (serial, text, 0)


def test_equality_and_hash_are_those_of_the_der() -> None:
    """Where it was read from does not make another certificate."""
    party = make_hierarchy().signer.certificate
    again = load_certificate(party.der, where="elsewhere")
    other = make_hierarchy().issuing.certificate
    assert (party == again, len({party, again, other})) == (True, 2)


@pytest.mark.parametrize("wrap", ["pem", "crlf", "text", "one line", "der"])
def test_every_usual_form_of_file_is_loaded(wrap: str) -> None:
    """PEM with LF or CRLF, with explanatory text, in one line, and DER."""
    certificate = make_hierarchy().signer.certificate
    pem = to_pem("CERTIFICATE", certificate.der)
    body = base64.b64encode(certificate.der)
    data = {
        "pem": pem,
        "crlf": pem.replace(b"\n", b"\r\n"),
        "text": b"subject=x\n" + pem + b"end\n",
        "one line": b"-----BEGIN CERTIFICATE-----\n" + body + b"\n-----END CERTIFICATE-----",
        "der": certificate.der,
    }[wrap]
    assert load_certificate(data, where="test") == certificate


def test_pem_is_written_as_cryptography_writes_it() -> None:
    """An independent writer of RFC 7468 agrees."""
    certificate = make_hierarchy().signer.certificate
    assert to_pem("CERTIFICATE", certificate.der) == certificate.library.public_bytes(Encoding.PEM)


def test_a_bundle_is_loaded_in_order() -> None:
    """Several certificates load together, and not where one is expected."""
    chain = (make_hierarchy().signer.certificate, make_hierarchy().issuing.certificate)
    data = b"".join(to_pem("CERTIFICATE", certificate.der) for certificate in chain)
    assert load_certificates(data, where="test") == chain
    with pytest.raises(DocumentError) as caught:
        load_certificate(data, where="test")
    assert caught.value.code == "certificate-malformed"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x30\x00",
        b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ],
)
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    """One error of one code, whatever is wrong."""
    with pytest.raises(DocumentError) as caught:
        load_certificates(data, where="test")
    assert caught.value.code == "certificate-malformed"


def test_octets_behind_a_certificate_are_refused() -> None:
    """A DER file is the certificate and nothing else."""
    with pytest.raises(DocumentError):
        load_certificate(make_hierarchy().signer.certificate.der + b"\0", where="test")


@given(
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 2)
)
def test_a_damaged_certificate_raises_nothing_foreign(changes: list[tuple[int, int]], cut: int) -> None:
    """Whatever octets are changed or cut, it loads and answers, or it raises an error of this program."""
    der = bytearray(make_hierarchy().issuing.certificate.der)
    for position, octet in changes:
        der[position % len(der)] = octet
    try:
        certificate = load_certificate(bytes(der[: len(der) - cut]), where="test")
        assert certificate.subject is not None
        assert certificate.algorithm.name
    except IkiError:
        return


def test_the_builder_of_names_is_the_one_expected() -> None:
    """The support module's names print as the assertions of this suite write them."""
    assert make_name("a").rfc4514_string() == "CN=a,O=Example Meters Ltd"
    assert make_key("a") is make_key("a")


def test_a_party_is_named_on_one_line() -> None:
    """A line break in a subject does not break the line that names it: found by fuzzing."""
    party = make_party(make_name("Meter\nTOTAL-PASSED", "Example\x1b[2J"), None, [])
    assert party.certificate.display_name == "Meter\\0aTOTAL-PASSED, Example\\1b[2J"
