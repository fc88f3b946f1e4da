"""What is done to a countersigned workbook afterwards: `iki verify` fails, and says where."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import expect_failed, nothing_changes
from tests.package.attacks.changes import (
    OFFICE,
    ROOT,
    SHEET,
    SIG1,
    SIG2,
    TYPES,
    VALUE,
    WORKBOOK_RELS,
    Parts,
    add_relationship,
    both,
    flip_value,
    put,
    remove_signature,
    rewrite,
)
from tests.support.forms import retype_form
from tests.support.lab import Lab, Run, Story
from tests.support.zips import edit, parts_of

CASES: dict[str, tuple[Callable[[Parts], object], str, set[str]]] = {
    "a cell": (rewrite(SHEET, rb"<t>[^<]*</t>", b"<t>changed</t>"), "HASH_FAILURE", {"part-digest-mismatch"}),
    "a style": (
        rewrite("xl/styles.xml", rb"<sz val=", b"<sz  val="),
        "HASH_FAILURE",
        {"part-digest-mismatch"},
    ),
    "a part added": (put("xl/media/new.xml", b"<new/>"), "FORMAT_FAILURE", {"part-uncovered"}),
    "a part removed": (
        both(
            lambda parts: parts.pop("xl/theme/theme1.xml"),
            rewrite(WORKBOOK_RELS, rb"<Relationship [^>]*theme1[^>]*/>", b""),
            rewrite(TYPES, rb"<Override [^>]*theme1[^>]*/>", b""),
        ),
        "HASH_FAILURE",
        {"part-missing", "relationship-missing"},
    ),
    "a relationship added": (
        add_relationship(WORKBOOK_RELS, b"rIdNew", OFFICE + b"theme", b"theme/theme1.xml"),
        "FORMAT_FAILURE",
        {"relationship-uncovered"},
    ),
    "a relationship of the package added": (
        add_relationship(ROOT, b"rIdNew", OFFICE + b"theme", b"xl/theme/theme1.xml"),
        "FORMAT_FAILURE",
        {"relationship-uncovered"},
    ),
    "a relationship led elsewhere": (
        rewrite(WORKBOOK_RELS, rb'worksheets/sheet1\.xml"', b'worksheets/sheet2.xml"'),
        "HASH_FAILURE",
        {"relationship-digest-mismatch"},
    ),
    "a content type": (
        rewrite(TYPES, rb"spreadsheetml\.styles\+xml", b"spreadsheetml.theme+xml"),
        "HASH_FAILURE",
        {"content-type-mismatch"},
    ),
    "the first signature's value": (
        rewrite(SIG1, VALUE, flip_value),
        "SIG_CRYPTO_FAILURE",
        {"signature-value-wrong", "part-digest-mismatch"},
    ),
    "the first signature stripped": (
        remove_signature(SIG1),
        "FORMAT_FAILURE",
        {"role-missing", "part-missing", "relationship-missing"},
    ),
    "the countersignature stripped": (remove_signature(SIG2), "FORMAT_FAILURE", {"role-missing"}),
    "both signatures stripped": (
        both(remove_signature(SIG1), remove_signature(SIG2)),
        "FORMAT_FAILURE",
        {"role-missing"},
    ),
}


def verify(lab: Lab, path: Path, workbook: bytes) -> Run:
    """Verify a workbook under a path, reading only."""
    path.write_bytes(workbook)
    with nothing_changes(path.parent):
        return lab.iki("verify", path, "--json")


def codes(run: Run) -> set[str]:
    """List the findings of a run on one file."""
    return {finding["code"] for finding in run.json[0]["findings"]}


@pytest.fixture(scope="module")
def verdicts(shared_story: Story, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Verify all cases in one call; the worst exit status of nothing but TOTAL-FAILED is 4."""
    folder = tmp_path_factory.mktemp("changed")
    files = [folder / f"{name}.xlsx" for name in CASES]
    for file, (change, _, _) in zip(files, CASES.values(), strict=True):
        file.write_bytes(edit(shared_story.countersigned.read_bytes(), change))
    with nothing_changes(folder):
        run = shared_story.lab.iki("verify", *files, "--json")
    assert (run.status, run.stderr) == (ExitStatus.FAILED, "")
    return dict(zip(CASES, run.json, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_change_fails(verdicts: dict[str, Any], name: str) -> None:
    """TOTAL-FAILED, with the sub-indication and the findings of just this change."""
    verdict, (_, sub_indication, expected) = verdicts[name], CASES[name]
    assert verdict["verdict"] == "TOTAL-FAILED"
    # What a changed workbook shows, or that its form cannot be read any more, is a warning besides.
    assert {item["code"] for item in verdict["findings"] if item["level"] == "refuse"} == expected
    assert verdict["sub_indication"] == sub_indication


def test_a_workbook_zipped_anew_still_passes(shared_story: Story, tmp_path: Path) -> None:
    """The signature is on the parts: the base of the changes above is TOTAL-PASSED when nothing changes."""
    same = edit(shared_story.countersigned.read_bytes(), lambda parts: parts)
    assert verify(shared_story.lab, tmp_path / "f.xlsx", same).status == ExitStatus.OK


def test_document_properties_are_shown_as_untrusted(shared_story: Story, tmp_path: Path) -> None:
    """As in Office, docProps may change; the report says that nothing vouches for them."""
    changed = edit(
        shared_story.countersigned.read_bytes(),
        rewrite("docProps/core.xml", rb">iki</dc:creator>", b">Mallory</dc:creator>"),
    )
    run = verify(shared_story.lab, tmp_path / "f.xlsx", changed)
    assert run.status == ExitStatus.OK
    assert "/docProps/core.xml" in run.json[0]["untrusted"]


def test_the_first_signature_exchanged_for_another_good_one_fails(story: Story) -> None:
    """The countersigner approved that signature, not a later one by the same signer over the same form."""
    again = story.lab.sign(story.form, story.form.with_name("again.xlsx"))
    other = parts_of(again.read_bytes())[SIG1]
    changed = edit(story.countersigned.read_bytes(), put(SIG1, other))
    run = verify(story.lab, again, changed)
    assert (run.status, codes(run)) == (ExitStatus.FAILED, {"part-digest-mismatch"})
    first, second = run.json[0]["signatures"]
    assert (first["verdict"], second["verdict"]) == ("TOTAL-PASSED", "TOTAL-FAILED")


def test_signatures_moved_to_another_workbook_fail(story: Story) -> None:
    """What was signed is this workbook; its signatures say nothing of another."""
    donor = parts_of(story.countersigned.read_bytes())
    story.image.write_bytes(b"another image")
    story.lab.do("cpl", "new", story.form, "--example", "--image", story.image, "--force")
    own = parts_of(story.lab.sign(story.form, story.form.with_name("own.xlsx")).read_bytes())

    def take_signatures(parts: Parts) -> None:
        parts.update({name: data for name, data in donor.items() if name.startswith("_xmlsignatures/")})
        parts[TYPES] = donor[TYPES]

    assert own[SHEET] != donor[SHEET]
    changed = edit(story.form.with_name("own.xlsx").read_bytes(), take_signatures)
    run = verify(story.lab, story.form.with_name("moved.xlsx"), changed)
    assert run.status == ExitStatus.FAILED
    assert codes(run) == {"part-digest-mismatch"}
    assert {item["sub_indication"] for item in run.json[0]["signatures"]} == {"HASH_FAILURE"}


def test_two_countersignatures_fail(story: Story) -> None:
    """The Supplier's and the DCC's, each over the first alone, put together: each role is there once."""
    # Device types that are not known, so that both may countersign.
    signed = story.lab.sign(retype_form(story.form, "Meter", "Meter"), story.form.with_name("new.xlsx"))
    by_dcc = story.lab.countersign(signed, story.form.with_name("dcc.xlsx"), signer="dcc")
    by_supplier = story.lab.countersign(signed, story.form.with_name("supplier.xlsx"))
    third = "_xmlsignatures/sig3.xml"

    def join(parts: Parts) -> None:
        parts[third] = parts_of(by_dcc.read_bytes())[SIG2]
        rewrite(TYPES, rb"(<Override [^>]*)sig2\.xml([^>]*/>)", rb"\1sig2.xml\2\1sig3.xml\2")(parts)
        rels = "_xmlsignatures/_rels/origin.sigs.rels"
        rewrite(
            rels,
            rb'(<Relationship [^>]*Id=")([^"]*)("[^>]*)sig2\.xml([^>]*/>)',
            rb"\1\2\3sig2.xml\4\1rIdThird\3sig3.xml\4",
        )(parts)

    run = verify(story.lab, by_dcc, edit(by_supplier.read_bytes(), join))
    assert run.status == ExitStatus.FAILED
    assert "role-duplicate" in codes(run)


def test_what_iki_lab_tamper_does_is_noticed(story: Story) -> None:
    """The rehearsal's own attacker: one character of the Hash, both signatures left in place."""
    changed = story.form.with_name("changed.xlsx")
    story.lab.do("lab", "tamper", story.countersigned, "-o", changed)
    run = story.lab.iki("verify", changed)
    assert (run.status, run.stderr) == (ExitStatus.FAILED, "")
    assert run.stdout.startswith(f"{changed}: TOTAL-FAILED (HASH_FAILURE)\n")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"%PDF-1.7 not a workbook", id="not a zip"),
        pytest.param(lambda data: data[:-100], id="truncated"),
        pytest.param(lambda data: data + b"\0", id="octets after"),
        pytest.param(lambda data: b"\0" + data, id="octets before"),
    ],
)
def test_what_is_no_workbook_is_malformed(
    shared_story: Story, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """Exit 8, TOTAL-FAILED/FORMAT_FAILURE with one finding, and an error with a hint beside it."""
    run = verify(shared_story.lab, tmp_path / "f.xlsx", damage(shared_story.countersigned.read_bytes()))
    assert run.status == ExitStatus.DOCUMENT
    verdict: dict[str, Any] = run.json[0]
    assert (verdict["verdict"], verdict["sub_indication"]) == ("TOTAL-FAILED", "FORMAT_FAILURE")
    assert (verdict["signatures"], len(verdict["findings"])) == ([], 1)
    expect_failed(Run(run.status, "", run.stderr), ExitStatus.DOCUMENT)
