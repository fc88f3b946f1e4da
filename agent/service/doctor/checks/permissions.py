"""Nobody else may read what is secret, or write what decides."""

import os
import shlex
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from agent.config.pin_sources import PINFile
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.service.crls.assembly import store_path
from agent.service.doctor.line import Check, Line, failed, passed, warned
from agent.service.doctor.patient import Patient

_WRITE_GROUP, _WRITE_OTHERS = stat.S_IWGRP, stat.S_IWOTH


def _look(patient: Patient) -> Iterator[Line]:
    if sys.platform == "win32":
        return
    found = [*_list_decisive(patient), *_list_private(patient), *_list_pins(patient)]
    yield from found
    if not found:
        yield passed("files", "nobody else may write what decides, or read what is secret")


def _list_decisive(patient: Patient) -> Iterator[Line]:
    """Judge what may be read by all: whoever writes it decides what is loaded, trusted or recorded."""
    configuration = patient.configuration
    paths = [configuration.path, configuration.policy_file, configuration.parties_file]
    paths += [configuration.form_mapping, *configuration.trust.anchors, *configuration.trust.intermediates]
    paths += [signer.certificate for signer in patient.signers]
    if patient.audit_path is not None:
        paths += [patient.audit_path, patient.audit_path.with_name(patient.audit_path.name + ".head")]
    paths += [store_path(configuration.crl)]
    paths += [Path(value) for value in configuration.module.environment.values() if Path(value).is_absolute()]
    try:
        module = patient.find_module().resolve()
        paths += [module, module.parent]
    except (IkiError, OSError):
        pass  # the check of the module says so
    for path in dict.fromkeys(path for path in paths if path is not None):
        mode = _mode_of(path)
        if stat.S_ISSOCK(mode):  # who may connect decides nothing: pcscd's socket is open to everybody
            continue
        if mode & _WRITE_OTHERS and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
            yield failed(
                str(path),
                "writable-by-everybody",
                "everybody on this machine may write it",
                f"chmod o-w {_quoted(path)}",
            )
        elif mode & _WRITE_GROUP and not _is_own_group(path):
            yield warned(
                str(path),
                "writable-by-group",
                "its group may write it",
                f"chmod g-w {_quoted(path)}, unless that is meant",
            )


def _list_private(patient: Patient) -> Iterator[Line]:
    """Judge what says something of PINs or of people's work."""
    for path, allowed in ((patient.ledger_path, 0), (patient.audit_path, stat.S_IRGRP)):
        if path is None:
            continue
        mode = _mode_of(path)
        if mode & (stat.S_IRWXG | stat.S_IRWXO) & ~allowed & (stat.S_IRGRP | stat.S_IROTH):
            yield warned(
                str(path), "readable-by-others", "other users may read it", f"chmod go-rwx {_quoted(path)}"
            )


def _list_pins(patient: Patient) -> Iterator[Line]:
    """Judge PIN files as `iki sign` will, without reading them."""
    for signer in patient.signers:
        if not isinstance(signer.pin, PINFile):
            continue
        path = signer.pin.path
        try:
            status = path.lstat()
        except OSError as error:
            reason = error.strerror or "cannot be looked at"
            hint = f"correct [signers.{signer.name}] pin"
            yield failed(str(path), "pin-unavailable", f"the PIN file of {signer.name}: {reason}", hint)
            continue
        if not stat.S_ISREG(status.st_mode):
            problem = "is not a regular file"
        elif status.st_uid != os.geteuid():
            problem = "belongs to another user"
        elif status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            problem = "is open to other users"
        else:
            continue
        yield failed(
            str(path),
            "pin-file-unsafe",
            f"the PIN file of {signer.name} {problem}",
            f"it must be a file of yours alone: chmod 600 {_quoted(path)}",
        )


def _quoted(path: Path) -> str:
    """Write a path so that the hint can be pasted into a shell."""
    return shlex.quote(str(path))


def _mode_of(path: Path) -> int:
    """Read the rights; a file that is not there gives none away."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _is_own_group(path: Path) -> bool:
    """Tell a group that is only root's, as files of the system have it."""
    return path.stat().st_gid == 0


CHECK = Check("permissions", ExitStatus.USAGE, _look)
