"""The output file: whole under its name, or not there at all."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.service.release import PendingOutput
from tests.service.outputs import NEW, OLD, listed, put, refused


def test_the_output_appears_only_at_release(tmp_path: Path) -> None:
    """Until release there is only a recognisable temporary file; afterwards only the output."""
    with PendingOutput(tmp_path / "out.xlsx") as output:
        output.write(NEW[:4])
        output.file.write(NEW[4:])
        (part,) = tmp_path.iterdir()
        assert part.name.startswith(".out.xlsx.")
        assert part.name.endswith(".iki-part")
        output.release()
        assert listed(tmp_path) == {"out.xlsx": NEW}
    assert listed(tmp_path) == {"out.xlsx": NEW}


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_without_release_nothing_stays(tmp_path: Path, error: type[BaseException] | None) -> None:
    """Left quietly, by an error or by Ctrl-C: the folder is as it was."""

    def leave() -> None:
        with PendingOutput(tmp_path / "out") as output:
            output.write(NEW * 1000)
            if error is not None:
                raise error

    if error is None:
        leave()
    else:
        with pytest.raises(error):
            leave()
    assert listed(tmp_path) == {}


def test_what_was_written_can_be_read_back_before_release(tmp_path: Path) -> None:
    """The signature in the file is verified before the file leaves."""
    with PendingOutput(tmp_path / "out") as output:
        output.write(NEW)
        output.file.seek(0)
        assert output.file.read() == NEW
        output.release()
    assert (tmp_path / "out").read_bytes() == NEW


def test_a_large_output_is_streamed(tmp_path: Path) -> None:
    """Many writes, more than the buffer, and a correction in front: as with a zip."""
    block = os.urandom(1 << 16)
    with PendingOutput(tmp_path / "out") as output:
        for _ in range(80):
            output.write(block)
        output.file.seek(0)
        output.write(b"PK")
        output.release()
    assert (tmp_path / "out").read_bytes() == b"PK" + (block * 80)[2:]


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    """Known early, before a token is touched; the old file stays."""
    (tmp_path / "out").write_bytes(OLD)
    refused("output-exists", tmp_path / "out")
    assert listed(tmp_path) == {"out": OLD}


def test_force_replaces_an_existing_file_at_release_only(tmp_path: Path) -> None:
    """With force the old file is there until the new one is whole."""
    (tmp_path / "out").write_bytes(OLD)
    with PendingOutput(tmp_path / "out", force=True) as output:
        output.write(NEW)
        assert (tmp_path / "out").read_bytes() == OLD
        output.release()
    assert listed(tmp_path) == {"out": NEW}


def test_force_without_release_keeps_the_existing_file(tmp_path: Path) -> None:
    """A refusal after opening does not cost the old output."""
    (tmp_path / "out").write_bytes(OLD)
    with PendingOutput(tmp_path / "out", force=True) as output:
        output.write(NEW)
    assert listed(tmp_path) == {"out": OLD}


def test_a_file_that_appeared_meanwhile_wins(tmp_path: Path) -> None:
    """Between opening and release another program made the file: it keeps its contents."""
    with PendingOutput(tmp_path / "out") as output:
        output.write(NEW)
        (tmp_path / "out").write_bytes(OLD)
        with pytest.raises(UsageError) as caught:
            output.release()
        assert caught.value.code == "output-exists"
    assert listed(tmp_path) == {"out": OLD}


@pytest.mark.parametrize("links", [True, False])
def test_of_two_outputs_of_one_name_the_first_wins(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both were opened when nothing was there; the check at release is the file system's own."""
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with PendingOutput(tmp_path / "out") as first, PendingOutput(tmp_path / "out") as second:
        first.write(OLD)
        second.write(NEW)
        # The look before the step is made blind, so that only the step itself can object.
        monkeypatch.setattr("agent.service.release._check_target", lambda *_, **__: None)
        first.release()
        with pytest.raises(UsageError) as caught:
            second.release()
        assert caught.value.code == "output-exists"
    assert listed(tmp_path) == {"out": OLD}


def no_links(*_: object, **__: object) -> None:
    """Stand in for a file system without hard links, such as FAT."""
    raise PermissionError(1, "Operation not permitted")


def test_where_files_cannot_be_linked_the_output_appears_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A USB stick formatted with FAT."""
    monkeypatch.setattr(os, "link", no_links)
    put(tmp_path / "out")
    assert listed(tmp_path) == {"out": NEW}
    refused("output-exists", tmp_path / "out")


def test_a_reservation_that_cannot_be_filled_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where files cannot be linked and the rename fails, no empty output stays."""

    def no_rename(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(Path, "replace", no_rename)
    with pytest.raises(UsageError) as caught:
        put(tmp_path / "out")
    assert caught.value.code == "output-unwritable"
    assert listed(tmp_path) == {}


def test_the_longest_names_have_room_for_a_temporary_one(tmp_path: Path) -> None:
    """255 bytes of name, also of four-byte characters."""
    for name in ("x" * 255, "𝄞" * 63):
        put(tmp_path / name)
        assert (tmp_path / name).read_bytes() == NEW


def test_a_name_that_is_not_utf8_works(tmp_path: Path) -> None:
    """Linux file names are octets."""
    put(tmp_path / os.fsdecode(b"\xff\xfe.xlsx"))
    assert list(listed(tmp_path).values()) == [NEW]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002, 0o000])
@pytest.mark.parametrize("links", [True, False])
def test_the_output_has_the_mode_the_umask_leaves(
    tmp_path: Path, umask: int, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As any program's output; but while it is not released it is private."""
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    before = os.umask(umask)
    try:
        with PendingOutput(tmp_path / "out") as output:
            output.write(NEW)
            (part,) = tmp_path.iterdir()
            assert stat.S_IMODE(part.stat().st_mode) == 0o600
            output.release()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o664 & ~umask


def test_a_reader_sees_the_whole_output_or_none(tmp_path: Path) -> None:
    """Somebody who polls for the output never finds a part of it."""
    data = os.urandom(1 << 20) * 4
    program = (
        "import sys\nfrom pathlib import Path\npath = Path(sys.argv[1])\nprint('ready', flush=True)\n"
        "while not path.exists(): pass\nprint(path.stat().st_size)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "out")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        put(tmp_path / "out", data)
        time.sleep(0.05)
        assert process.stdout.readline() == f"{len(data)}\n"


def test_the_output_is_on_disk_before_it_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the contents are synced, then the folder with the new name."""
    synced: list[tuple[str, bool]] = []
    sync = os.fsync

    def watch(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        synced.append((name.rpartition(".")[2], (tmp_path / "out").exists()))
        sync(descriptor)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to see which file a descriptor is")
    monkeypatch.setattr(os, "fsync", watch)
    put(tmp_path / "out")
    assert synced == [("iki-part", False), (tmp_path.name, True)]


def test_a_released_output_takes_no_more(tmp_path: Path) -> None:
    """Neither writing nor a second release does anything to a file that is out."""
    with PendingOutput(tmp_path / "out") as output:
        output.write(NEW)
        output.release()
        with pytest.raises(UsageError) as caught:
            output.write(OLD)
        assert caught.value.code == "output-unwritable"
        with pytest.raises(UsageError) as caught:
            output.release()
        assert caught.value.code == "output-unwritable"
    assert listed(tmp_path) == {"out": NEW}
