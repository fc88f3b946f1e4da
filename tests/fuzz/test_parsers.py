"""Whatever reads what strangers send, or people write: a value, or an error of ours, and nothing else."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.config.configuration import parse_configuration
from agent.config.parties import parse_parties
from agent.config.policy import parse_policy
from agent.cpl.form import read_form
from agent.cpl.mapping import default_mapping, load_mapping
from agent.errors import DocumentError, IkiError
from agent.formats.package.package import open_package
from agent.formats.spreadsheet import open_workbook
from agent.pki.algorithms import algorithm_for
from agent.pki.certificate import load_certificates
from agent.pki.crl import load_crls
from agent.pki.der import MalformedDERError, parse_element
from agent.pki.names import parse_name
from agent.pki.requests import load_certification_request
from agent.pki.revocation import judge_revocation
from agent.roles import Role
from agent.service.evidence_reading import judge_bundle, parse_bundle
from hsm import PKCS11URI, HSMError
from tests.fuzz.edits import Octets, edited
from tests.fuzz.originals import make_original
from tests.fuzz.profile import FAST, FAST_PARSER
from tests.fuzz.trees import edited_tree
from tests.support.signer import LIMITS
from tests.support.zips import build_zip

_ROOT = Path(__file__).resolve().parent.parent.parent
_TOML_WORDS = (
    b"[",
    b"]",
    b'"',
    b"=",
    b"'''",
    b"\n",
    b"true",
    b"1e9",
    b"1979-05-27",
    b"{}",
    b"version = 2",
    b"\\u0000",
)
_DER_WORDS = (
    b"\x30\x80",
    b"\x30\x82\xff\xff",
    b"\x05\x00",
    b"\x00\x00",
    b"\x06\x01\x80",
    b"\x30\x00",
    b"\x31\x00",
)
_TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


@cache
def _certificates() -> tuple[bytes, ...]:
    original = make_original()
    signers = tuple(signer.certificate.der for signer in original.lab.signers.values())
    return (*signers, original.lab.authority.root_certificate.der)


@cache
def _crl() -> bytes:
    return make_original().judge.trust.crls[0].der


def _try(parse: Callable[[], object], errors: type[Exception] = IkiError) -> None:
    """Parse: a value or one of the documented errors, which are one line."""
    try:
        parse()
    except errors as error:
        said = str(error)
    else:
        said = ""
    assert "\n" not in said


@st.composite
def _der(draw: st.DrawFn, *originals: bytes) -> bytes:
    original = draw(st.sampled_from(originals))
    return draw(st.one_of(edited(original, range(0, len(original), 7), _DER_WORDS), st.binary(max_size=64)))


@FAST_PARSER
@given(st.deferred(lambda: _der(*_certificates())))
def test_certificates(data: bytes) -> None:
    """Certificates, and every word that a report says of them."""

    def read() -> None:
        for certificate in load_certificates(data, where="fuzz"):
            names = (certificate.display_name, certificate.issuer, certificate.serial_hex)
            assert all("\n" not in name for name in names)
            assert certificate.role_code + certificate.entity_identifier is not None
            _try(partial(algorithm_for, certificate.spki_der))

    _try(read)


@FAST_PARSER
@given(st.deferred(lambda: _der(_crl())))
def test_crls(data: bytes) -> None:
    """Certificate revocation lists, and what a verifier asks of one."""
    original = make_original()
    certificate = original.lab.signers[Role.MANUFACTURER].certificate

    def read() -> None:
        for crl in load_crls(data, where="fuzz"):
            judge_revocation(
                certificate,
                issuer=original.lab.authority.issuing_certificate,
                crls=(crl,),
                at=original.judge.at,
                tolerance=original.judge.settings.crl_grace,
                maximum_age=original.judge.settings.crl_maximum_age,
            )

    _try(read)


@FAST_PARSER
@given(st.deferred(lambda: _der(*_certificates(), _crl())))
def test_der(data: bytes) -> None:
    """DER elements all the way down, and names."""
    for parse in (_walk, parse_name):
        _try(partial(parse, data), MalformedDERError)


def _walk(data: bytes) -> None:
    todo = [parse_element(data)]
    while todo:
        element = todo.pop()
        assert data[element.start : element.end] == element.encoded
        if element.tag & 0x20:
            todo.extend(element.children())


@FAST_PARSER
@given(st.deferred(lambda: _der(*_certificates())))
def test_certification_requests(data: bytes) -> None:
    """Certification requests in DER."""
    _try(lambda: load_certification_request(data))


@FAST_PARSER
@given(
    st.one_of(
        _TEXTS,
        _TEXTS.map("pkcs11:".__add__),
        st.lists(
            st.sampled_from(
                (
                    "token=a",
                    "id=%00%ff",
                    "id=%f",
                    "object=%C3",
                    "slot-id=1",
                    "type=cert",
                    "pin-value=1",
                    "serial=",
                    ";",
                )
            )
        ).map(lambda parts: "pkcs11:" + ";".join(parts)),
        _TEXTS.map("pkcs11:token=a?module-path=".__add__),
    )
)
def test_uris(text: str) -> None:
    """PKCS#11 URIs; what was read is written as text that reads the same."""

    def read() -> None:
        uri = PKCS11URI.parse(text)
        assert PKCS11URI.parse(str(uri)) == uri

    _try(read, HSMError)


@st.composite
def _toml(draw: st.DrawFn, name: str) -> bytes:
    return draw(edited((_ROOT / name).read_bytes(), words=_TOML_WORDS))


@FAST_PARSER
@given(_toml("config/policy.example.toml"), _toml("config/iki.example.toml"))
def test_policy_and_configuration(policy: bytes, configuration: bytes) -> None:
    """Policy files and configurations."""
    _try(lambda: parse_policy(policy, where="fuzz"))
    _try(lambda: parse_configuration(configuration, path=Path("/fuzz/iki.toml")))


@FAST_PARSER
@given(_toml("config/parties.toml"), _toml("config/cpl-form.toml"))
def test_parties_and_mapping(parties: bytes, mapping: bytes) -> None:
    """Party registers and form mappings."""
    _try(lambda: parse_parties(parties, where="fuzz"))
    _try(lambda: load_mapping(mapping, where="fuzz"))


@st.composite
def _bundles(draw: st.DrawFn) -> bytes:
    return Octets(
        draw(edited(make_original().bundle, words=(b"PK\x03\x04", b"null", b"{}", b"[]", b"1e999", b'"')))
    )


@FAST
@given(_bundles())
def test_evidence_bundles(data: bytes) -> None:
    """Evidence bundles are judged, or refused."""
    _try(lambda: judge_bundle(parse_bundle(data, ceiling=LIMITS)))


@st.composite
def _workbooks(draw: st.DrawFn) -> bytes:
    parts = make_original().parts
    names = ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/workbook.xml")
    name = draw(st.sampled_from(names))
    changed = st.one_of(
        edited(parts[name], words=(b"<c r='A1'>", b"<f>", b"<![CDATA[")), edited_tree(parts[name])
    )
    return Octets(build_zip({**parts, name: draw(changed)}, stored=True))


@FAST
@given(_workbooks())
def test_forms(data: bytes) -> None:
    """The spreadsheet reader and the form."""

    def read() -> None:
        read_form(open_workbook(open_package(data, LIMITS)), default_mapping())

    _try(read, DocumentError)
