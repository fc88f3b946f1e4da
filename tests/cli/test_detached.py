"""`--format cms`: a signature beside a file of any type, signed, countersigned and verified."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, expect_refused, expect_warned, nothing_changes
from tests.cli.test_schemas import check
from tests.cms import openssl, tree
from tests.cms.attacks import corrupt_countersignature
from tests.support.lab import Lab, Run, Story, sha256

CMS = ("--format", "cms")


def beside(file: Path, suffix: str = "") -> Path:
    """Name the signature beside a file."""
    return file.with_name(f"{file.name}{suffix}.p7s")


def act(story: Story, verb: str, signer: str, *more: str | Path) -> Run:
    """Sign or countersign the form in a detached CMS."""
    return story.lab.iki(verb, story.form, *CMS, "--as", signer, *more)


@pytest.fixture(scope="session")
def detached_once(shared_story: Story, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Make a form with both signatures beside it; only read."""
    story = shared_story.copy(tmp_path_factory.mktemp("detached"))
    story.signed.unlink()
    story.countersigned.unlink()
    for verb, signer in (("sign", "manufacturer"), ("countersign", "supplier")):
        run = act(story, verb, signer)
        assert (run.status, run.stderr) == (ExitStatus.OK, "")
    return story


@pytest.fixture
def detached(detached_once: Story, tmp_path: Path) -> Story:
    """Return a copy, for a test that changes it."""
    folder = tmp_path / "files"
    shutil.copytree(detached_once.form.parent, folder)
    form = folder / "form.xlsx"
    lab = detached_once.lab.copy(tmp_path / "lab")
    return Story(lab, folder / "form.bin", form, beside(form), beside(form, ".countersigned"))


def test_the_signatures_appear_beside_the_file(detached: Story) -> None:
    """FILE.p7s, then FILE.countersigned.p7s; audit lines say the container, and what was countersigned."""
    names = {path.name for path in detached.form.parent.iterdir()}
    assert names == {"form.xlsx", "form.bin", "form.xlsx.p7s", "form.xlsx.countersigned.p7s"}
    for path in (detached.signed, detached.countersigned):
        path.unlink()
    before = sha256(detached.form)
    with audited(detached.lab, ("sign", "allowed", ()), ("countersign", "allowed", ())) as added:
        for verb, signer in (("sign", "manufacturer"), ("countersign", "supplier")):
            check("sign", act(detached, verb, signer, "--json").json)
    assert [line["container"] for line in added] == ["cms", "cms"]
    assert "signature_file" not in added[0]
    assert added[1]["signature_file"] == str(detached.signed)
    assert [line["sha256_after"] for line in added] == [
        sha256(detached.signed),
        sha256(detached.countersigned),
    ]
    assert {line["sha256_before"] for line in added} == {before} == {sha256(detached.form)}


def test_verify_takes_the_countersigned_one_and_says_so(detached: Story) -> None:
    """FILE.countersigned.p7s before FILE.p7s, unless one is named; openssl accepts both."""
    run = detached.lab.iki("verify", detached.form, *CMS, "--json")
    check("verify", run.json)
    assert (run.status, run.json[0]["signature_file"]) == (ExitStatus.OK, str(detached.countersigned))
    first = ("--signature", detached.signed)
    assert detached.lab.iki("verify", detached.form, *CMS, *first).status == ExitStatus.FAILED
    alone = detached.lab.iki("verify", detached.form, *CMS, *first, "--require", "manufacturer")
    assert alone.status == ExitStatus.OK
    assert f"  signature in {detached.signed}\n" in alone.stdout
    detached.countersigned.unlink()
    assert (
        detached.lab.iki("verify", detached.form, *CMS, "--require", "manufacturer").status == ExitStatus.OK
    )


