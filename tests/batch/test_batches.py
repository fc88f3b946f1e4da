"""Batches of documents, as people run them."""

import csv
import json
import os
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.test_schemas import check
from tests.support.lab import Lab, Run, command_line, environment, sha256


def _fill(lab: Lab, folder: Path, count: int) -> list[Path]:
    """Write that many forms into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    first = lab.write_form(folder / "form-0.xlsx")
    first.with_suffix(".bin").unlink(missing_ok=True)
    files = [first, *(folder / f"form-{number}.xlsx" for number in range(1, count))]
    for file in files[1:]:
        shutil.copy(first, file)
    return files


def _run(lab: Lab, command: str, *arguments: str | Path) -> Run:
    signer = {"sign": ("--as", "manufacturer"), "countersign": ("--as", "supplier")}.get(command, ())
    return lab.iki(command, *arguments, *signer)


def _counting_pin(lab: Lab, folder: Path, name: str) -> Path:
    """Let a program give a signer's PIN, which notes that it was asked."""
    noted, program = folder / "asked", folder / "pin.sh"
    pin = lab.folder / "pins" / f"{name}.pin"
    program.write_text(f"#!/bin/sh\necho asked >> '{noted}'\ncat '{pin}'\n", encoding="utf-8")
    program.chmod(stat.S_IRWXU)
    lab.set_pin_source(name, f'{{ program = ["{program}"] }}')
    return noted


def test_a_folder_is_signed_countersigned_and_verified(lab: Lab, tmp_path: Path) -> None:
    """One login, a record for each document, names as for single files; what is no document is left out."""
    folder = tmp_path / "documents"
    files = [*_fill(lab, folder, 2), *_fill(lab, folder / "below", 1)]
    for name in ("~$form-0.xlsx", ".hidden.xlsx", "notes.txt", ".form.xlsx.00000000.iki-part"):
        (folder / name).write_bytes(b"no workbook")
    noted = _counting_pin(lab, tmp_path, "manufacturer")
    signed = _run(lab, "sign", folder, "--jobs", "2", "--json")
    assert signed.status == ExitStatus.OK, signed.stderr
    check("batch", signed.json)
    assert signed.json["summary"] == {"signed": 3}
    assert {Path(result["file"]) for result in signed.json["results"]} == set(files)
    outputs = [file.with_suffix(".signed.xlsx") for file in files]
    assert {result["output"]: result["sha256"] for result in signed.json["results"]} == {
        str(output): sha256(output) for output in outputs
    }
    assert noted.read_text(encoding="utf-8") == "asked\n"
    assert [record["outcome"] for record in lab.read_audit()] == ["allowed"] * 3
    countersigned = _run(lab, "countersign", folder)
    assert countersigned.status == ExitStatus.OK, countersigned.stderr
    assert "countersigned  3" in countersigned.stdout
    table = tmp_path / "results.csv"
    verified = _run(lab, "verify", folder, "--csv", table, "--json")
    check("batch", verified.json)
    assert verified.status == ExitStatus.OK, verified.stderr
    with table.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {(Path(row["file"]).name, row["outcome"]) for row in rows} == {
        (f"form-{number}.countersigned.xlsx", "TOTAL-PASSED") for number in (0, 1)
    }
    assert len(rows) == 3


def test_what_is_done_is_skipped_and_nothing_else_is(lab: Lab, tmp_path: Path) -> None:
    """Done is an output that is this input with this signer's signature; another file of that name is not."""
    files = _fill(lab, tmp_path / "documents", 4)
    outputs = [file.with_suffix(".signed.xlsx") for file in files]
    assert _run(lab, "sign", *files[:2]).status == ExitStatus.OK
    made = [sha256(output) for output in outputs[:2]]
    shutil.copy(files[0], outputs[2])  # not signed at all
    changed = outputs[0].read_bytes()
    outputs[3].write_bytes(changed[:-30] + bytes(30))  # signed, and broken
    again = _run(lab, "sign", tmp_path / "documents", "--json")
    assert again.status == ExitStatus.USAGE
    assert [(result["outcome"], result["code"]) for result in again.json["results"]] == [
        ("already done", None),
        ("already done", None),
        ("error", "output-exists"),
        ("error", "output-exists"),
    ]
    assert [sha256(output) for output in outputs[:2]] == made
    forced = _run(lab, "sign", tmp_path / "documents", "--force", "--json")
    assert forced.json["summary"] == {"signed": 4}


def test_one_bad_document_stops_no_other(lab: Lab, tmp_path: Path) -> None:
    """It is told in its line, the status is the worst, and --fail-fast is for who wants otherwise."""
    folder = tmp_path / "documents"
    _fill(lab, folder, 3)
    (folder / "a-junk.xlsx").write_bytes(b"junk")
    run = _run(lab, "sign", folder, "--fail-fast", "--json")
    assert run.status == ExitStatus.DOCUMENT
    assert run.json["summary"] == {"error": 1, "not tried": 3}
    run = _run(lab, "sign", folder, "--json")
    assert run.status == ExitStatus.DOCUMENT
    assert run.json["summary"] == {"signed": 3, "error": 1}
    assert run.json["status"] == ExitStatus.DOCUMENT
    assert any("a-junk.xlsx" in line and "package-not-zip" in line for line in run.lines("error"))
    assert run.lines("hint")


