"""`python -m tests.bench.batch_bare CONFIGURATION`: the bare document work of signing, and nothing around it.

It reads names of files from standard input, a first line to begin with, and prints what they took as JSON:
each is read, opened, looked through, its form read, its signature built over all of it, and the output made
and hashed. No policy, no key, no audit log, no file written; a signature value of the right length stands in.
"""

import hashlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from agent.formats.request import SignatureRequest
from agent.pki.certificate import load_certificate
from agent.roles import Role
from agent.service.opening import DocumentRequest, ReadHere
from agent.service.workspace import load_workspace


def main(arguments: list[str]) -> int:
    """Do the work on each file that is named, and say how long that took."""
    workspace = load_workspace(Path(arguments[0]))
    source = ReadHere.of(workspace)
    signer = workspace.configuration.find_signer("manufacturer")
    assert signer.certificate
    certificate = load_certificate(signer.certificate.read_bytes(), where="bench")
    [issuer] = (
        load_certificate(path.read_bytes(), where="bench")
        for path in workspace.configuration.trust.intermediates
    )
    request = SignatureRequest(Role.MANUFACTURER, certificate, (issuer,), datetime.now(UTC), "TEST")
    sys.stdin.readline()
    begun, processor = time.perf_counter(), time.process_time()
    for line in sys.stdin:
        with source.open(DocumentRequest(Path(line.rstrip("\n")))) as opened:
            opened.container.inspect()
            prepared = opened.container.prepare(request, certificate.algorithm)
            state = hashlib.sha256()
            for piece in prepared.finish(b"\1" * 64):
                state.update(piece)
            state.hexdigest()
    spent = (time.perf_counter() - begun, time.process_time() - processor)
    sys.stdout.write(json.dumps(spent) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
