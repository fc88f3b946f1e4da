"""`iki sign` and `iki countersign` of several documents."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from agent.cli.agent_choice import choose_agent
from agent.cli.batch import BatchOptions, run_batch
from agent.cli.remote_desk import AgentDesk, find_desk
from agent.client.connection import break_off as break_connections
from agent.errors import UsageError
from agent.service.batch.collecting import Purpose, collect_files
from agent.service.batch.results import BatchResult
from agent.service.batch.running import BatchWork
from agent.service.batch.signing import BatchOrder, BatchSigner, SigningItem, check_outputs, plan_output
from agent.service.beside import default_output
from agent.service.desk import SigningDesk
from agent.service.documents.pool import DocumentPool
from agent.service.kept_trust import KeptTrust
from agent.service.pins.terminal import operator_at_terminal
from agent.service.workspace import load_reading_settings, load_workspace


def run_signing_batch(
    order: BatchOrder,
    config: Path | None,
    files: Sequence[Path],
    *,
    signer: str,
    folder: Path | None,
    final_try: bool,
    no_agent: bool,
    options: BatchOptions,
) -> int:
    """Sign or countersign all documents of a batch, by the agent or with one login; returns the exit status.

    Raises:
        IkiError: what keeps the batch from beginning.

    """
    agent = choose_agent(config, no_agent=no_agent)
    desk = find_desk(agent, signer, final_try=final_try) if agent else None
    items = _plan(order, files, folder)
    if desk is not None:
        return _run_by_agent(order, config, items, desk, options)
    return _run_here(order, config, items, signer, options, final_try=final_try)


def _run_by_agent(
    order: BatchOrder,
    config: Path | None,
    items: Sequence[SigningItem],
    desk: AgentDesk,
    options: BatchOptions,
) -> int:
    """Have the agent sign; what is done already is looked for here."""
    limits, mapping = load_reading_settings(config)
    with DocumentPool(limits, mapping, processes=min(options.processes, len(items))) as pool:
        batch = BatchSigner(desk, pool, order)

        def break_off() -> None:
            pool.close()
            break_connections()

        make = partial(
            _build_work, batch, is_alone=lambda: False, is_over=lambda: desk.is_over, break_off=break_off
        )
        return run_batch(order.operation, items, options, make)


def _run_here(
    order: BatchOrder,
    config: Path | None,
    items: Sequence[SigningItem],
    signer: str,
    options: BatchOptions,
    *,
    final_try: bool,
) -> int:
    """Sign in this process."""
    workspace = load_workspace(config)
    trust = KeptTrust(workspace.configuration)
    limits = workspace.configuration.limits
    with (
        DocumentPool(limits, workspace.mapping, processes=min(options.processes, len(items))) as pool,
        SigningDesk(workspace, signer, operator_at_terminal(final_try=final_try), pool, trust.load) as desk,
    ):
        pool.start()
        batch = BatchSigner(desk, pool, order)

        make = partial(
            _build_work,
            batch,
            is_alone=lambda: not desk.asks_nobody,
            is_over=lambda: desk.failure is not None,
            break_off=pool.close,
        )
        return run_batch(order.operation, items, options, make)


def _build_work(
    batch: BatchSigner,
    tell: Callable[[BatchResult], None],
    rest: Callable[[], None],
    *,
    is_alone: Callable[[], bool],
    is_over: Callable[[], bool],
    break_off: Callable[[], None],
) -> BatchWork[SigningItem]:
    return BatchWork(
        look=batch.look,
        do=batch.sign,
        failed=batch.fail,
        not_tried=batch.skip,
        is_alone=is_alone,
        is_over=is_over,
        break_off=break_off,
        tell=tell,
        rest=rest,
    )


def _plan(order: BatchOrder, files: Sequence[Path], folder: Path | None) -> tuple[SigningItem, ...]:
    """Plan which document becomes which output."""
    if folder is not None and folder.exists() and not folder.is_dir():
        raise UsageError(
            "output-no-folder",
            f"{folder}: is no folder",
            hint="of several documents --output names the folder for what is made of them",
        )
    items = tuple(
        SigningItem(
            file.path, plan_output(file, default_output(order.operation, file.path, order.container), folder)
        )
        for file in collect_files(files, Purpose(order.operation.value), order.container)
    )
    check_outputs(items)
    return items
