"""`python -m tests.bench.warm`: verify and sign in a warm process, beside what the bare octets cost.

The bare cost is what zlib and hashlib take to inflate and hash the document's entries (tests/bench/bare.py),
in one thread. Bare and ours alternate, and the ratio is the median of the pairs', so that what disturbs the
machine disturbs both. Keys are in memory; the key's own operation is left out of signing.
"""

import argparse
import gc
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.cpl.form import read_form
from agent.cpl.mapping import default_mapping
from agent.cpl.new import build_form
from agent.formats.package.package import open_package
from agent.formats.package.sign import prepare_signature
from agent.formats.package.verify import verify_package
from agent.formats.request import SignatureRequest
from agent.formats.spreadsheet.lint import open_scan
from agent.policy.verdict import Judge, judge_signatures
from agent.roles import Role
from agent.service.file_digest import FileDigest
from agent.service.verification import verify_octets
from tests.bench.bare import Bare
from tests.bench.workbooks import KINDS, write_workbook
from tests.support.signer import LIMITS, NOW, SoftwareLab, make_software_lab

_BUDGETS: Final = {1.0: 2.0, 50.0: 1.3}
"""Megabytes of the workbook to the ratio it may take."""
_SECONDS: Final = 6.0
"""About how long one line is measured."""
_FEWEST: Final = 5
_ALLOCATIONS: Final = 100_000
"""Between two collections of garbage: as `agent.__main__` has it in every process of `iki`."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one call took, in seconds."""

    wall: float
    processor: float


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 0, also when a budget was missed: other processes may be the reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.warm", description=__doc__)
    parser.add_argument("--kind", action="append", choices=tuple(KINDS), help="only this kind of workbook")
    options = parser.parse_args(arguments)
    gc.set_threshold(_ALLOCATIONS)
    with tempfile.TemporaryDirectory(prefix="iki-bench-") as folder:
        lab = make_software_lab(Path(folder) / "pki")
        for megabytes, budget in _BUDGETS.items():
            for kind in options.kind or ("one-sheet", "sheets", "mixture", "media-deflated"):
                for line in _measure(lab, Path(folder), kind, megabytes, budget):
                    sys.stdout.write(f"{line}\n")
                    sys.stdout.flush()
    return 0


def _measure(lab: SoftwareLab, folder: Path, kind: str, megabytes: float, budget: float) -> Iterator[str]:
    form, file = folder / "form.xlsx", folder / "workbook.xlsx"
    form.write_bytes(build_form(example=True, created=NOW))
    write_workbook(form, file, kind, megabytes)
    unsigned = file.read_bytes()
    signed = lab.sign(lab.sign(unsigned), Role.SUPPLIER)
    judge = lab.judge()
    for name, document, work in (
        ("verify", signed, lambda: verify_octets(kind, signed, judge)),
        ("sign", unsigned, lambda: _sign(lab, unsigned, judge)),
    ):
        work()  # modules and caches are warm from here on
        walls, processors, bare, ours = _compare(Bare.of(document).run, work)
        verdict = "ok" if walls <= budget else "OVER"
        yield (
            f"{kind} {megabytes:g} MB {name}: {walls:.2f} x bare (processor time {processors:.2f} x),"
            f" {ours * 1e3:.1f} ms beside {bare * 1e3:.1f} ms; {verdict} ({budget:g} x)"
        )


def _sign(lab: SoftwareLab, workbook: bytes, judge: Judge) -> None:
    """Do all that `iki sign` does but the key's own operation and the disk."""
    signer = lab.signers[Role.MANUFACTURER]
    digest = FileDigest(workbook)
    package = open_package(workbook, LIMITS)
    scan = open_scan(package)
    read_form(scan.workbook, default_mapping())
    judge_signatures(verify_package(package, scan.find_tap), judge)
    scan.finish()
    request = SignatureRequest(
        Role.MANUFACTURER, signer.certificate, (lab.authority.issuing_certificate,), NOW, "TEST"
    )
    written = hashlib.sha256()
    for piece in prepare_signature(package, request).finish(b"\1" * 64):
        written.update(piece)
    _ = digest.hex, written.hexdigest()


def _compare(bare: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float, float, float]:
    """Run the two in turn; median ratios of wall and processor time, and the median walls in seconds."""
    _spend(bare)
    runs = max(_FEWEST, round(_SECONDS / (_spend(ours).wall * 1.5)))
    pairs = [(_spend(bare), _spend(ours)) for _ in range(runs)]
    return (
        statistics.median(second.wall / first.wall for first, second in pairs),
        statistics.median(second.processor / first.processor for first, second in pairs),
        statistics.median(first.wall for first, _ in pairs),
        statistics.median(second.wall for _, second in pairs),
    )


def _spend(work: Callable[[], object]) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - processor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
