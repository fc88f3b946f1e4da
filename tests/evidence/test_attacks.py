"""Bundles that are not as they were written: every change is told, none makes another verdict pass."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.config.limits import DocumentLimits
from agent.errors import DocumentError, UsageError
from agent.service.evidence import Evidence, verify_evidence
from agent.service.evidence_reading import parse_bundle
from agent.verdicts import Indication
from tests.evidence.conftest import Case
from tests.evidence.parts import Members, agree, edit_manifest, edit_verdict, read_members, write_members
from tests.support.signer import NOW, make_software_lab

LIMITS = DocumentLimits()


def _verify(data: bytes, tmp_path: Path, **more: Any) -> Evidence:
    path = tmp_path / "changed.zip"
    path.write_bytes(data)
    return verify_evidence(path, ceiling=LIMITS, **more)


def _code_of(data: bytes, tmp_path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        _verify(data, tmp_path)
    assert caught.value.hint
    return caught.value.code


def test_every_single_octet_counts(case: Case) -> None:
    """One octet changed, anywhere (every 7th, and each of the first header and of the directory)."""
    data = case.bundle.read_bytes()
    start = data.index(b"PK\x01\x02")
    for place in sorted({*range(0, start, 7), *range(46), *range(start, len(data))}):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        with pytest.raises(DocumentError):
            parse_bundle(bytes(changed), ceiling=LIMITS)


@pytest.mark.parametrize("length", [0, 1, 21, 22, 1000, -1, -22])
def test_a_cut_bundle_is_an_error(case: Case, tmp_path: Path, length: int) -> None:
    """However much of it came."""
    assert _code_of(case.bundle.read_bytes()[:length], tmp_path)


def test_octets_after_or_before_the_zip_are_an_error(case: Case, tmp_path: Path) -> None:
    """A bundle is the whole file."""
    data = case.bundle.read_bytes()
    assert _code_of(data + b"\0", tmp_path) == "zip-suffix"
    assert _code_of(b"\0" + data, tmp_path) == "package-not-zip"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_bundle_zipped_anew_is_an_error(case: Case, tmp_path: Path, method: int) -> None:
    """Same members, other container: the digest that was noted would not match either."""
    data = write_members(read_members(case.bundle.read_bytes()), method=method)
    assert _code_of(data, tmp_path) in {"bundle-not-canonical", "zip-method"}


def _rebuild(case: Case, change: Callable[[Members], object]) -> bytes:
    """Change members and write them with the product's own writer: the container is perfect."""
    from agent.formats.bundle import build_bundle  # noqa: PLC0415 - only what a forger does

    members = read_members(case.bundle.read_bytes())
    change(members)
    return build_bundle(members)


def _set(name: str, data: bytes) -> Callable[[Members], None]:
    return lambda members: members.__setitem__(name, data)


def _manifest(**values: object) -> Callable[[Members], None]:
    return lambda members: edit_manifest(members, lambda manifest: manifest.update(values))


def _reorder(members: Members) -> None:
    members["document.xlsx"] = members.pop("document.xlsx")


def _last(members: Members) -> None:
    members["manifest.json"] = members.pop("manifest.json")


def _then_agree(change: Callable[[Members], object]) -> Callable[[Members], None]:
    def changed(members: Members) -> None:
        change(members)
        agree(members)

    return changed


def _swap_signers(members: Members) -> None:
    members["signers/001.crt"], members["signers/002.crt"] = (
        members["signers/002.crt"],
        members["signers/001.crt"],
    )


def _surrogate(members: Members) -> None:
    members["manifest.json"] = members["manifest.json"].replace(b'"form.xlsx"', rb'"\ud800"')


