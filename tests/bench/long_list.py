"""`python -m tests.bench.long_list FOLDER COUNT`: a list of so many entries, its successor, its signer."""

import sys
from pathlib import Path
from typing import Final

from agent.pki.crl_entries import list_spans
from agent.pki.pem import to_pem
from tests.bench.crls import CONFIGURATION, ISSUER, LIST, NEXT, ROOT, SIGNER, STORE
from tests.crls.support import MADE, make_list_of, make_long_list, write_certificates

_SETTINGS: Final = f"""\
[trust]
anchors = ["{ROOT}"]
intermediates = ["{ISSUER}"]
crls = []

[crl]
store = "{STORE}"
"""


def main(folder: Path, count: int) -> None:
    """Write them, with a configuration by which `iki crl import` takes the lists in."""
    folder.mkdir()
    write_certificates(folder)
    (folder / SIGNER).write_bytes(to_pem("CERTIFICATE", MADE.signer.certificate.der))
    (folder / CONFIGURATION).write_text(_SETTINGS, encoding="utf-8")
    long, _ = make_long_list(count)
    (folder / LIST).write_bytes(long.der)
    if long.revoked is None:
        return
    entries = [long.revoked.data[start:stop] for start, _, stop in list_spans(long.revoked)]
    more = entries[-1].replace(entries[-1][4:20], bytes((0x20, *range(15))))
    (folder / NEXT).write_bytes(make_list_of([*entries, more], number=6).der)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