def test_policy_is_asked_for_each(lab: Lab, tmp_path: Path) -> None:
    """A revoked key signs nothing, nobody is asked for its PIN, and every refusal is on record."""
    folder = tmp_path / "documents"
    _fill(lab, folder, 3)
    noted = _counting_pin(lab, tmp_path, "manufacturer")
    lab.revoke("manufacturer")
    run = _run(lab, "sign", folder, "--json")
    assert run.status == ExitStatus.REFUSED
    assert run.json["summary"] == {"refused": 3}
    assert not noted.exists()
    assert not list(folder.glob("*.signed.xlsx"))
    assert [record["outcome"] for record in lab.read_audit()] == ["refused"] * 3


def test_a_wrong_pin_is_sent_once(lab: Lab, tmp_path: Path) -> None:
    """The batch ends with it: the other documents are not tried."""
    folder = tmp_path / "documents"
    _fill(lab, folder, 3)
    pin = lab.folder / "pins" / "manufacturer.pin"
    pin.chmod(0o600)
    pin.write_text("000000\n", encoding="utf-8")
    run = _run(lab, "sign", folder, "--json")
    assert run.status == ExitStatus.TOKEN
    assert run.json["summary"] == {"error": 1, "not tried": 2}
    assert [record["outcome"] for record in lab.read_audit()] == ["failed"]


def test_a_quota_is_kept_to_the_last_signature(lab: Lab, tmp_path: Path) -> None:
    """Documents that are signed side by side count each other."""
    folder = tmp_path / "documents"
    _fill(lab, folder, 6)
    lab.configure("[signers.manufacturer]\n", "[signers.manufacturer]\nquota_per_hour = 3\n")
    run = _run(lab, "sign", folder, "--jobs", "4", "--json")
    assert run.status == ExitStatus.REFUSED
    assert run.json["summary"] == {"signed": 3, "refused": 3}


def test_outputs_go_to_a_folder_as_the_documents_lie(lab: Lab, tmp_path: Path) -> None:
    """Below --output they lie as their documents do below the folder named; no two have one name."""
    folder, out = tmp_path / "documents", tmp_path / "out"
    _fill(lab, folder, 1)
    _fill(lab, folder / "below", 1)
    run = _run(lab, "sign", folder, "--output", out)
    assert run.status == ExitStatus.OK, run.stderr
    made = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    assert made == {Path("form-0.signed.xlsx"), Path("below/form-0.signed.xlsx")}
    clash = _run(lab, "sign", folder / "form-0.xlsx", folder / "below" / "form-0.xlsx", "--output", out)
    assert clash.status == ExitStatus.USAGE
    assert clash.lines("hint")


def test_a_name_that_is_no_text(lab: Lab, tmp_path: Path) -> None:
    """File names are octets: such a document is signed and verified as any other."""
    folder = tmp_path / "documents"
    (document,) = _fill(lab, folder, 1)
    document.rename(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.xlsx"))
    signed = _run(lab, "sign", folder)
    assert signed.status == ExitStatus.OK, signed.stderr
    verified = _run(lab, "verify", folder, "--require", "manufacturer")
    assert verified.status == ExitStatus.OK, verified.stderr


def test_an_empty_folder_is_told(lab: Lab, tmp_path: Path) -> None:
    """A wrong name must not look like work done."""
    (tmp_path / "empty").mkdir()
    run = _run(lab, "sign", tmp_path / "empty")
    assert run.status == ExitStatus.USAGE
    assert len(run.lines("error")) == len(run.lines("hint")) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_batch_goes_on_where_it_ended(lab: Lab, tmp_path: Path, number: int) -> None:
    """No half file is left, what came of it so far is told, and the same command does the rest."""
    folder = tmp_path / "documents"
    files = _fill(lab, folder, 16)
    command = command_line(
        ("--config", lab.configuration, "sign", folder, "--as", "manufacturer", "--jobs", "2", "--json")
    )
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(list(folder.glob("*.signed.xlsx"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, number)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == ExitStatus.INTERRUPTED
    told = json.loads(stdout)
    assert told["interrupted"]
    assert sum(told["summary"].values()) == len(files)
    outputs = sorted(folder.glob("*.signed.xlsx"))
    assert told["summary"]["signed"] == len(outputs) < len(files)
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    rest = _run(lab, "sign", folder, "--json")
    assert rest.status == ExitStatus.OK, rest.stderr
    assert rest.json["summary"] == {
        "signed": len(files) - len(outputs),
        "already done": len(outputs),
    }


def test_files_beside_are_signed_and_verified(lab: Lab, tmp_path: Path) -> None:
    """With --format cms files of any type; what is done is seen by its signature too."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("a.txt", "b.bin"):
        (folder / name).write_text(f"content of {name}", encoding="utf-8")
    for outcome in ("signed", "already done"):
        run = _run(lab, "sign", folder, "--format", "cms", "--json")
        assert run.json["summary"] == {outcome: 2}, run.stderr
    for outcome in ("countersigned", "already done"):
        run = _run(lab, "countersign", folder, "--format", "cms", "--json")
        assert run.json["summary"] == {outcome: 2}, run.stderr
    run = _run(lab, "verify", folder, "--format", "cms", "--json")
    assert run.json["summary"] == {"TOTAL-PASSED": 2}, run.stdout