CHANGED: dict[str, tuple[Callable[[Members], object], str]] = {
    "document changed": (_set("document.xlsx", b"other"), "evidence-member-changed"),
    "verdict changed": (_set("verdict.json", b"{}"), "evidence-member-changed"),
    "CRL changed": (_set("crls/001.crl", b"0"), "evidence-member-changed"),
    "document missing": (lambda members: members.pop("document.xlsx"), "evidence-member-missing"),
    "CRL missing": (lambda members: members.pop("crls/002.crl"), "evidence-member-missing"),
    "manifest missing": (lambda members: members.pop("manifest.json"), "evidence-manifest"),
    "extra anchor": (_set("anchors/002.crt", b"0"), "evidence-member-extra"),
    "extra file": (_set("readme.txt", b"trust me"), "evidence-member-extra"),
    "reordered": (_reorder, "evidence-member-changed"),
    "manifest last": (_last, "evidence-manifest"),
    "listed stranger": (_then_agree(_set("readme.txt", b"trust me")), "evidence-member-extra"),
    "listed path": (_then_agree(_set("../document.xlsx", b"")), "evidence-member-extra"),
    "two documents": (_then_agree(_set("document.xlsm", b"")), "evidence-member-extra"),
    "no document": (_then_agree(lambda members: members.pop("document.xlsx")), "evidence-member-missing"),
    "no verdict": (_then_agree(lambda members: members.pop("verdict.json")), "evidence-member-missing"),
    "policy not named": (_then_agree(_set("policy.toml", b"")), "evidence-member-extra"),
    "policy not there": (_manifest(policy="policy.toml"), "evidence-member-missing"),
    "other signers": (_then_agree(_swap_signers), "evidence-member-changed"),
    "no certificate": (_then_agree(_set("anchors/001.crt", b"0\0")), "certificate-malformed"),
    "no CRL": (_then_agree(_set("crls/001.crl", b"0\0")), "crl-malformed"),
    "no mapping": (_then_agree(_set("mapping.json", b"{}")), "evidence-mapping"),
    "no notes": (_then_agree(_set("notes.json", b"[1]")), "evidence-notes"),
    "no register": (_then_agree(_set("parties.toml", b"x")), "evidence-policy"),
    "no verdict inside": (_then_agree(_set("verdict.json", b"[" * 100_000)), "evidence-verdict"),
    "not JSON": (_set("manifest.json", b"\xff"), "evidence-manifest"),
    "deep JSON": (_set("manifest.json", b"[" * 100_000), "evidence-manifest"),
    "surrogate": (_surrogate, "evidence-manifest"),
    "other format": (_manifest(format="iki-evidence-2"), "evidence-manifest"),
    "unknown key": (_manifest(note="x"), "evidence-manifest"),
    "nothing required": (_manifest(required="nothing"), "evidence-manifest"),
    "unknown limit": (_manifest(limits={"max_moons": 1}), "evidence-manifest"),
    "wide limits": (_manifest(limits={"max_entry_bytes": 1 << 40}), "evidence-limits"),
    "no time": (_manifest(judged_at="soon"), "evidence-manifest"),
    "time otherwise": (_manifest(judged_at="2026-11-22T12:00:00+00:00"), "evidence-manifest"),
    "time out of range": (_manifest(judged_at="0001-01-01T00:00:00+23:59"), "evidence-manifest"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_member_changed_missing_or_extra_is_an_error(case: Case, tmp_path: Path, name: str) -> None:
    """In a perfect container, with a manifest that agrees or not, and each error has its own code."""
    change, code = CHANGED[name]
    assert _code_of(_rebuild(case, change), tmp_path) == code


def _other_file(verdict: dict[str, Any]) -> None:
    verdict["file"] = "other.xlsx"


def _failed(verdict: dict[str, Any]) -> None:
    verdict.update(verdict="TOTAL-FAILED", sub_indication="HASH_FAILURE")


def _other_signer(verdict: dict[str, Any]) -> None:
    verdict["signatures"][0]["signer"] = "CN=Somebody"


def _other_crl(verdict: dict[str, Any]) -> None:
    verdict["signatures"][0]["crls"].pop()


def _finding(verdict: dict[str, Any]) -> None:
    verdict["findings"].append({"code": "x", "level": "warn", "where": "x", "message": "", "clause": ""})


@pytest.mark.parametrize("change", [_other_file, _failed, _other_signer, _other_crl, _finding])
def test_a_verdict_that_the_bundle_does_not_come_to_is_not_reproduced(
    case: Case, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    """A rewritten verdict in a bundle that is right otherwise."""
    evidence = _verify(_rebuild(case, lambda members: edit_verdict(members, change)), tmp_path)
    assert not evidence.reproduced
    assert evidence.verdict.verdict.indication is Indication.TOTAL_PASSED


def _drop_crls(members: Members) -> None:
    for name in ("crls/001.crl", "crls/002.crl"):
        del members[name]


WEAKENED: dict[str, Callable[[Members], object]] = {
    "no CRLs": _then_agree(_drop_crls),
    "later": _manifest(judged_at="2030-01-01T00:00:00Z"),
    "earlier": _manifest(judged_at="2026-11-22T11:59:59Z"),
    "no anchor": _then_agree(lambda members: members.pop("anchors/001.crt")),
    "other name": _manifest(file="other.xlsx"),
}


@pytest.mark.parametrize("name", WEAKENED)
def test_other_circumstances_are_not_the_recorded_ones(case: Case, tmp_path: Path, name: str) -> None:
    """Judged at another time, or against less, it is not what the bundle records."""
    assert not _verify(_rebuild(case, WEAKENED[name]), tmp_path).reproduced


def test_words_of_findings_may_change_between_versions(case: Case, tmp_path: Path) -> None:
    """Messages and what later versions add to a verdict do not count; codes, levels and places do."""

    def add(verdict: dict[str, Any]) -> None:
        verdict["new_in_version_9"] = True
        verdict["signatures"][0]["comments"] = "other words"

    assert _verify(_rebuild(case, lambda members: edit_verdict(members, add)), tmp_path).reproduced


def test_a_forgers_own_pki_passes_only_without_an_own_anchor(case: Case, tmp_path: Path) -> None:
    """A bundle vouches for itself: who needs to know insists on a trust anchor of their own."""
    own = tmp_path / "root.crt"
    own.write_bytes(make_software_lab(tmp_path / "own").authority.root_certificate.der)
    believed = verify_evidence(case.bundle, ceiling=LIMITS)
    insisted = verify_evidence(case.bundle, anchors=(own,), ceiling=LIMITS)
    assert (believed.reproduced, believed.own_anchors) == (True, False)
    assert (insisted.reproduced, insisted.own_anchors) == (False, True)
    assert insisted.verdict.verdict.indication is Indication.INDETERMINATE


def test_an_own_anchor_that_is_the_right_one_comes_to_the_same(case: Case, tmp_path: Path) -> None:
    """The usual case: the analyst has the IKI root, and the bundle is genuine."""
    own = tmp_path / "root.crt"
    own.write_bytes(case.lab.authority.root_certificate.der)
    evidence = verify_evidence(case.bundle, anchors=(own,), ceiling=LIMITS)
    assert (evidence.reproduced, evidence.own_anchors) == (True, True)


def test_it_is_judged_as_of_the_recorded_instant(case: Case) -> None:
    """The recorded instant counts, whatever the clock says (test_command.py has the CRLs out of date)."""
    evidence = verify_evidence(case.bundle, ceiling=LIMITS)
    assert (evidence.verdict.at, evidence.bundle.manifest.at, evidence.reproduced) == (NOW, NOW, True)


def test_a_bundle_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """As for every file named by a person."""
    with pytest.raises(UsageError) as caught:
        verify_evidence(tmp_path / "none.zip", ceiling=LIMITS)
    assert caught.value.code == "file-missing"
