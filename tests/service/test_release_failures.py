"""An output file that cannot be written, must not be, or whose writer dies."""

import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.service.release import PendingOutput
from tests.service.outputs import NEW, OLD, listed, put, refused


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("name", ["same", "symlink", "hardlink", "sub/../same"])
def test_the_input_is_never_the_output(tmp_path: Path, name: str, force: bool) -> None:
    """By its own name, through a link of either kind, or by another path; force does not help."""
    source = tmp_path / "same"
    source.write_bytes(OLD)
    (tmp_path / "sub").mkdir()
    (tmp_path / "symlink").symlink_to(source)
    (tmp_path / "hardlink").hardlink_to(source)
    refused("output-is-input", tmp_path / name, force=force, inputs=(tmp_path / "other", source))
    assert source.read_bytes() == OLD


def test_an_input_that_becomes_the_output_meanwhile_is_kept(tmp_path: Path) -> None:
    """The check is made again at release, because force would replace."""
    source = tmp_path / "in"
    source.write_bytes(OLD)
    with PendingOutput(tmp_path / "out", inputs=(source,), force=True) as output:
        output.write(NEW)
        (tmp_path / "out").hardlink_to(source)
        with pytest.raises(UsageError) as caught:
            output.release()
        assert caught.value.code == "output-is-input"
    assert listed(tmp_path) == {"in": OLD, "out": OLD}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "name", ["absent/out", "file/out", ".", "..", "folder", "x" * 256, "nul\0", "folder/" * 1000 + "out"]
)
def test_an_unwritable_output_is_known_early(tmp_path: Path, name: str, force: bool) -> None:
    """No such folder, a file as folder, a folder as file, a name or path too long, no name at all."""
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError) as caught, PendingOutput(tmp_path / name, force=force):
        pytest.fail("the output was opened")
    assert caught.value.code == "output-unwritable"
    assert caught.value.hint
    assert listed(tmp_path) == {"file": OLD}


def test_links_and_devices_are_not_replaced(tmp_path: Path) -> None:
    """Force replaces regular files: `/dev/stdout` is a link, and root could remove it."""
    (tmp_path / "target").write_bytes(OLD)
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "dangling").symlink_to("absent")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "dangling", "pipe"):
        refused("output-exists", tmp_path / name)
        refused("output-unwritable", tmp_path / name, force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "dangling").is_symlink()
    assert listed(tmp_path) == {"target": OLD, "link": OLD}


@pytest.mark.parametrize("size", [10, 3 << 20])
def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path, size: int) -> None:
    """Whether the buffer is written early or only at release: one error of ours (here by RLIMIT_FSIZE)."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom agent.errors import UsageError\n"
        "from agent.service.release import PendingOutput\n"
        "try:\n"
        "    with PendingOutput(Path(sys.argv[1])) as output:\n"
        "        for _ in range(3):\n            output.file.write(b'x' * int(sys.argv[2]))\n"
        "        output.release()\n"
        "except UsageError as error:\n    print(error.code)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out"), str(size)],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5, 5)),
    )
    assert (finished.stdout, finished.stderr) == ("output-unwritable\n", "")
    assert listed(tmp_path) == {}


def test_a_killed_process_leaves_no_output(tmp_path: Path) -> None:
    """After SIGKILL there is at most the temporary file, private, under its recognisable name."""
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom agent.service.release import PendingOutput\n"
        "with PendingOutput(Path(sys.argv[1])) as output:\n"
        "    output.write(b'x' * (3 << 20))\n    print('written', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "out")], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".out.")
    assert left.name.endswith(".iki-part")
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    put(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == NEW
