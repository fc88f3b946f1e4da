"""tpm2-pkcs11 over a TPM in software (swtpm), which nobody else talks to."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hsm import PKCS11URI, ModuleProfile
from tests.backends.backend import TOKEN_PIN, Certify, Lacking, Place, PlacedKey
from tests.backends.libraries import require_library, require_program
from tests.backends.provisioning import import_certificates, make_token

KINDS: Final = ("ec-p256", "rsa-2048")
"""Two: a TPM has room for three objects at a time, and the module does not make any."""
_TYPES: Final = {"ec-p256": "EC:prime256v1", "rsa-2048": "RSA:2048"}
_SO_PIN: Final = "75391846"
_SECONDS: Final = 60.0


class TPM2Backend:
    """A token whose keys are wrapped by a TPM."""

    name = "tpm2"
    everyday = False
    kinds: tuple[str, ...] = KINDS
    pss = False
    locks_after: int | None = 4
    always_authenticates = False
    outages: tuple[str, ...] = ()

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:
        """Make a TPM, a token, and keys by pkcs11-tool: the module makes none for signing only."""
        module = require_library(
            self.name, "libtpm2_pkcs11.so", "libtpm2_pkcs11.so.1", package="libtpm2-pkcs11-1"
        )
        tool = require_program(self.name, "pkcs11-tool", package="opensc")
        flush = require_program(self.name, "tpm2_flushcontext", package="tpm2-tools")
        require_library(self.name, "libtss2-tcti-swtpm.so.0", package="libtss2-tcti-swtpm0")
        with running_tpm(self.name) as connection:
            variables = {
                "TPM2_PKCS11_STORE": str(folder),
                "TPM2_PKCS11_TCTI": connection,
                "TPM2TOOLS_TCTI": connection,
            }
            made = make_token(module, variables, label="contract token", so_pin=_SO_PIN, pin=TOKEN_PIN)
            _run([flush, "--transient-object"], variables)  # C_InitToken leaves one
            token = PKCS11URI(token=made.label, serial=made.serial)
            keys = tuple(
                _generate(tool, module, variables, kind, bytes([number]))
                for number, kind in enumerate(KINDS, start=1)
            )
            certificates = {key.uri: certify(key.public_key) for key in keys}
            import_certificates(module, variables, token, TOKEN_PIN, certificates)
            lacking = Lacking(keys[1], "CKM_RSA_PKCS_PSS", pss_salt=32)
            yield Place(module, variables, token, TOKEN_PIN, keys, ModuleProfile(serialise=True), lacking)


@contextmanager
def running_tpm(backend: str) -> Iterator[str]:
    """Run a TPM in software; yields how it is named to TSS programs."""
    program = require_program(backend, "swtpm", package="swtpm")
    with tempfile.TemporaryDirectory(prefix="iki-tpm-") as folder:
        socket = Path(folder) / "s"
        process = subprocess.Popen(
            [
                *(program, "socket", "--tpm2", "--tpmstate", f"dir={folder}"),
                *("--server", f"type=unixio,path={socket}", "--ctrl", f"type=unixio,path={socket}.ctrl"),
                *("--flags", "not-need-init,startup-clear"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(socket, process)
            yield f"swtpm:path={socket}"
        finally:
            process.kill()
            process.wait()


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _SECONDS
    while not (socket.exists() and socket.with_suffix(".ctrl").exists()):
        assert process.poll() is None, "swtpm ended"
        assert time.monotonic() < until, "swtpm did not make its socket"
        time.sleep(0.005)


def _generate(tool: str, module: Path, variables: Mapping[str, str], kind: str, key_id: bytes) -> PlacedKey:
    """Generate a key and read its public half, both by pkcs11-tool."""
    uri = PKCS11URI(object=f"key {kind}", id=key_id)
    named = ["--module", str(module), "--id", key_id.hex()]
    login = ["--login", "--pin", TOKEN_PIN, "--label", f"key {kind}"]
    _run([tool, *named, *login, "--keypairgen", "--key-type", _TYPES[kind], "--usage-sign"], variables)
    return PlacedKey(kind, uri, _run([tool, *named, "--read-object", "--type", "pubkey"], variables))


def _run(command: list[str], variables: Mapping[str, str]) -> bytes:
    done = subprocess.run(
        command, env=os.environ | dict(variables), capture_output=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
