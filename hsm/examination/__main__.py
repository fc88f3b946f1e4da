"""`python -m hsm.examination module|token|concurrency MODULE RESERVED [URI]`: prints JSON; never logs in."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pkcs11 import Attribute, Mechanism

from hsm.errors import HSMError
from hsm.inventory import list_public_keys, name_object
from hsm.mechanisms import describe_kind
from hsm.module import Module
from hsm.opening import open_module
from hsm.public_keys import build_subject_public_key
from hsm.token import Token
from hsm.uri import PKCS11URI
from hsm.worker.hardening import forbid_core_dumps, take_standard_streams
from hsm.worker.protocol import pack_error, pack_value, write_all
from hsm.worker.startup import starting

_THREADS = 2
_ROUNDS = 100
_LONGEST = 12.0
"""Seconds after which no round begins: ykcs11 reads the whole card in each."""


def _examine_module(module: Module) -> dict[str, Any]:
    contents = module.walk_slots()
    with module.exclusive() as library:
        name = f"{library.manufacturer_id} {library.library_description}".strip()
        version = ".".join(map(str, library.library_version))
    return {
        "path": str(module.path),
        "library": f"{name} {version}",
        "silent_slots": contents.silent,
        "blank_slots": len(contents.uninitialised),
        "tokens": [description for _, description in contents.initialised],
    }


def _examine_token(module: Module, uri: PKCS11URI) -> dict[str, Any]:
    _, description = module.find_slot(uri.for_token())
    session = module.open_session(description)
    token = Token(description, session)
    public_keys = [
        {
            "label": attributes.get(Attribute.LABEL, ""),
            "id": attributes.get(Attribute.ID, b""),
            "kind": describe_kind(
                attributes.get(Attribute.KEY_TYPE),
                attributes.get(Attribute.EC_PARAMS),
                attributes.get(Attribute.MODULUS),
            ),
            "public_key": build_subject_public_key(attributes),
            "uri": name_object(description, attributes, "public"),
        }
        for _, attributes in list_public_keys(session)
    ]
    return {
        "token": description,
        "mechanisms": sorted(map(_name_mechanism, session.list_mechanisms())),
        "public_keys": public_keys,
        "private_keys": token.list_keys(),
        "certificates": token.list_certificates(),
    }


def _name_mechanism(mechanism: Mechanism | int) -> str:
    return f"CKM_{mechanism.name}" if isinstance(mechanism, Mechanism) else f"CKM_0x{mechanism:X}"


def _try_concurrency(module: Module, uri: PKCS11URI) -> dict[str, Any]:
    """Use the module from two threads at once, each with sessions of its own."""
    _, description = module.find_slot(uri.for_token())
    problems: list[str] = []
    done: list[int] = []
    until = time.monotonic() + _LONGEST

    def work() -> None:
        try:
            for _ in range(_ROUNDS):
                if time.monotonic() > until:
                    return
                session = module.open_session(description)
                try:
                    Token(description, session).list_certificates()
                finally:
                    session.close(logout=False)
                done.append(1)
        except HSMError as error:
            problems.append(error.message)

    threads = [threading.Thread(target=work) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"rounds": len(done), "problems": problems}


def main(arguments: list[str]) -> int:
    """Load the module and do what was asked; the answer is `[value, null]` or `[null, error]`."""
    forbid_core_dumps()
    _, replies = take_standard_streams()
    what, path, reserved, *rest = arguments
    try:
        with starting(Path(path)):
            module = open_module(Path(path), reserved=reserved)
        if what == "module":
            value = _examine_module(module)
        else:
            work: Callable[[Module, PKCS11URI], dict[str, Any]]
            work = _examine_token if what == "token" else _try_concurrency
            value = work(module, PKCS11URI.parse(rest[0]))
        answer = b"[" + pack_value(value) + b", null]"
    except HSMError as error:
        answer = b"[null, " + pack_error(error) + b"]"
    write_all(replies, answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