def test_the_report_says_what_stripping_means(detached_once: Story) -> None:
    """Whatever the verdict: the container cannot show that a countersignature is gone."""
    run = detached_once.lab.iki("verify", detached_once.form, *CMS, "--json")
    assert [item["code"] for item in run.json[0]["findings"]] == ["countersignature-strippable"]
    assert run.json[0]["findings"][0]["level"] == "inform"


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _corrupt(path: Path) -> None:
    path.write_bytes(tree.changed(path.read_bytes(), corrupt_countersignature))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda story: _flip(story.form), ExitStatus.FAILED),
        (lambda story: _corrupt(story.countersigned), ExitStatus.FAILED),
        (lambda story: story.countersigned.write_bytes(b"PK no signature"), ExitStatus.DOCUMENT),
        (lambda story: story.countersigned.write_bytes(b"-----BEGIN CMS-----"), ExitStatus.DOCUMENT),
        (lambda story: story.countersigned.write_bytes(b"\x30" * 20_000_000), ExitStatus.DOCUMENT),
    ],
    ids=["file", "countersignature", "rubbish", "PEM", "too large"],
)
def test_what_is_wrong_has_its_exit_status(
    detached: Story, change: Callable[[Story], object], status: ExitStatus
) -> None:
    """4 for a signature that fails, 8 for what is none; the JSON fits its schema."""
    change(detached)
    run = detached.lab.iki("verify", detached.form, *CMS, "--json")
    assert run.status == status
    check("verify", run.json)


def test_a_signature_alone_gets_a_helpful_answer(detached_once: Story) -> None:
    """Whoever gives the .p7s in the place of the file is told the whole command."""
    p7s = beside(detached_once.form, ".countersigned")
    for more in ((), CMS):
        run = detached_once.lab.iki("verify", p7s, *more)
        expect_failed(run, ExitStatus.USAGE)
        command = f"iki verify {detached_once.form} --format cms --signature {p7s}"
        assert run.lines("hint") == [command]


def test_a_forgotten_format_is_recalled(detached: Story) -> None:
    """What is no workbook, but has a signature beside it, is to be verified with `--format cms`."""
    rubbish = detached.form.with_name("a.bin")
    rubbish.write_bytes(b"no workbook")
    shutil.copy(detached.signed, beside(rubbish))
    run = detached.lab.iki("verify", rubbish)
    assert run.status == ExitStatus.DOCUMENT
    assert "--format cms" in run.lines("hint")[0]


