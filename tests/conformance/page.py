"""The page docs/conformance.md, made from what was run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conformance import edge_values, library, pkits
from tests.conformance.exceptions import EXCEPTIONS
from tests.conformance.pkits_table import SECTIONS, list_tests

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
_INTRODUCTION: Final = """\
Made by `make conformance`; a test says that it is current. Who judges this program's certification path,
revocation and signature values from outside, and what they say."""
_PKITS: Final = """\
The Public Key Interoperability Test Suite, certificates and CRLs of 2011, expected results by NIST. Every
CA certificate and CRL of the suite is at hand in every test. Subparts count as tests. A test that is skipped
is run too, and its path must be refused."""
_LIBRARY: Final = f"""\
The same tests put to the path verifier of cryptography {library.VERSION} alone, its extension policies as
permissive as they can be made, but for basicConstraints and keyCertSign in a CA (docs/adr/0004 draws the
conclusion). It reads no CRL and takes no policy inputs: what it wrongly accepts in 4.4, 4.5, 4.7, 4.14 and
4.15 is for want of a CRL, in 4.8, 4.9 and 4.12 of policies. What it wrongly refuses is its own: DSA (4.1), a
time in an encoding that RFC 5280 does not want (4.2), names compared octet for octet (4.3), self-issued CAs
counted against a path length (4.6), critical policyMappings, which no extension policy of its can name (4.10,
4.11), constraints on directory names and URIs (4.13). Below the table are paths as they are met in this
industry, all valid by RFC 5280, and valid to this program."""
_SECOND: Final = """\
So it is the second judge of paths, never the only one: a path is valid when neither our checks nor the
library refuses it. Where it has no word, for the reasons above, the path says so (`iki policy explain` shows
it). Of the certificates in PKITS that have a valid path, revocation aside, the library"""
_DIFFERENTIAL: Final = """\
Small PKIs with up to two faults each are put to this program, to `openssl verify -crl_check_all -extended_crl
-policy_check`, and to pyhanko-certvalidator with a CRL required for every certificate: some 100 fixed ones in
`make test`, 3000 new ones in `make conformance`. They must agree. Where a case has a fault of the list below
and a judge differs the way it says, that fault is taken out and the rest is compared again. Where
pyhanko-certvalidator breaks down (two CAs of one name with keys of two kinds), it is not compared."""
_VALUES: Final = """\
ECDSA, raw and DER, and RSA PKCS#1 v1.5 values at the edges: zero, n, over-long, non-minimal, short, padded, a
wrong DigestInfo. What is right follows from how each was made; no other program is asked."""
_RESULTS: Final = ("passed", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class Line:
    """One result."""

    group: str
    name: str
    result: str
    """`passed`, `skipped` or `failed`."""
    why: str = ""


def judge_pkits() -> list[Line]:
    """Run PKITS."""
    lines = []
    for test in list_tests():
        opinion, reason = pkits.run(test), pkits.SKIPPED.get(test.number, "")
        # A skip excuses a refusal, never an acceptance.
        right = not opinion.valid if reason else opinion.valid == test.valid
        result = "failed" if not right else "skipped" if reason else "passed"
        lines.append(Line(test.section, f"{test.number} {test.name}", result, reason or opinion.why))
    return lines


def judge_edge_values() -> list[Line]:
    """Run the edge values."""
    return [
        Line(family, edge.name, "passed" if opinion.valid == edge.valid else "failed", opinion.why)
        for family in edge_values.FAMILIES
        for edge in edge_values.list_edge_values(family)
        for opinion in (edge_values.run(edge),)
    ]


def render(tests: Sequence[Line], edges: Sequence[Line]) -> str:
    """Write the page."""
    parts = [
        "# Conformance",
        _INTRODUCTION,
        "## NIST PKITS",
        _PKITS,
        _table("section", tests, [(number, f"{number} {title}") for number, title in SECTIONS.items()]),
        "Skipped:",
        "\n".join(_skipped(tests)),
        "## The library's own verifier",
        _LIBRARY,
        _library_table(),
        "\n".join(f"- {name}: {outcome}" for name, outcome in library.ask_cases().items()),
        _SECOND,
        "\n".join(_confirmed()),
        "## openssl and pyhanko-certvalidator",
        _DIFFERENTIAL,
        "\n".join(_exceptions()),
        "## Signature values",
        _VALUES,
        _table("key", edges, [(family, family) for family in edge_values.FAMILIES]),
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: str, lines: Sequence[Line], groups: Iterable[tuple[str, str]]) -> str:
    """Write a table of counts, one row a group, and the sum."""
    rows = [(title, [line for line in lines if line.group == group]) for group, title in groups]
    written = [f"| {head} | {' | '.join(_RESULTS)} |", "|---" * (1 + len(_RESULTS)) + "|"]
    for title, members in (*rows, ("all", lines)):
        counts = [sum(line.result == result for line in members) for result in _RESULTS]
        written.append(f"| {title} | {' | '.join(map(str, counts))} |")
    return "\n".join(written)


def _library_table() -> str:
    """Write what the library says of PKITS, one row a section, and the sum."""
    asked = [(test.section, library.ask_pkits(test)) for test in list_tests()]
    rows = [*((number, f"{number} {title}") for number, title in SECTIONS.items()), ("", "all")]
    written = [f"| section | {' | '.join(library.OUTCOMES)} |", "|---" * (1 + len(library.OUTCOMES)) + "|"]
    for number, title in rows:
        found = [outcome for section, outcome in asked if section == (number or section)]
        counts = [str(found.count(outcome)) for outcome in library.OUTCOMES]
        written.append(f"| {title} | {' | '.join(counts)} |")
    return "\n".join(written)


def _confirmed() -> Iterator[str]:
    """List how many valid paths the library confirms, and why not the others."""
    counts = library.count_confirmed()
    yield f"- confirms {counts.pop('')},"
    for limit, count in counts.most_common():
        yield f"- has no word on {count}: {limit}."


def _skipped(lines: Iterable[Line]) -> Iterator[str]:
    """List the skipped tests by their reasons."""
    reasons: dict[str, list[str]] = {}
    for line in lines:
        if line.result == "skipped":
            reasons.setdefault(line.why, []).append(line.name.partition(" ")[0])
    for reason, numbers in reasons.items():
        yield f"- {', '.join(numbers)}: {reason}."


def _exceptions() -> Iterator[str]:
    """List the exceptions."""
    for exception in EXCEPTIONS:
        direction = "stricter" if exception.stricter else "less strict"
        faults = ", ".join(f"`{fault}`" for fault in sorted(exception.faults))
        where = "" if exception.where == "anywhere" else f" in the {exception.where}"
        yield f"- {faults}{where}: {direction} than {' and '.join(exception.judges)}. {exception.reason}"
