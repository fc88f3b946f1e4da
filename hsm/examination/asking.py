"""The side that asks: it starts the process, waits for it, and says what became of it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from hsm.endings import describe_status
from hsm.errors import ModuleUnavailable, TokenUnavailable
from hsm.examination.values import ModuleExamination, PublicKeyObject, TokenExamination
from hsm.uri import PKCS11URI
from hsm.worker.protocol import to_certificate, to_key, to_token, unpack_error

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def examine_module(
    path: Path, environment: Mapping[str, str] = _NOTHING, *, reserved: str = "", seconds: float = 30.0
) -> ModuleExamination:
    """Load a module in another process and look at its slots.

    Raises:
        ModuleUnavailable: as `hsm.open_module`; `module-crashed`, `module-hangs`.
        TokenUnavailable: the slots cannot be listed.
    """
    found = _ask(["module", str(path), reserved], environment, seconds)
    return ModuleExamination(**(found | {"tokens": tuple(map(to_token, found["tokens"]))}))


def examine_token(
    path: Path,
    environment: Mapping[str, str],
    uri: PKCS11URI,
    *,
    reserved: str = "",
    seconds: float = 30.0,
) -> TokenExamination:
    """Look at exactly one token without a login.

    Raises:
        TokenNotFound, TokenAmbiguous, URIError: as `Module.find_token`.
        ModuleUnavailable: as `examine_module`.
        HSMError: what the token answered.
    """
    found = _ask(["token", str(path), reserved, str(uri)], environment, seconds)
    return TokenExamination(
        token=to_token(found["token"]),
        mechanisms=frozenset(found["mechanisms"]),
        public_keys=tuple(map(_to_public_key, found["public_keys"])),
        private_keys=tuple(map(to_key, found["private_keys"])),
        certificates=tuple(map(to_certificate, found["certificates"])),
    )


def check_concurrency(
    path: Path,
    environment: Mapping[str, str],
    uri: PKCS11URI,
    *,
    reserved: str = "",
    seconds: float = 30.0,
) -> int:
    """Use a token from two threads, each with sessions of its own; returns how often that went well.

    Raises:
        ModuleUnavailable: `module-crashed` or `module-hangs`: it cannot bear two threads.
        TokenUnavailable: `module-not-concurrent`, with what it answered to one of them.
        HSMError: as `examine_token`.
    """
    found = _ask(["concurrency", str(path), reserved, str(uri)], environment, seconds)
    if found["problems"]:
        raise TokenUnavailable(
            "module-not-concurrent",
            f"two threads, each with its own session: {found['problems'][0]}",
            hint="set [module.profile] serialise = true",
        )
    return int(found["rounds"])


def _ask(arguments: list[str], environment: Mapping[str, str], seconds: float) -> dict[str, Any]:
    # -P: as the worker, it imports nothing of what lies in the current folder.
    command = [sys.executable, "-P", "-m", "hsm.examination", *arguments]
    try:
        finished = subprocess.run(  # noqa: S603 - this very interpreter
            command,
            env=os.environ | dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModuleUnavailable(
            "module-hangs",
            f"the PKCS#11 module did not answer within {seconds:g} s; its process was ended",
            hint="is the HSM up and reachable? is another program waiting for its PIN?",
        ) from error
    except (OSError, ValueError) as error:
        raise ModuleUnavailable(
            "worker-not-started", f"no process can be started: {error}", hint="is the machine full?"
        ) from error
    try:
        value, problem = json.loads(finished.stdout)
    except ValueError:
        raise _crashed(finished.returncode) from None
    if problem is not None:
        raise unpack_error(json.dumps(problem).encode())
    return dict(value)


def _crashed(status: int) -> ModuleUnavailable:
    return ModuleUnavailable(
        "module-crashed",
        f"the process that held the PKCS#11 module has ended ({describe_status(status)})",
        hint="update the module; see the vendor's log",
    )


def _to_public_key(values: Mapping[str, Any]) -> PublicKeyObject:
    public_key = values["public_key"]
    changed = {
        "id": bytes.fromhex(values["id"]),
        "public_key": None if public_key is None else bytes.fromhex(public_key),
        "uri": PKCS11URI.parse(values["uri"]),
    }
    return PublicKeyObject(**(dict(values) | changed))
