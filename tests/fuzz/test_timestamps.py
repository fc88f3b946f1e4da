"""What is beside a signature may be changed by anybody: what is accepted says what was signed, and when."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from agent.errors import IkiError
from agent.formats.timestamp.exchange import TimestampRequest, parse_response
from agent.formats.timestamp.token import check_imprint, load_token
from agent.policy.verdict import COUNTERSIGNED
from agent.verdicts import PASSED
from tests.cms import tree
from tests.cms.signing import judge
from tests.fuzz.der import edited_der
from tests.fuzz.edits import Octets, edited
from tests.fuzz.meaning import read_meaning
from tests.fuzz.originals import read_statement
from tests.fuzz.profile import FAST, FAST_PARSER
from tests.fuzz.stamped import SECOND_PART, check_proven, make_stamped
from tests.fuzz.test_cms import read_signed
from tests.fuzz.trees import edited_tree
from tests.support.tokens import make_reply
from tests.support.zips import build_zip
from tests.timestamp.samples import verify

_WORDS = (b"\x30\x80", b"\x00\x00", b"\x05\x00", b"\x30\x00", b"\x31\x00", b"\xa0\x00", b"\xa1\x00")
_UNSIGNED = "{http://uri.etsi.org/01903/v1.3.2#}UnsignedProperties"
_CRLS = 0xA1


def _der(original: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(edited_der(original), edited(original, range(0, len(original), 11), _WORDS))


@contextmanager
def _one_line() -> Iterator[None]:
    """Let an error of ours pass, which is one line."""
    said = ""
    try:
        yield
    except IkiError as error:
        said = str(error)
    assert "\n" not in said


@FAST_PARSER
@given(st.deferred(lambda: _der(make_stamped().token)).map(Octets))
def test_tokens(token: bytes) -> None:
    """A token that was changed and holds says what the TSA said, by the same certificate."""
    original = make_stamped()
    expected = load_token(original.token)
    with _one_line():
        found = load_token(token)
        check_imprint(found, original.octets)
        assert (found.info, found.certificate) == (expected.info, expected.certificate)


@FAST_PARSER
@given(st.deferred(lambda: _der(make_reply(make_stamped().token))).map(Octets))
def test_answers(reply: bytes) -> None:
    """What a TSA answers, changed on its way."""
    original = make_stamped()
    with _one_line():
        found = parse_response(reply, TimestampRequest(original.octets, 1234))
        assert found.info == load_token(original.token).info


@st.composite
def _packages(draw: st.DrawFn) -> bytes:
    """Draw the package with the unsigned properties of its countersignature changed."""
    parts = make_stamped().parts
    changed = draw(st.one_of(edited_tree(parts[SECOND_PART], _UNSIGNED), _values(parts[SECOND_PART])))
    return Octets(build_zip({**parts, SECOND_PART: changed}, stored=True))


@st.composite
def _values(draw: st.DrawFn, part: bytes) -> bytes:
    """Draw the part with one of its tokens, certificates and CRLs changed."""
    root = etree.fromstring(part)
    values = [item for item in next(root.iter(_UNSIGNED)).iter() if item.text]
    chosen = draw(st.sampled_from(values))
    chosen.text = base64.b64encode(draw(_der(base64.b64decode(chosen.text or "")))).decode("ascii")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


@FAST
@given(_packages())
def test_unsigned_properties(package: bytes) -> None:
    """Timestamp, certificates and CRLs beside a signature of a package."""
    _check_package(package)


def _check_package(package: bytes) -> int:
    """Check a changed package; returns how many times it proves, -1 when it is not accepted."""
    original = make_stamped()
    verdict = verify(package, original.judge, COUNTERSIGNED)
    assert not any("\n" in finding.message for finding in verdict.findings)
    if verdict.verdict != PASSED:
        return -1
    assert read_meaning(package) == original.meaning
    assert sorted(read_statement(verdict), key=repr) == sorted(original.statement, key=repr)
    return check_proven(verdict)


def _crls(root: tree.Node) -> tree.Node:
    return next(item for item in tree.signed_data(root).children if item.tag == _CRLS)


def _unsigned(root: tree.Node) -> tree.Node:
    return tree.signer(root).at(tree.UNSIGNED)


@FAST
@given(
    st.deferred(
        lambda: st.one_of(
            *(edited_der(make_stamped().signature, place) for place in (_unsigned, tree.certificates, _crls))
        )
    ).map(Octets)
)
def test_unsigned_attributes(signature: bytes) -> None:
    """Timestamps, countersignature, certificates and CRLs of a detached CMS."""
    _check_signature(signature)


def _check_signature(signature: bytes) -> int:
    original = make_stamped()
    verdict = judge(original.judge, signature)
    assert not any("\n" in finding.message for finding in verdict.findings)
    if verdict.verdict != PASSED:
        return -1
    assert read_signed(signature) == read_signed(original.signature)
    return check_proven(verdict)


def test_the_originals_prove_their_times() -> None:
    """The invariant is not kept by believing no timestamp."""
    original = make_stamped()
    assert _check_package(original.package) == _check_signature(original.signature) == len(original.statement)
