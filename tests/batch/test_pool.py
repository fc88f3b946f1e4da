"""Worker processes that read documents: the same answers, and an end of their own when they break."""

import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.containers import ContainerFormat
from agent.cpl.mapping import default_mapping
from agent.cpl.new import build_form
from agent.errors import DocumentError, UsageError
from agent.exits import ExitStatus
from agent.formats.request import SignatureRequest
from agent.roles import Role
from agent.service.containers import PreparedSignature
from agent.service.documents.pool import DocumentPool
from agent.service.examination import examine_octets
from agent.service.opening import DocumentRequest, OpenedDocument, ReadHere
from agent.service.verification import judge_examination, verify_octets
from tests.batch.conftest import LIMITS, small_pool
from tests.support.heavy import write_heavy_form
from tests.support.signer import NOW, SoftwareLab

FORM = build_form(example=True, created=NOW)


def _write(folder: Path, name: str, octets: bytes) -> Path:
    path = folder / name
    path.write_bytes(octets)
    return path


def _prepare(opened: OpenedDocument, software: SoftwareLab) -> PreparedSignature:
    """Build the manufacturer's signature of an open document."""
    signer = software.signers[Role.MANUFACTURER]
    asked = SignatureRequest(
        Role.MANUFACTURER, signer.certificate, (software.authority.issuing_certificate,), NOW, "TEST"
    )
    return opened.container.prepare(asked, signer.certificate.algorithm)


def test_a_worker_finds_what_is_found_here(pool: DocumentPool, software: SoftwareLab, tmp_path: Path) -> None:
    """Examination and verdict of a signed, a countersigned and an unsigned workbook are equal to ours."""
    signed = software.sign(FORM)
    judge = software.judge()
    for octets in (FORM, signed, software.sign(signed, Role.SUPPLIER)):
        path = _write(tmp_path, "form.xlsx", octets)
        found = pool.examine(DocumentRequest(path))
        assert found == examine_octets(octets, LIMITS, None)
        assert judge_examination("x", found, judge) == verify_octets("x", octets, judge)


def test_a_worker_signs_the_same_octets(pool: DocumentPool, software: SoftwareLab, tmp_path: Path) -> None:
    """Digest and output of a document in a worker are those of the document read here."""
    path = _write(tmp_path, "form.xlsx", FORM)
    made = []
    for source in (pool, ReadHere(LIMITS, default_mapping())):
        with source.open(DocumentRequest(path)) as opened:
            prepared = _prepare(opened, software)
            output = b"".join(prepared.finish(bytes(64)))
            made.append((opened.sha256, opened.form, opened.container.inspect(), prepared.digest, output))
    assert made[0] == made[1]


def test_a_malformed_document_is_an_answer(pool: DocumentPool, tmp_path: Path) -> None:
    """What is no workbook costs no worker: for a verdict it is a finding, for signing an error."""
    path = _write(tmp_path, "junk.xlsx", b"junk")
    error = pool.examine(DocumentRequest(path)).error
    assert error is not None
    assert error.code == "package-not-zip"
    before = pool.pids
    with pytest.raises(DocumentError) as caught, pool.open(DocumentRequest(path)):
        pass
    assert (caught.value.code, caught.value.exit_status) == ("package-not-zip", ExitStatus.DOCUMENT)
    assert pool.pids == before


