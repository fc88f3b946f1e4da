"""`iki verify` of whole folders."""

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from agent.cli.batch import BatchOptions, run_batch
from agent.containers import ContainerFormat
from agent.cpl.mapping import default_mapping
from agent.policy.verdict import Judge
from agent.roles import Role
from agent.service.batch.collecting import Purpose, collect_files
from agent.service.batch.results import BatchResult
from agent.service.batch.running import BatchWork
from agent.service.batch.verifying import BatchVerifier
from agent.service.documents.pool import DocumentPool


def run_verifying_batch(
    files: Sequence[Path],
    load: Callable[[], Judge],
    *,
    container: ContainerFormat,
    required: Collection[frozenset[Role]],
    options: BatchOptions,
) -> int:
    """Verify all documents of a batch; returns the exit status.

    `load` loads what they are judged against, for each thread on its own: the store of CRLs is bound to one.

    Raises:
        IkiError: what keeps the batch from beginning.

    """
    judge = load()
    collected = collect_files(files, Purpose.VERIFY, container)
    items = tuple(file.path for file in collected)
    kept = threading.local()

    def load_judge() -> Judge:
        if not hasattr(kept, "judge"):
            kept.judge = load()
        mine: Judge = kept.judge
        return mine

    mapping = judge.mapping or default_mapping()
    with DocumentPool(judge.limits, mapping, processes=min(options.processes, len(items))) as pool:
        pool.start()
        batch = BatchVerifier(pool, load_judge, container, required)

        def make(tell: Callable[[BatchResult], None], rest: Callable[[], None]) -> BatchWork[Path]:
            return BatchWork(
                look=lambda _: None,
                do=batch.verify,
                failed=batch.fail,
                not_tried=batch.skip,
                is_alone=lambda: False,
                is_over=lambda: False,
                break_off=pool.close,
                tell=tell,
                rest=rest,
            )

        return run_batch("verify", items, options, make)