def test_a_name_as_long_as_can_be(detached: Story) -> None:
    """No signature can lie beside it: that is said, and nothing breaks."""
    longest = detached.form.with_name("x" * 255)
    longest.write_bytes(b"any")
    for arguments in (("verify",), ("countersign", "--as", "supplier"), ("sign", "--as", "manufacturer")):
        run = detached.lab.iki(arguments[0], longest, *CMS, *arguments[1:])
        expect_failed(run, ExitStatus.USAGE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "FILE", "--signature", "FILE.p7s"),
        ("countersign", "FILE", "--as", "supplier", "--signature", "FILE.p7s"),
        ("verify", "FILE", "FILE", *CMS, "--signature", "FILE.p7s"),
        ("verify", "OTHER", *CMS),
        ("countersign", "OTHER", *CMS, "--as", "supplier"),
        ("sign", "FILE", *CMS, "--as", "manufacturer"),
        ("countersign", "FILE", *CMS, "--as", "supplier", "-o", "FILE.p7s", "--force"),
        ("sign", "FILE", *CMS, "--as", "supplier"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_changes_nothing(detached: Story, arguments: tuple[str, ...]) -> None:
    """--signature without a use, no signature, an output that is there or is the input, a wrong role."""
    other = shutil.copy(detached.image, detached.form.with_name("other.bin"))
    places = {"FILE": detached.form, "FILE.p7s": detached.signed, "OTHER": Path(other)}
    with nothing_changes(detached.form.parent):
        expect_failed(detached.lab.iki(*(places.get(item, item) for item in arguments)), ExitStatus.USAGE)


def test_a_file_of_any_type_is_signed_with_a_warning(detached: Story) -> None:
    """What is no form cannot be read, which is said; with an image to compare, it is refused."""
    expect_warned(
        detached.lab.iki("sign", detached.image, *CMS, "--as", "manufacturer"), "form-not-recognised"
    )
    image = ("--image", detached.image)
    expect_refused(
        detached.lab.iki("sign", detached.image, *CMS, "--as", "manufacturer", *image, "--force"),
        "form-not-recognised",
    )
    detached.lab.do("countersign", detached.image, *CMS, "--as", "dcc")
    assert detached.lab.iki("verify", detached.image, *CMS).status == ExitStatus.OK


def test_a_workbook_too_large_to_be_read_is_warned_of(detached: Story) -> None:
    """It passes, because it was signed; that its countersigner was not checked is said."""
    detached.lab.configuration.write_text(
        detached.lab.configuration.read_text() + "\n[limits]\nmax_file_bytes = 1000\n"
    )
    run = detached.lab.iki("verify", detached.form, *CMS, "--json")
    assert run.status == ExitStatus.OK
    assert [item["code"] for item in run.json[0]["findings"]] == [
        "form-unreadable",
        "countersignature-strippable",
    ]


def test_the_form_s_rules_are_those_of_a_package(detached: Story) -> None:
    """The Hash is compared with the image, and Devices are countersigned by a Supplier."""
    detached.image.write_bytes(b"another image")
    image = ("--image", detached.image)
    expect_refused(act(detached, "sign", "manufacturer", *image, "--force"), "image-hash-mismatch")
    run = act(detached, "countersign", "dcc", "-o", detached.form.with_name("out.p7s"))
    expect_refused(run, "countersigner-for-device-type")


def test_the_content_is_looked_through_as_in_a_package(detached: Story) -> None:
    """A hidden sheet refuses at signing; signed all the same, it is warned of at verification."""
    workbook = load_workbook(detached.form)
    workbook.create_sheet("aside").sheet_state = "hidden"
    workbook.save(detached.form)
    expect_refused(act(detached, "sign", "manufacturer", "--force"), "sheet-hidden")
    policy = detached.lab.folder / "policy.toml"
    policy.write_text(policy.read_text() + '\n[lint.sign]\nsheet-hidden = "warn"\n')
    expect_warned(act(detached, "sign", "manufacturer", "--force"), "sheet-hidden")
    first = ("--signature", detached.signed, "--require", "manufacturer")
    run = detached.lab.iki("verify", detached.form, *CMS, *first, "--json")
    assert run.status == ExitStatus.OK
    assert "sheet-hidden" in {item["code"] for item in run.json[0]["findings"]}


def test_only_what_passes_is_countersigned(detached: Story) -> None:
    """A file changed after it was signed; a signature that is countersigned already."""
    out = ("-o", detached.form.with_name("out.p7s"))
    again = act(detached, "countersign", "supplier", *out, "--signature", detached.countersigned)
    expect_refused(again, "already-signed")
    detached.image.write_bytes(b"not what was signed")
    other = ("countersign", detached.image, *CMS, "--as", "dcc", *out, "--signature", detached.signed)
    run = detached.lab.iki(*other)
    assert run.status == ExitStatus.REFUSED
    assert "countersign-verified-only" in run.stderr


def test_rsassa_pss_on_request(labs: Callable[[str], Lab], tmp_path: Path) -> None:
    """`rsa_padding = "pss"` signs so on the token; openssl verifies it; a package has no such signature."""
    lab = labs("rsa-2048").copy(tmp_path / "lab")
    lab.configure('role = "manufacturer"', 'role = "manufacturer"\nrsa_padding = "pss"')
    form = lab.write_form(tmp_path / "form.xlsx")
    run = lab.iki("sign", form, *CMS, "--as", "manufacturer", "--json")
    assert run.json["algorithm"] == "rsa-pss-sha256", run.stderr
    openssl.do(
        *("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", beside(form), "-content", form),
        *("-CAfile", lab.root, "-purpose", "any", "-out", tmp_path / "verified"),
    )
    assert lab.iki("verify", form, *CMS, "--require", "manufacturer").status == ExitStatus.OK
    expect_failed(lab.iki("sign", form, "--as", "manufacturer"), ExitStatus.USAGE)