@pytest.mark.parametrize("name", ["absent.xlsx", "folder"])
def test_a_file_that_cannot_be_read_starts_no_worker(pool: DocumentPool, tmp_path: Path, name: str) -> None:
    """Files are opened here: a worker gets nothing but what is open."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError):
        pool.examine(DocumentRequest(tmp_path / name))
    assert pool.pids == ()


def test_a_worker_that_is_killed_costs_one_document(
    pool: DocumentPool, software: SoftwareLab, tmp_path: Path
) -> None:
    """Whatever ends the process, its document alone has an error, and the next one another process."""
    path = _write(tmp_path, "form.xlsx", FORM)
    pool.examine(DocumentRequest(path))
    [pid] = pool.pids
    with pool.open(DocumentRequest(path)) as opened:
        os.kill(pid, signal.SIGSEGV)
        with pytest.raises(DocumentError) as caught:
            _prepare(opened, software)
    assert caught.value.code == "document-crash"
    assert caught.value.hint
    assert pool.examine(DocumentRequest(path)).error is None
    assert pool.pids != (pid,)


def test_a_worker_that_hangs_is_ended(tmp_path: Path) -> None:
    """After max_seconds nobody waits any more."""
    path = _write(tmp_path, "form.xlsx", FORM)
    with small_pool(max_seconds=1) as pool:
        pool.examine(DocumentRequest(path))
        [pid] = pool.pids
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DocumentError) as caught:
            pool.examine(DocumentRequest(path))
        assert caught.value.code == "document-time"
        assert pool.pids == ()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_time_that_a_worker_waits_for_others_does_not_count(software: SoftwareLab, tmp_path: Path) -> None:
    """A person may take a minute to find the PIN."""
    path = _write(tmp_path, "form.xlsx", FORM)
    with small_pool(max_seconds=2) as pool, pool.open(DocumentRequest(path)) as opened:
        time.sleep(2.2)
        assert len(_prepare(opened, software).digest) == 32


def test_processor_time_has_an_end(tmp_path: Path) -> None:
    """The kernel ends a worker that computes for longer than max_cpu_seconds."""
    path = write_heavy_form(FORM, tmp_path / "heavy.xlsx")
    with small_pool(max_cpu_seconds=1) as pool:
        with pytest.raises(DocumentError) as caught, pool.open(DocumentRequest(path)):
            pass
        assert caught.value.code == "document-cpu"


def test_memory_has_an_end(tmp_path: Path) -> None:
    """A worker for which there is no memory ends at once, and says so by its status."""
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.write(FORM)
        file.truncate(1 << 30)
    with small_pool(max_memory_bytes=1 << 29, max_file_bytes=1 << 31) as pool:
        with pytest.raises(DocumentError) as caught:
            pool.examine(DocumentRequest(path))
        assert caught.value.code == "document-memory"
        assert pool.examine(DocumentRequest(_write(tmp_path, "form.xlsx", FORM))).error is None


def test_a_worker_has_nothing_of_its_parents_environment(
    pool: DocumentPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PIN may stand in any variable."""
    monkeypatch.setenv("SOME_PIN", "1234")
    pool.examine(DocumentRequest(_write(tmp_path, "form.xlsx", FORM)))
    [pid] = pool.pids
    names = {line.split(b"=")[0] for line in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}
    assert b"SOME_PIN" not in names
    assert b"PATH" not in names


def test_a_worker_has_given_up_what_it_does_not_need(pool: DocumentPool, tmp_path: Path) -> None:
    """It writes no file, keeps no core, and gains no right; nobody else's module is in it."""
    pool.examine(DocumentRequest(_write(tmp_path, "form.xlsx", FORM)))
    [pid] = pool.pids
    limits = {
        line[:25].strip(): line[26:].split()[0]
        for line in Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()[1:]
    }
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert int(limits["Max open files"]) <= 64
    assert int(limits["Max address space"]) == LIMITS.max_memory_bytes
    assert "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    assert "pkcs11" not in maps
    assert "softhsm" not in maps
    held = {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}  # noqa: PTH115
    assert not any(str(tmp_path) in target for target in held)


def test_many_threads_share_few_processes(software: SoftwareLab, tmp_path: Path) -> None:
    """Each gets the answer about its own document; there are never more processes than were asked for."""
    forms = [build_form(example=True, created=datetime(2020, 1, day, tzinfo=UTC)) for day in range(1, 7)]
    files = [_write(tmp_path, f"{number}.xlsx", software.sign(form)) for number, form in enumerate(forms)]
    answers: dict[Path, str] = {}
    most = 0
    with DocumentPool(LIMITS, default_mapping(), processes=2) as pool:

        def work(path: Path) -> None:
            nonlocal most
            answers[path] = pool.examine(DocumentRequest(path)).sha256
            most = max(most, len(pool.pids))

        threads = [threading.Thread(target=work, args=(path,)) for path in files]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    expected = {path: examine_octets(path.read_bytes(), LIMITS, None).sha256 for path in files}
    assert answers == expected
    assert most <= 2


def test_closing_ends_every_process(software: SoftwareLab, tmp_path: Path) -> None:
    """Also one that is at work: whoever waits for it has an error."""
    pool = DocumentPool(LIMITS, default_mapping(), processes=2)
    pool.start()
    pids = pool.pids
    assert len(pids) == 2
    request = DocumentRequest(_write(tmp_path, "form.xlsx", FORM))
    with pool.open(request) as opened:
        pool.close()
        with pytest.raises(DocumentError) as caught:
            _prepare(opened, software)
    assert caught.value.code == "document-crash"
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(UsageError) as refused:
        pool.examine(request)
    assert refused.value.code == "document-worker"


def test_a_detached_signature_is_examined_too(pool: DocumentPool, tmp_path: Path) -> None:
    """A `.p7s` that is none is the answer about its file."""
    file = _write(tmp_path, "a.bin", b"content")
    request = DocumentRequest(file, ContainerFormat.CMS, _write(tmp_path, "a.bin.p7s", b"junk"))
    error = pool.examine(request).error
    assert error is not None
    assert error.exit_status is ExitStatus.DOCUMENT
